"""A backup is whole and consistent, comes back under a new epoch, and what is not one damages nothing."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from advisor_tui.domain.errors import AdvisorError, Invalid, NotFound, Refused, StoreError
from advisor_tui.store.central.backup import backup, restore
from advisor_tui.store.central.chain import verify
from advisor_tui.store.central.errors import Denied
from advisor_tui.store.central.identity import identify
from advisor_tui.store.central.tables import HEAD, SERVER
from advisor_tui.store.central.tokens import Tokens, log_in, refresh
from advisor_tui.store.version import SCHEMA
from tests.central.office import PASSWORD, customers, record_customer
from tests.central.postgres import Postgres, programs, sqlite_address
from tests.central.shop import Shop, code, contents


@pytest.fixture(autouse=True)
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump of the same version as the server."""
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "server.bak"


@pytest.fixture
def shop(database_url: str, file: Path) -> Shop:
    return Shop(database_url, file)


def test_what_came_after_the_backup_is_gone_and_the_history_has_a_new_name(shop: Shop) -> None:
    shop.record("Boris Vidal")
    assert shop.names() == ["Aïcha Benali", "Boris Vidal"]
    restored = restore(shop.url, shop.file, replace=True)
    assert shop.names() == ["Aïcha Benali"]
    with shop.opened() as central:
        assert central.epoch == restored.epoch != shop.epoch
        assert verify(central) == []
    assert (restored.schema, restored.aside, shop.saved.schema) == (SCHEMA, "", SCHEMA)


def test_the_server_works_on_after_a_restore(shop: Shop) -> None:
    restore(shop.url, shop.file, replace=True)
    shop.record("Boris Vidal")
    assert shop.names() == ["Aïcha Benali", "Boris Vidal"]
    with shop.opened() as central:
        assert verify(central) == []


def test_access_tokens_end_and_refresh_tokens_stay(shop: Shop) -> None:
    restore(shop.url, shop.file, replace=True)
    with shop.opened() as central:
        with central.read() as connection, pytest.raises(Denied) as denied:
            identify(connection, shop.zoe.access_token, central.now_ms())
        assert denied.value.code == "token_expired"
        following = refresh(central, shop.zoe.refresh_token)
        assert following.device == shop.zoe.device
        assert refresh(central, following.refresh_token).device == shop.zoe.device


def test_a_token_from_after_the_backup_is_over_not_stolen(shop: Shop) -> None:
    with shop.opened() as central:
        later: Tokens = refresh(central, shop.zoe.refresh_token)
    restore(shop.url, shop.file, replace=True)
    with shop.opened() as central, pytest.raises(Denied) as denied:
        refresh(central, later.refresh_token)
    assert denied.value.code == "token_expired"


def test_rights_are_told_again_after_a_restore(shop: Shop) -> None:
    with shop.opened() as central:
        before = int(central.meta("grants"))
    restore(shop.url, shop.file, replace=True)
    with shop.opened() as central:
        assert int(central.meta("grants")) > before


def test_a_database_is_replaced_only_when_told(shop: Shop) -> None:
    shop.record("Boris Vidal")
    with pytest.raises(Refused) as refused:
        restore(shop.url, shop.file)
    assert code(refused) == "database_exists"
    assert "--replace" in str(refused.value)
    assert shop.names() == ["Aïcha Benali", "Boris Vidal"]


def test_a_backup_comes_back_where_nothing_was(shop: Shop, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if shop.url.startswith("sqlite"):
        other = sqlite_address(tmp_path / "elsewhere" / "deep" / "server 100%+?.db".replace("?", ""))
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        other = postgres.url("elsewhere")
        request.addfinalizer(lambda: postgres.drop_database("elsewhere"))
    restore(other, shop.file)
    shop.url = other
    assert shop.names() == ["Aïcha Benali"]


def test_a_database_in_use_is_not_replaced_under_its_server(shop: Shop) -> None:
    with shop.opened() as central:
        assert customers(central) == ["Aïcha Benali"]
        with pytest.raises(Refused) as refused:
            restore(shop.url, shop.file, replace=True)
        assert code(refused) == "database_in_use"
        assert central.epoch == central.meta("epoch") == shop.epoch
        record_customer(central, log_in(central, "Zoé", PASSWORD, "desk"), "Boris Vidal")
    assert shop.names() == ["Aïcha Benali", "Boris Vidal"]


def test_a_backup_is_for_its_owner_only(shop: Shop) -> None:
    assert stat.S_IMODE(shop.file.stat().st_mode) == 0o600
    assert shop.saved.bytes == shop.file.stat().st_size > 10_000
    assert contents(shop.file.parent) == [shop.file.name], "and nothing else is left"


def test_a_backup_replaces_a_file_only_when_told(shop: Shop) -> None:
    before = shop.file.read_bytes()
    with pytest.raises(Refused) as refused:
        backup(shop.url, shop.file)
    assert code(refused) == "file_exists"
    assert shop.file.read_bytes() == before
    shop.record("Boris Vidal")
    backup(shop.url, shop.file, replace=True)
    restore(shop.url, shop.file, replace=True)
    assert shop.names() == ["Aïcha Benali", "Boris Vidal"]


def test_a_backup_made_while_people_write_is_of_one_moment(shop: Shop, tmp_path: Path) -> None:
    stop = threading.Event()
    failures: list[BaseException] = []

    def write() -> None:
        try:
            with shop.opened() as central:
                zoe = log_in(central, "Zoé", PASSWORD, "desk")
                while not stop.is_set():
                    record_customer(central, zoe, team="Mobile")
        except BaseException as error:
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    files = []
    try:
        for number in range(4):
            time.sleep(0.15)
            files.append(tmp_path / f"{number}.bak")
            backup(shop.url, files[-1])
    finally:
        stop.set()
        writer.join()
    assert failures == []
    counts = []
    for kept in files:
        restore(shop.url, kept, replace=True)
        with shop.opened() as central:
            assert verify(central) == []
            with central.read() as connection:
                counts.append(connection.execute(select(func.sum(HEAD.c.seq))).scalar_one())
            assert len(customers(central)) == counts[-1]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def damaged(file: Path, how: str) -> None:
    """Make of `file` something that is not a good backup."""
    whole = file.read_bytes()
    if how == "text":
        file.write_text("Customers: Aïcha Benali\n" * 1000, encoding="utf-8")
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif how == "head only":
        file.write_bytes(whole[:100])
    elif how == "another database":
        file.unlink()
        with sqlite3.connect(file) as connection:
            connection.execute("CREATE TABLE server (key, value)")
        connection.close()
    else:
        middle = len(whole) // 3
        file.write_bytes(whole[:middle] + os.urandom(len(whole) // 3) + whole[2 * middle :])


@pytest.mark.parametrize("how", ["text", "empty", "cut", "head only", "another database", "overwritten"])
def test_what_is_not_a_backup_is_refused_and_damages_nothing(shop: Shop, how: str) -> None:
    shop.record("Boris Vidal")
    damaged(shop.file, how)
    with pytest.raises(StoreError) as refused:
        restore(shop.url, shop.file, replace=True)
    assert code(refused) in ("not_a_backup", "damaged")
    assert str(shop.file) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert shop.names() == ["Aïcha Benali", "Boris Vidal"]
    with shop.opened() as central:
        assert central.epoch == shop.epoch
    folder = Path(shop.url.removeprefix("sqlite:///")).parent
    assert not shop.url.startswith("sqlite") or not list(folder.glob(".*")), "nothing is left behind"


def test_a_backup_of_a_newer_version_is_refused(shop: Shop) -> None:
    with shop.opened() as central, central.write() as connection:
        connection.execute(update(SERVER).where(SERVER.c.key == "schema").values(value=str(SCHEMA + 1)))
    backup(shop.url, shop.file, replace=True)
    with pytest.raises(StoreError) as refused:
        restore(shop.url, shop.file, replace=True)
    assert code(refused) == "schema"
    assert str(SCHEMA + 1) in str(refused.value)


def test_a_backup_of_an_older_schema_comes_back_at_this_one(shop: Shop) -> None:
    with shop.opened() as central, central.write() as connection:
        connection.execute(update(SERVER).where(SERVER.c.key == "schema").values(value=str(SCHEMA - 1)))
    backup(shop.url, shop.file, replace=True)
    assert restore(shop.url, shop.file, replace=True).schema == SCHEMA
    assert shop.names() == ["Aïcha Benali"]


def test_a_file_that_does_not_exist_is_not_found(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        restore(shop.url, tmp_path / "nothing.bak", replace=True)
    with pytest.raises(NotFound):
        restore(shop.url, tmp_path, replace=True)


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="file"):
        backup(shop.url, tmp_path / "file" / "server.bak")


# SQLite


def test_a_damaged_database_is_put_aside_for_its_backup(sqlite_url: str, file: Path) -> None:
    shop = Shop(sqlite_url, file)
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.write_bytes(b"not a database at all" * 1000)
    restored = restore(shop.url, shop.file, replace=True)
    assert Path(restored.aside).read_bytes().startswith(b"not a database")
    assert shop.names() == ["Aïcha Benali"]


def test_a_damaged_database_is_not_backed_up_as_if_it_were_good(sqlite_url: str, file: Path) -> None:
    shop = Shop(sqlite_url, file)
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    whole = bytearray(path.read_bytes())
    whole[4096 * 3 : 4096 * 6] = os.urandom(4096 * 3)
    path.write_bytes(whole)
    with pytest.raises(AdvisorError):
        backup(shop.url, file.with_name("second.bak"))
    assert contents(file.parent) == [file.name]


def test_another_programs_database_is_not_replaced(sqlite_url: str, file: Path, tmp_path: Path) -> None:
    shop = Shop(sqlite_url, file)
    foreign = tmp_path / "music.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE song (title)")
    connection.close()
    before = foreign.read_bytes()
    with pytest.raises(StoreError) as refused:
        restore(sqlite_address(foreign), shop.file, replace=True)
    assert code(refused) == "not_a_server"
    with pytest.raises(StoreError):
        backup(sqlite_address(foreign), tmp_path / "music.bak")
    assert foreign.read_bytes() == before
    assert not (tmp_path / "music.bak").exists()


def test_a_database_is_not_its_own_backup(sqlite_url: str, file: Path) -> None:
    shop = Shop(sqlite_url, file)
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with pytest.raises(Invalid):
        restore(sqlite_url, path, replace=True)
    with pytest.raises(Refused):
        backup(sqlite_url, path)
    assert shop.names() == ["Aïcha Benali"]


def test_there_is_nothing_to_back_up_where_no_database_is(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        backup(sqlite_address(tmp_path / "none.db"), tmp_path / "x.bak")
    assert contents(tmp_path) == []


RESTORE = """
import sys
from pathlib import Path
from advisor_tui.store.central.backup import restore
print("ready", flush=True)
restore(sys.argv[1], Path(sys.argv[2]), replace=True)
"""


def test_a_restore_that_is_killed_leaves_one_history_or_the_other(sqlite_url: str, file: Path) -> None:
    shop = Shop(sqlite_url, file)
    for delay in (0.0, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.3):
        shop.record("Boris Vidal")
        worker = subprocess.Popen(
            [sys.executable, "-c", RESTORE, shop.url, str(file)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(delay)
        worker.kill()
        worker.communicate()
        names = shop.names()
        assert set(names) <= {"Aïcha Benali", "Boris Vidal"}
        assert names.count("Aïcha Benali") == 1
        with shop.opened() as central:
            assert verify(central) == []
    restore(shop.url, file, replace=True)
    assert shop.names() == ["Aïcha Benali"]


FULL = """
import resource, sys
from pathlib import Path
from advisor_tui.domain.errors import AdvisorError
from advisor_tui.store.central.backup import backup, restore
url, file, act, room = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
try:
    restore(url, file, replace=True) if act == "restore" else backup(url, file.with_name("second.bak"))
except AdvisorError as error:
    print(error.code, error)
"""


@pytest.mark.parametrize("act", ["backup", "restore"])
def test_a_full_disk_leaves_what_was(shop: Shop, act: str) -> None:
    if act == "restore" and not shop.url.startswith("sqlite"):
        pytest.skip("PostgreSQL's disk is the server's own")
    shop.record("Boris Vidal")
    done = subprocess.run(
        [sys.executable, "-c", FULL, shop.url, str(shop.file), act, str(shop.saved.bytes // 2)], capture_output=True,
        text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.split()[0] in ("disk_full", "program_failed")
    assert contents(shop.file.parent) == [shop.file.name]
    assert shop.names() == ["Aïcha Benali", "Boris Vidal"]
    restore(shop.url, shop.file, replace=True)
    assert shop.names() == ["Aïcha Benali"]
