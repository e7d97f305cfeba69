"""The forms of `advisor rules`, in Typer. What they do is loaded when one of them runs."""

from __future__ import annotations

from typing import Annotated

import typer

from advisor_tui.cli.explaining import Command, Group

rules = typer.Typer(
    cls=Group, no_args_is_help=False, invoke_without_command=True, rich_markup_mode=None,
    help="Every rule that holds here: its value, since when, where it comes from, and what the team changed.",
)  # fmt: skip

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Plain = Annotated[bool, typer.Option("--plain", help="Answer in plain lines, for screen readers and pipes.")]
On = Annotated[str, typer.Option("--on", metavar="DATE", help="The rules of that day; today without it.")]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="The day of the event; the next one counts first.")]
Count = Annotated[str, typer.Option("--count", metavar="N", help="How many.")]
Unit = Annotated[str, typer.Option("--unit", metavar="UNIT", help="ouvrable, ouvre, calendar or month.")]
Region = Annotated[
    str, typer.Option("--region", metavar="REGION", help="Whose public holidays, as FR or FR-AM; the team's without it.")
]  # fmt: skip


@rules.callback()
def list_rules(context: typer.Context, on: On = "", json: Json = False, plain: Plain = False) -> None:
    if context.invoked_subcommand is None:
        from advisor_tui.cli.ruling import show_rules

        show_rules(on, json)


@rules.command("deadline", cls=Command)
def deadline(
    context: typer.Context, from_: From, count: Count, unit: Unit, region: Region = "", json: Json = False
) -> None:  # fmt: skip
    """The last day of a deadline, by the calendar of the rules."""
    from advisor_tui.cli.ruling import show_deadline

    asked = context.parent is not None and bool(context.parent.params.get("json"))
    show_deadline(from_, count, unit, region, json or asked)
