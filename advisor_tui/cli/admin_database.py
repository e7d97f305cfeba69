"""`advisor admin`: the database of a sync server as a whole: backup, restore, proof, quarantine, erasures."""

from __future__ import annotations

from pathlib import Path

from msgspec import to_builtins

from advisor_tui.cli.admin import database_url, opened
from advisor_tui.cli.output import DONE, FAILED, say, say_json
from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.language import formats as f
from advisor_tui.store.workspace import Workspace


def back_up(db: str, file: Path, replace: bool, as_json: bool) -> None:
    """Copy the database into a file."""
    from advisor_tui.store.central.backup import backup

    saved = backup(database_url(db), file, replace=replace)
    if as_json:
        say_json({"ok": True, **to_builtins(saved)})
    else:
        size = f.number(saved.bytes / 1_048_576, 1)
        say(_("The backup is in {path} ({size} MiB). Only its owner may read it.").format(path=saved.file, size=size))


def bring_back(db: str, file: Path, replace: bool, as_json: bool) -> None:
    """Put a backup in the place of the database."""
    from advisor_tui.store.central.backup import restore

    restored = restore(database_url(db), file, replace=replace)
    if as_json:
        say_json({"ok": True, **to_builtins(restored)})
        return
    say(_("The backup is in place. Every replica pulls again, and offers what it wrote since."))
    say(_("Devices and passwords are as they were then: revoke again what was revoked since."))
    if restored.aside:
        say(_("The damaged database was put aside: {path}").format(path=restored.aside))


def verify_chains(db: str, as_json: bool) -> int:
    """Check the hash chains; the exit status."""
    from advisor_tui.store.central.chain import verify

    with opened(db) as central:
        problems = verify(central)
    if as_json:
        say_json({"ok": not problems, "problems": problems})
    else:
        for problem in problems:
            say(problem)
        say(_("The history does not hold.") if problems else _("Nothing recorded was changed since."))
    return FAILED if problems else DONE


def list_quarantined(db: str, as_json: bool) -> None:
    """What waits for a decision."""
    from advisor_tui.store.central import quarantine

    with opened(db) as central:
        rows = quarantine.list_quarantined(central)
    if as_json:
        say_json(rows)
        return
    zone = Workspace().zone
    for row in rows:
        said = (row["id"], one_line(row["author"] or ""), f.long_time(row["at"], zone), row["code"], row["customer_id"])
        say(" · ".join(part for part in said if part))
    if not rows:
        say(_("Nothing is in quarantine."))


def decide(db: str, id_: str, let_in: bool, as_json: bool) -> None:
    """Let something out of quarantine in, or take it away."""
    from advisor_tui.store.central import quarantine

    with opened(db) as central:
        (quarantine.release if let_in else quarantine.drop)(central, id_)
    if as_json:
        say_json({"ok": True, "id": id_})
    else:
        say(_("It was let in.") if let_in else _("It was taken away."))


def list_erasures(db: str, as_json: bool) -> None:
    """Erasures with who has not done them."""
    from advisor_tui.store.central import erase

    with opened(db) as central:
        rows = erase.list_erasures(central, None)
    if as_json:
        say_json(rows)
        return
    zone = Workspace().zone
    for row in rows:
        waiting = ", ".join(f"{one_line(item['person'])} ({item['device']})" for item in row["waiting"])
        state = _("waits for: {devices}").format(devices=waiting) if waiting else _("done everywhere")
        say(" · ".join((row["id"], f.long_time(row["at"], zone), row["customer_id"], state)))
    if not rows:
        say(_("Nothing was erased."))
