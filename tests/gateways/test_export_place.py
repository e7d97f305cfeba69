"""Where an export may go: any file but the workspace itself, a device, a pipe; never half a file."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor_tui.domain.errors import Invalid, StoreError
from advisor_tui.gateways.exporter import export_to
from tests.gateways.conftest import Home, customer

Homes = Callable[..., Home]


@pytest.mark.parametrize("place", [".", "/", "..", "folder", "folder/.."])
def test_a_folder_is_no_file(home: Homes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="is a folder"):
        export_to(home().journal, Path(place))


@pytest.mark.parametrize(
    "name", ["workspace.db", "workspace.db-wal", "WORKSPACE.DB", "config.toml", "workspace.db.new"]
)
def test_the_workspace_is_not_written_over(home: Homes, tmp_path: Path, name: str) -> None:
    one = home()
    one.lines(customer())
    before = {path.name: path.read_bytes() for path in one.folder.iterdir() if path.is_file()}
    (tmp_path / "link").symlink_to(one.folder / name)
    for path in (one.folder / name, one.folder / ".." / one.folder.name / name, tmp_path / "link"):
        with pytest.raises(Invalid, match="belongs to the workspace"):
            export_to(one.journal, path)
    assert {path.name: path.read_bytes() for path in one.folder.iterdir() if path.is_file()} == before
    assert export_to(one.journal, one.folder / "out.jsonl") == 1


def test_devices_and_pipes_get_the_lines_themselves(home: Homes, tmp_path: Path) -> None:
    one = home()
    one.lines(customer())
    master, slave = os.openpty()  # not /dev/null: a fault here would put a file in its place, for everyone
    device = Path(os.ttyname(slave))
    assert export_to(one.journal, device) == 1
    assert os.read(master, 4096).replace(b"\r\n", b"\n") == one.export()
    assert device.is_char_device()
    os.close(slave)
    os.close(master)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    export_to(one.journal, pipe)
    reader.join()
    assert read == [one.export()]
    assert pipe.is_fifo()


def test_what_is_no_file_is_refused(home: Homes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        with pytest.raises(StoreError, match="neither a file nor a folder"):
            export_to(home().journal, Path("s"))
        assert Path("s").is_socket()


def test_a_link_stays_a_link_and_a_name_may_be_as_long_as_a_folder_takes(home: Homes, tmp_path: Path) -> None:
    one = home()
    one.lines(customer())
    target = tmp_path / ("n" * 255)
    (tmp_path / "link").symlink_to(target)
    assert export_to(one.journal, tmp_path / "link") == 1
    assert (tmp_path / "link").is_symlink()
    assert target.read_bytes() == one.export()


def test_a_path_need_not_be_utf_8(home: Homes, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9 ?#%")
    try:
        (tmp_path / name).mkdir()
    except OSError:
        pytest.skip("this file system takes only Unicode")
    one = home(f"{name}/home")
    one.lines(customer(), name="in.jsonl")
    assert export_to(one.journal, tmp_path / name / "out.jsonl") == 1
