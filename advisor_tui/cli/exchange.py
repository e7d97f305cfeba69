"""Files in and out: import, export, schema."""

from __future__ import annotations

import sys
from pathlib import Path

from advisor_tui.cli.output import say, say_json
from advisor_tui.cli.progress import Progress
from advisor_tui.domain.errors import Invalid
from advisor_tui.gateways.line_types import TYPES
from advisor_tui.gateways.outcome import Outcome
from advisor_tui.language import N_, _, ngettext
from advisor_tui.language.formats import number
from advisor_tui.store.workspace import Workspace

LINES = {
    "customer": N_("customers"), "holding": N_("holdings"), "offer": N_("offers"), "case": N_("cases"),
    "contact": N_("contacts"), "resolution": N_("resolutions"), "commitment": N_("promises"), "gesture": N_("gestures"),
    "survey": N_("surveys"), "note": N_("notes"), "signal": N_("signals"), "?": N_("unreadable"),
}  # fmt: skip
"""Line types as people read them; machines read the types themselves."""


def import_files(paths: list[Path], mapping: list[str], kind: str, as_json: bool, plain: bool) -> int:
    """Bring in `paths`; the exit status says whether all came in."""
    from advisor_tui.gateways.run import import_paths
    from advisor_tui.store.journal import Journal

    columns = dict(_column(pair) for pair in mapping)
    if kind and kind not in TYPES:
        raise Invalid("There is no line type called {kind}. Types: {types}", kind=kind, types=", ".join(TYPES))
    workspace = Workspace()
    journal = Journal(workspace.database, workspace.clock())
    try:
        with Progress(_("Importing"), 0, as_json or plain) as progress:
            outcome = import_paths(
                journal, workspace, paths, mapping=columns, csv_type=kind or None, progress=progress.update, translate=_
            )
    finally:
        journal.close()
    if as_json:
        say_json({"ok": outcome.status == 0, **outcome.to_dict(_)})
    else:
        _tell(outcome)
    return outcome.status


def _column(pair: str) -> tuple[str, str]:
    column, separator, field = pair.rpartition("=")
    if not separator or not column or not field:
        raise Invalid("--map needs column=field, not {text}.", text=pair[:60])
    return column, field


def _tell(outcome: Outcome) -> None:
    """What became of everything, by file and by type."""
    for file in outcome.files:
        note = file.note(_)
        if note:
            say(note)
    for kind, row in sorted(outcome.report.types.items()):
        parts = [
            (row["added"], ngettext("{count} added", "{count} added", row["added"])),
            (row["corrected"], ngettext("{count} corrected", "{count} corrected", row["corrected"])),
            (row["unchanged"], ngettext("{count} unchanged", "{count} unchanged", row["unchanged"])),
            (row["rejected"], ngettext("{count} rejected", "{count} rejected", row["rejected"])),
        ]
        said = ", ".join(words.format(count=number(count)) for count, words in parts if count)
        say(_("{kind}: {counts}").format(kind=_(LINES.get(kind, kind)), counts=said))
    total = outcome.report.total
    say(
        _("In all: {added} added, {corrected} corrected, {unchanged} unchanged, {rejected} rejected.").format(
            **{name: number(total(name)) for name in ("added", "corrected", "unchanged", "rejected")}
        )
    )


def export_lines(output: Path | None, customer: str) -> None:
    """Write the workspace, or one customer, as import lines."""
    from advisor_tui.gateways import exporter
    from advisor_tui.store.journal import Journal

    workspace = Workspace()
    workspace.require()
    chosen = None
    if customer:
        from advisor_tui.cli.asking import resolve_customer
        from advisor_tui.store.reads.connection import open_reads

        connection = open_reads(workspace.database)
        chosen = resolve_customer(connection, customer)
        connection.close()
    journal = Journal(workspace.database, workspace.clock())
    try:
        if output is not None:
            count = exporter.export_to(journal, output, customer=chosen)
            say(
                ngettext("{count} line written to {path}.", "{count} lines written to {path}.", count).format(
                    count=number(count), path=output
                )
            )
        else:
            for line in exporter.export_lines(journal, customer=chosen):
                sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    finally:
        journal.close()


def show_schema(name: str) -> None:
    """The JSON Schema of an import line or of the events."""
    from advisor_tui.domain.events import describe_types
    from advisor_tui.gateways.line_types import line_schema

    if name == "import":
        say_json(line_schema())
    elif name == "events":
        say_json(describe_types())
    else:
        raise Invalid("There is no schema called {name}. Schemas: import, events", name=name)
