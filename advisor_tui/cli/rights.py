"""What a customer may ask of us, and careful notes: `check-words`, `subject-access`, `erase`, `retention`."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import to_builtins

from advisor_tui.cli.output import DONE, PART, say, say_json
from advisor_tui.domain.errors import Invalid, NotFound, Refused, StoreError
from advisor_tui.domain.text import fold, one_line
from advisor_tui.language import LANGUAGES, _, ngettext, set_language
from advisor_tui.language import formats as f
from advisor_tui.store.reads.connection import open_reads
from advisor_tui.store.reads.customer import read_head
from advisor_tui.store.workspace import Workspace

if TYPE_CHECKING:
    from advisor_tui.store.rights import Erased


def check_words(text: str, as_json: bool) -> int:
    """Say which words of `text` to think about ("-" reads the input); the exit status says whether there are any."""
    from advisor_tui.domain.gentle import CATEGORIES, check
    from advisor_tui.store.wordbook import load_words

    if text == "-":
        try:
            text = sys.stdin.buffer.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise Invalid("What was typed is not text in UTF-8.") from error
    found = check(text, load_words())
    if as_json:
        findings = [{**one._asdict(), "hint": _(one.hint)} for one in found]
        say_json({"ok": not found, "findings": findings})
        return PART if found else DONE
    for one in found:
        line = text.count("\n", 0, one.start) + 1
        said = _("line {line}: “{word}” ({category}). {hint}").format(
            line=f.number(line), word=one_line(one.word), category=_(CATEGORIES[one.category]), hint=_(one.hint)
        )
        say(said)
    if not found:
        say(_("Nothing to say otherwise."))
    return PART if found else DONE


def subject_access(name: str, output: Path | None, language: str, as_json: bool) -> None:
    """Everything held on a person: for the terminal, or as it stands into a file that only its owner can read."""
    from advisor_tui.cli.held_text import held_lines
    from advisor_tui.store.held import read_held

    if language and language not in LANGUAGES:
        raise Invalid("The language {language} is not known. Languages: fr, en", language=language)
    workspace, connection, now = _open()
    with contextlib.closing(connection):
        held = read_held(connection, _resolve(connection, name))
    assert held is not None
    if language:
        set_language(language)
    said: dict[str, Any] = {"ok": True, "at": now.isoformat(), **to_builtins(_named(held))}
    if output is None:
        if as_json:
            say_json(said)
        else:
            for line in held_lines(held, now):
                say(line)
        return
    text = msgspec.json.format(msgspec.json.encode(said)).decode() if as_json else "\n".join(held_lines(held, now))
    _write_private(output, text + "\n", workspace)
    if as_json:
        say_json({"ok": True, "path": str(output)})
    else:
        say(_("Everything held on {name} is in {path}. Only you can read it.").format(
            name=one_line(held.customer.name), path=output))  # fmt: skip


def _named(held: Any) -> dict[str, Any]:
    """The parts with the names of theirs, where they are rows."""
    named = to_builtins(held)
    named["customer"] = held.customer._asdict()
    named["known_as"] = [known._asdict() for known in held.known_as]
    named["drafts"] = [draft._asdict() for draft in held.drafts]
    return dict(named)


def erase(name: str, yes: bool, reason: str, force_open: bool, as_json: bool) -> None:
    """Erase a person from this workspace."""
    from advisor_tui.store.rights import was_shared

    if force_open and not reason.strip():
        raise Invalid("--force-open needs a reason: --reason TEXT")
    workspace, connection, now = _open()
    with contextlib.closing(connection):
        customer = _resolve(connection, name, stubs=True)
        _refuse_shared(workspace, customer)
        head = read_head(connection, customer)
        records = list(head.ids) if head is not None else [customer]
        elsewhere = was_shared(connection, records)
    called = head.name if head is not None else customer
    if not yes:
        _confirm(_("This cannot be taken back. Type the customer’s name to erase everything about them:"), called)
    with contextlib.closing(_Eraser(workspace, now)) as eraser:
        erased = eraser.erase(records, force_open)
        clean = eraser.clean()
    if as_json:
        said = {"ok": True, "customer": customer, "records": records, "at": now.isoformat(), "reason": reason.strip()}
        say_json({**said, **to_builtins(erased), "on_server": elsewhere, "clean": clean})
        return
    words = ngettext(
        "{count} entry about {name} was erased.", "{count} entries about {name} were erased.", erased.entries
    )  # fmt: skip
    say(words.format(count=f.number(erased.entries), name=one_line(called)))
    if erased.forced:
        say(_("It was forced, for this reason: {reason}").format(reason=one_line(reason)))
    if elsewhere:
        say(_("A server was given some of it before: its team lead or administrator erases it there."))
    _say_unclean(clean, customer)


def retention(dry_run: bool, yes: bool, as_json: bool) -> None:
    """List those whom it is time to forget; without `dry_run`, erase them."""
    from advisor_tui.store.retention import past_retention
    from advisor_tui.store.rulebook import workspace_rules

    workspace, connection, now = _open()
    rules = workspace_rules(workspace)
    with contextlib.closing(connection):
        past = past_retention(connection, rules.retention, rules.calendar, now.date(), workspace.zone)
    due, kept = [one for one in past if not one.against], [one for one in past if one.against]
    if not dry_run:
        _refuse_shared(workspace, "")
    if as_json and dry_run:
        say_json({"ok": True, "dry_run": True, "due": to_builtins(due), "kept": to_builtins(kept)})
        return
    if not as_json:
        _say_past(due, kept, now)
    if dry_run or not due:
        if as_json:
            say_json({"ok": True, "dry_run": False, "erased": [], "kept": to_builtins(kept), "clean": True})
        return
    if not yes:
        _confirm(_("This cannot be taken back. Type how many people are to be erased:"), str(len(due)))
    clean, erased = True, []
    with contextlib.closing(_Eraser(workspace, now)) as eraser:
        for one in due:
            try:
                erased.append({**to_builtins(one), "entries": eraser.erase(one.records, False).entries})
            except Refused as refusal:  # recorded meanwhile
                kept.append(msgspec.structs.replace(one, against=[refusal.code]))
        clean = eraser.clean()
    if as_json:
        say_json({"ok": True, "dry_run": False, "erased": erased, "kept": to_builtins(kept), "clean": clean})
        return
    count = len(erased)
    say(ngettext("{count} person was erased.", "{count} people were erased.", count).format(count=f.number(count)))
    _say_unclean(clean, due[0].customer)


def _say_past(due: list[Any], kept: list[Any], now: datetime) -> None:
    why = {
        "holding_ended": _("what they held ended on {date}"), "last_heard": _("last heard from on {date}"),
        "recorded": _("never heard from; recorded on {date}"),
    }  # fmt: skip
    against = {
        "open_case": _("an open case"), "unanswered": _("an unanswered item"), "promise_open": _("an open promise"),
        "legal_hold": _("a legal hold"),
    }  # fmt: skip
    for title, people in ((_("May be erased"), due), (_("Past their date, but kept"), kept)):
        if people:
            say(f"{title} ({f.number(len(people))})")
        for one in people:
            since = why[one.reason].format(date=f.plain_day(one.since.isoformat(), now))
            until = _("kept until {date}").format(date=f.plain_day(one.until.isoformat(), now))
            reasons = ", ".join(against[code] for code in one.against)
            parts = (one_line(one.name), since, until, reasons, f"{one.rule} ({one.source})", one.customer)
            say("  " + " · ".join(part for part in parts if part))
    if not due and not kept:
        say(_("Nobody is past their date."))


class _Eraser:
    """Erases people with their attached files; at the end their traces in the database file."""

    def __init__(self, workspace: Workspace, now: datetime) -> None:
        from advisor_tui.gateways.attachments import Attachments
        from advisor_tui.store.journal import Journal

        self._database = workspace.database
        self._today = now.date()
        self._files = Attachments(workspace.home / "attachments")
        self._journal = Journal(workspace.database, workspace.clock())

    def erase(self, records: list[str], force_open: bool) -> Erased:
        """One person; Refused where something stands against it."""
        from advisor_tui.store.rights import erase_person

        erased = erase_person(self._journal, records, self._today, force_open=force_open)
        for sha256 in erased.attachments:
            self._files.path(sha256).unlink(missing_ok=True)
        return erased

    def clean(self) -> bool:
        """Write the file anew; whether nothing is left in it."""
        from advisor_tui.store.rights import clean_file

        self._journal.close()
        return clean_file(self._database)

    def close(self) -> None:
        self._journal.close()


def _say_unclean(clean: bool, customer: str) -> None:
    if not clean:
        say(
            _(
                "Another program uses the workspace, so old words may be left in its file. Close it, then: advisor erase {id} --yes"
            ).format(id=customer)
        )


def _refuse_shared(workspace: Workspace, customer: str) -> None:
    """A workspace that shares with a server follows it: what was erased here alone would stay with everybody else."""
    server = workspace.settings.server
    if server:
        raise Refused(
            "This workspace shares with {server}: a team lead or administrator erases there (POST /v1/erasures), and every "
            "desk follows.",
            code="shared", server=server, customer=customer,
        )  # fmt: skip


def _confirm(question: str, wanted: str) -> None:
    """Have `wanted` typed, whatever its case and accents."""
    if not sys.stdin.isatty():
        raise Invalid("There is no terminal to ask. Say it with --yes.")
    sys.stderr.write(f"{question} ({one_line(wanted)})\n> ")
    sys.stderr.flush()
    typed = sys.stdin.readline()
    if fold(" ".join(typed.split())) != fold(" ".join(wanted.split())):
        raise Refused("What was typed is not it. Nothing was erased.", code="not_confirmed")


def _open() -> tuple[Workspace, sqlite3.Connection, datetime]:
    workspace = Workspace()
    workspace.require()
    clock = workspace.clock()
    return workspace, open_reads(workspace.database), clock.now().astimezone(clock.zone)


def _resolve(connection: sqlite3.Connection, name: str, stubs: bool = False) -> str:
    """Who is meant; with `stubs`, also somebody of whom only an id is left."""
    from advisor_tui.cli.asking import resolve_customer
    from advisor_tui.store.rights import has_events

    try:
        return resolve_customer(connection, name)
    except NotFound:
        if stubs and has_events(connection, name):
            return name
        raise


def _write_private(path: Path, text: str, workspace: Workspace) -> None:
    """Write `text` whole into a file of mode 0600, or nothing."""
    target = Path(os.path.realpath(path))
    ours = target.parent == Path(os.path.realpath(workspace.home))
    if ours and (target.name.startswith(workspace.database.name) or target.name == "config.toml"):
        raise Invalid("{path} belongs to the workspace. Name another file.", path=str(path))
    fresh = target.with_name(f".{target.name[:60]}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(text.encode("utf-8", "surrogatepass"))
        fresh.replace(target)
    except OSError as error:
        raise StoreError(
            "{path} cannot be written: {reason}", path=str(path), reason=error.strerror or str(error)
        ) from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
