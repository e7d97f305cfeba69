"""The forms of `advisor snippets`, `advisor notes` and `advisor hours`, in Typer: what is one's own."""

from __future__ import annotations

from typing import Annotated

import typer

from advisor_tui.cli.explaining import Command, Group

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Words = Annotated[str, typer.Argument(metavar="TEXT", help="The words; - reads the input.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the phrase.")]
own = typer.Typer(rich_markup_mode=None)
snippets = typer.Typer(
    cls=Group, no_args_is_help=False, invoke_without_command=True, rich_markup_mode=None,
    help="Your own phrases and signature; they stay on this computer.",
)  # fmt: skip
notes = typer.Typer(
    cls=Group, no_args_is_help=False, invoke_without_command=True, rich_markup_mode=None,
    help="What you wrote down for yourself; it stays on this computer.",
)  # fmt: skip
own.add_typer(snippets, name="snippets")
own.add_typer(notes, name="notes")


@snippets.callback()
def list_snippets_first(context: typer.Context, json: Json = False) -> None:
    if context.invoked_subcommand is None:
        from advisor_tui.cli.own import list_snippets

        list_snippets(json)


@snippets.command("list", cls=Command)
def list_(json: Json = False) -> None:
    """List them, the signature first."""
    from advisor_tui.cli.own import list_snippets

    list_snippets(json)


@snippets.command("add", cls=Command)
def add(name: Name, text: Words = "-", json: Json = False) -> None:
    """Keep a phrase under a name, in place of what was there."""
    from advisor_tui.cli.own import keep_snippet

    keep_snippet(name, text, json)


@snippets.command("remove", cls=Command)
def remove(name: Name, json: Json = False) -> None:
    """Take a phrase away."""
    from advisor_tui.cli.own import remove_snippet

    remove_snippet(name, json)


@snippets.command("signature", cls=Command)
def signature(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The words; - reads the input, none says it.")] = "",
    json: Json = False,
) -> None:
    """Say your signature, or write it."""
    from advisor_tui.cli.own import signature

    signature(text, json)


@notes.callback()
def list_notes_first(context: typer.Context, json: Json = False) -> None:
    if context.invoked_subcommand is None:
        from advisor_tui.cli.own import list_notes

        list_notes(json)


@notes.command("list", cls=Command)
def list_them(json: Json = False) -> None:
    """List them, the newest first."""
    from advisor_tui.cli.own import list_notes

    list_notes(json)


@notes.command("add", cls=Command)
def write(text: Words = "-", json: Json = False) -> None:
    """Write something down for yourself."""
    from advisor_tui.cli.own import write_note

    write_note(text, json)


@notes.command("remove", cls=Command)
def throw_away(
    number: Annotated[int, typer.Argument(metavar="N", help="Its number in the list.")], json: Json = False
) -> None:
    """Throw one away."""
    from advisor_tui.cli.own import remove_note

    remove_note(number, json)


@notes.command("forget", cls=Command)
def forget(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Throw everything of your own away: notes, phrases, signature."""
    from advisor_tui.cli.own import forget_all

    forget_all(yes, json)


@own.command("hours", cls=Command)
def hours(
    days: Annotated[str, typer.Argument(metavar="[DAYS]", help="mon-fri, or mon,wed,sat.")] = "",
    times: Annotated[
        str, typer.Argument(metavar="[HOURS]", help="9-17, or 9:00-12:30,13:30-17; none for a day off.")
    ] = "",
    clear: Annotated[bool, typer.Option("--clear", help="Say no hours any more.")] = False,
    json: Json = False,
) -> None:
    """Say or change your own hours: what is due outside of them is handed over or moved."""
    from advisor_tui.cli.own import set_hours

    set_hours(days, times, clear, json)
