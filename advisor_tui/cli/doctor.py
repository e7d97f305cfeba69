"""`advisor doctor`: looks at the workspace, the terminal, the keyring and the language, and says what to do."""

from __future__ import annotations

import contextlib
import locale
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from advisor_tui import __version__
from advisor_tui.cli.output import DONE, FAILED, say, say_json
from advisor_tui.cli.progress import Progress
from advisor_tui.domain.errors import AdvisorError
from advisor_tui.language import N_, _, language
from advisor_tui.language.formats import number
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.rulebook import workspace_rules
from advisor_tui.store.version import SCHEMA
from advisor_tui.store.workspace import Workspace

NAMES = {
    "version": N_("version"), "settings": N_("settings"), "workspace": N_("workspace"), "projections": N_("projections"),
    "disk": N_("disk"), "terminal": N_("terminal"), "keyring": N_("keyring"), "locale": N_("locale"),
    "rebuild": N_("rebuild"),
}  # fmt: skip


class Finding(NamedTuple):
    """One thing looked at: ok, note (works, could be better) or bad; and what to do."""

    name: str
    state: str
    words: str


def examine(rebuild: bool, as_json: bool) -> int:
    """Look at everything; the exit status is 1 when something is bad."""
    workspace = Workspace()
    findings = [
        Finding(
            "version", "ok", f"advisor {__version__}, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"
        )
    ]
    checks: tuple[Callable[[Workspace], Iterator[Finding]], ...] = (_settings, _workspace, _terminal, _keyring, _locale)
    for check in checks:
        try:
            findings += check(workspace)
        except AdvisorError as error:
            findings.append(Finding(check.__name__.strip("_"), "bad", error.text(_)))
    if rebuild and workspace.exists and not any(item.name == "workspace" and item.state == "bad" for item in findings):
        findings.append(_rebuild(workspace, as_json))
    bad = any(item.state == "bad" for item in findings)
    if as_json:
        say_json({"ok": not bad, "home": str(workspace.home), "findings": [item._asdict() for item in findings]})
    else:
        for item in findings:
            glyph = {"ok": "✓", "note": "●", "bad": "✗"}[item.state]
            say(_("{glyph} {name}: {words}").format(glyph=glyph, name=_(NAMES[item.name]), words=item.words))
    return FAILED if bad else DONE


def _settings(workspace: Workspace) -> Iterator[Finding]:
    settings = workspace.settings
    workspace_rules(workspace)
    workspace.clock()
    who = settings.name or _("nobody yet: advisor init --name NAME")
    yield Finding("settings", "ok" if settings.name else "note", f"{workspace.home} · {who}")


def _workspace(workspace: Workspace) -> Iterator[Finding]:
    if not workspace.exists:
        yield Finding("workspace", "note", _("There is none yet. advisor init makes one, advisor demo shows one."))
        return
    connection = open_reads(workspace.database)
    try:
        result = connection.execute("PRAGMA integrity_check(3)").fetchall()
        count = connection.execute("SELECT count(*) FROM event").fetchone()[0]
        drafts = connection.execute("SELECT count(*) FROM draft").fetchone()[0]
        lost = connection.execute(
            "SELECT count(*) FROM entry e WHERE NOT EXISTS (SELECT 1 FROM customer_view c WHERE c.id = e.customer_id)"
        ).fetchone()[0]
    except sqlite3.DatabaseError as error:
        result, count, drafts, lost = [(str(error),)], 0, 0, 0
    finally:
        connection.close()
    if result != [("ok",)]:
        words = "; ".join(str(row[0]) for row in result)
        yield Finding(
            "workspace", "bad",
            _("{path} is damaged: {reason}. Copy the file first; then advisor doctor --rebuild, or restore a copy.").format(
                path=workspace.database, reason=words
            ),
        )  # fmt: skip
        return
    size = workspace.database.stat().st_size / 1_048_576
    said = _("schema {schema}, {events} events, {size} MiB, {drafts} drafts waiting").format(
        schema=SCHEMA, events=number(count), size=number(size, 1), drafts=drafts
    )
    yield Finding("workspace", "ok", said)
    if lost:
        yield Finding(
            "projections",
            "bad",
            _("{count} entries belong to nobody. Run: advisor doctor --rebuild").format(count=lost),
        )
    free = shutil.disk_usage(workspace.home).free / 1_048_576
    if free < 200:
        yield Finding("disk", "note", _("Only {size} MiB are free where the workspace is.").format(size=number(free)))


def _terminal(_workspace: Workspace) -> Iterator[Finding]:
    term = os.environ.get("TERM", "")
    if not sys.stdout.isatty():
        yield Finding("terminal", "note", _("The output is not a terminal; the desk needs one."))
        return
    if term in ("dumb", "unknown", ""):
        yield Finding(
            "terminal", "note", _("TERM={term} cannot show the desk. Use: advisor day --plain").format(term=term or "-")
        )
        return
    size = shutil.get_terminal_size()
    colours = "truecolor" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else "256"
    state = "ok" if size.columns >= 60 and size.lines >= 16 else "note"
    said = _("{term}, {width} x {height}, {colours} colours").format(
        term=term, width=size.columns, height=size.lines, colours=colours
    )
    if state == "note":
        said += " · " + _("the desk needs 60 x 16")
    yield Finding("terminal", state, said)


def _keyring(workspace: Workspace) -> Iterator[Finding]:
    from advisor_tui.sync.tokens import FILE, find_keyring

    server = ""
    with contextlib.suppress(AdvisorError):  # told where the settings are looked at
        server = workspace.settings.server
    found = find_keyring(5.0)
    if server and (workspace.home / FILE).exists():
        said = _("the key to {server} is in the encrypted file {path}").format(
            server=server, path=workspace.home / FILE
        )
        yield Finding("keyring", "ok", said)
    elif found.state == "ok":
        yield Finding("keyring", "ok", found.name)
    elif found.state == "refused":
        words = _("{name} keeps secrets in clear text and will not be used.").format(name=found.name)
        yield Finding("keyring", "note", words)
    elif found.state == "silent":
        words = _("The keyring does not answer; it may be waiting for you to unlock it.")
        yield Finding("keyring", "note", words)
    elif server and not os.environ.get("ADVISOR_TOKEN"):
        words = _("No keyring is running, and there is no other key to {server} here. Log in: advisor login {server}")
        yield Finding("keyring", "note", words.format(server=server))
    else:
        yield Finding("keyring", "note", _("No keyring is running. Nothing needs one until you join a server."))


def _locale(_workspace: Workspace) -> Iterator[Finding]:
    encoding = locale.getpreferredencoding(False)
    state = "ok" if encoding.lower().replace("-", "") == "utf8" else "note"
    said = _("language {language}, encoding {encoding}").format(language=language(), encoding=encoding)
    if state == "note":
        said += " · " + _("set LC_ALL=C.UTF-8 or another UTF-8 locale for accents")
    yield Finding("locale", state, said)


def _rebuild(workspace: Workspace, quiet: bool) -> Finding:
    from advisor_tui.store.journal import Journal
    from advisor_tui.store.rebuild import rebuild

    try:
        journal = Journal(workspace.database, workspace.clock())
        with Progress(_("Rebuilding"), 0, quiet) as progress:
            before, after = rebuild(journal, lambda done, total: progress.update(done, total, done))
        journal.close()
    except AdvisorError as error:
        return Finding("rebuild", "bad", error.text(_))
    if before == after:
        return Finding("rebuild", "ok", _("the journal gives the same picture: {digest}").format(digest=after[:16]))
    return Finding(
        "rebuild",
        "note",
        _("the picture was mended from the journal: {before} is now {after}").format(
            before=before[:16], after=after[:16]
        ),
    )
