"""The demo company: made from the fixtures once, with a clock that stands still."""

from __future__ import annotations

import hashlib
import os
import shutil
import tomllib
from pathlib import Path

from advisor_tui.cli.output import say
from advisor_tui.domain.errors import StoreError
from advisor_tui.language import LANGUAGES, _, set_language
from advisor_tui.store.workspace import CONFIG, DATABASE, Settings, Workspace, data_folder, default_home

STAMP = "demo.stamp"


def open_demo(home: Path | None, fresh: bool, no_desk: bool) -> int:
    """Make the demo where it is not yet, and open the desk on it; the exit status."""
    home = home or default_home() / "demo"
    folder = data_folder("fixtures") / "demo"
    stamp = _stamp(folder)
    made = home / STAMP
    if fresh and made.exists():
        _clear(home)
    if not made.exists() or made.read_text(encoding="utf-8") != stamp:
        if made.exists() and made.read_text(encoding="utf-8"):
            _put_aside(home)  # an older demo, in which somebody may have written
        elif home.exists():
            _clear(home)
        home.mkdir(parents=True, exist_ok=True)
        made.write_text("", encoding="utf-8")  # a demo that was cut short is known as ours, and made anew
        make_demo(home, folder)
        made.write_text(stamp, encoding="utf-8")
    if no_desk:
        say(_("The demo company is ready. Open it with: ADVISOR_HOME={home} advisor").format(home=home))
        return 0
    from advisor_tui.cli.desk import open_desk

    return open_desk(home)


def _clear(home: Path) -> None:
    """Empty a demo's folder; a folder that holds anything else is not touched."""
    ours = {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", CONFIG, STAMP, "attachments", "rejects"}
    found = list(home.iterdir())
    if any(path.name not in ours for path in found) or (found and not (home / STAMP).exists()):
        raise StoreError("{home} holds something else. Name an empty folder for the demo.", home=str(home))
    for path in found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _put_aside(home: Path) -> None:
    """Keep a demo of another version beside the new one."""
    number = 1
    while (aside := home.with_name(f"{home.name}.old-{number}")).exists():
        number += 1
    home.rename(aside)
    say(_("The demo of another version is now in {path}.").format(path=aside))


def _stamp(folder: Path) -> str:
    from advisor_tui.store.version import SCHEMA

    digest = hashlib.blake2b(str(SCHEMA).encode(), digest_size=12)
    for path in sorted(folder.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def demo_language(configured: str) -> str:
    """The demo speaks the visitor's language where the environment names one of ours."""
    for variable in ("ADVISOR_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(variable, "")[:2] in LANGUAGES:
            return os.environ[variable][:2]
    return configured


def make_demo(home: Path, folder: Path) -> None:
    """Bring the fixtures into a new workspace at `home`."""
    from advisor_tui.gateways.importer import Defaults, Importer, Source
    from advisor_tui.store.drafts import save_draft
    from advisor_tui.store.journal import Journal

    facts = tomllib.loads((folder / "demo.toml").read_text(encoding="utf-8"))
    drafts = facts.pop("draft", [])
    facts["language"] = demo_language(facts["language"])
    set_language(facts["language"])
    workspace = Workspace(home)
    workspace.save(Settings(**facts))
    journal = Journal(workspace.database, workspace.clock())
    refused: list[str] = []
    importer = Importer(
        journal,
        Defaults(facts["team"], _("Look at it again")),
        lambda source, error: refused.append(f"{source}: {error}"),
    )
    for number, path in enumerate(sorted(folder.glob("*.jsonl"))):
        lines = path.read_bytes().splitlines(keepends=True)
        importer.take(Source(number, line, raw) for line, raw in enumerate(lines, 1) if raw.strip())
    importer.finish()
    if refused:
        raise StoreError("The demo cannot be made: {reason}", reason=refused[0])
    for draft in drafts:
        from advisor_tui.domain.identity import entity_id
        from advisor_tui.store.lookups import owner_of

        case = entity_id("case", draft["case"])
        with journal.transaction() as unit:
            customer = owner_of(unit, "case_view", case) or ""
        save_draft(journal, case, draft["kind"], customer, draft["text"])
    journal.close()
