"""The forms of `advisor check-words`, `subject-access`, `erase` and `retention`, in Typer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor_tui.cli.explaining import Command
from advisor_tui.cli.output import Exit

rights = typer.Typer(rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="A name, a number, an address or an id.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is told again in the answer.")]


@rights.command("check-words", cls=Command)
def check_words(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The words of a note; - reads the input.")] = "-",
    json: Json = False,
) -> None:
    """Words of a note to say otherwise, for the customer may read it; 3 where there are any."""
    from advisor_tui.cli.rights import check_words

    raise Exit(check_words(text, json))


@rights.command("subject-access", cls=Command)
def subject_access(
    customer: Customer,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="A file; else the output.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="fr or en; yours without it.")] = "",
    json: Json = False,
) -> None:
    """Everything held on a person, to be read by them."""
    from advisor_tui.cli.rights import subject_access

    subject_access(customer, output, language, json)


@rights.command("erase", cls=Command)
def erase(
    customer: Customer,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Reason = "",
    force_open: Annotated[
        bool, typer.Option("--force-open", help="Though a promise is open or something is unanswered; needs a reason.")
    ] = False,
    json: Json = False,
) -> None:
    """Erase a person, at their request or by law; anonymous stubs are left."""
    from advisor_tui.cli.rights import erase

    erase(customer, yes, reason, force_open, json)


@rights.command("retention", cls=Command)
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List them and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Erase those whom the rules no longer let us keep."""
    from advisor_tui.cli.rights import retention

    retention(dry_run, yes, json)
