"""The commands, in Typer. A command's module is loaded when it runs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor_tui import __version__
from advisor_tui.cli.admin_commands import admin
from advisor_tui.cli.explaining import Command, Group, usage_error, usage_hint
from advisor_tui.cli.output import (
    DONE,
    FAILED,
    STOPPED,
    Exit,
    give_up_output,
    prepare_output,
    say,
    say_error,
)
from advisor_tui.cli.own_commands import own
from advisor_tui.cli.rights_commands import rights
from advisor_tui.cli.ruling_commands import rules
from advisor_tui.domain.errors import AdvisorError, Invalid, StoreError
from advisor_tui.language import _, preferred_language, set_language
from advisor_tui.store.faults import explain, is_store_failure
from advisor_tui.store.workspace import Workspace

app = typer.Typer(
    cls=Group, add_completion=True, no_args_is_help=False, invoke_without_command=True, rich_markup_mode=None,
    pretty_exceptions_enable=False, help="A customer's whole life on one screen, in a terminal.",
)  # fmt: skip
app.add_typer(admin, name="admin")
app.add_typer(rules, name="rules")
app.add_typer(rights)
app.add_typer(own)
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Plain = Annotated[bool, typer.Option("--plain", help="Answer in plain lines, for screen readers and pipes.")]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="What to look for.")]
Customer = Annotated[str, typer.Argument(metavar="NAME", help="A name, a number, an address or an id.")]
USAGE_ERRORS: tuple[type[typer.BadParameter], ...] = (typer.BadParameter.__mro__[2],)
"""What Typer raises for a command line that makes no sense; it has no public name of its own."""


def run(arguments: list[str]) -> int:
    """Run the command line; the exit status."""
    prepare_output()
    as_json = "--json" in arguments
    try:
        status = _run(arguments, as_json)
        sys.stdout.flush()
    except BrokenPipeError:
        give_up_output()
        return FAILED
    except OSError as error:
        if error.filename is None:  # it is the output itself
            give_up_output()
            return say_error(StoreError("The system refuses: {reason}", reason=error.strerror or str(error)), False)
        reason = f"{error.filename}: {error.strerror}"
        return say_error(StoreError("The system refuses: {reason}", reason=reason), as_json)
    return status


def _run(arguments: list[str], as_json: bool) -> int:
    try:
        with _language():
            command = typer.main.get_command(app)
            answer = command.main(args=arguments, prog_name="advisor", standalone_mode=False)
    except Exit as end:
        return end.status
    except AdvisorError as error:
        return say_error(error, as_json)
    except USAGE_ERRORS as error:
        status = say_error(usage_error(error), as_json)
        if not as_json:
            sys.stderr.write(usage_hint(error) + "\n")
        return status
    except UnicodeEncodeError:
        if all(_is_text(argument) for argument in arguments):
            raise
        return say_error(Invalid("What was typed is not text in UTF-8."), as_json)
    except Exception as error:
        if not is_store_failure(error):
            raise
        return say_error(explain(error, Workspace().database), as_json)
    if answer == STOPPED:  # how Typer tells of Ctrl+C
        sys.stderr.write(_("Stopped.") + "\n")
    return answer if isinstance(answer, int) else DONE


def helps() -> Iterator[str]:
    """Every sentence of the help pages."""
    commands: list[Any] = [typer.main.get_command(app)]
    for command in commands:
        commands += getattr(command, "commands", {}).values()
        yield from filter(None, (command.help, *(getattr(param, "help", None) for param in command.params)))


def _is_text(argument: str) -> bool:
    """Whether the argument came as valid UTF-8."""
    return not any("\ud800" <= char <= "\udfff" for char in argument)


@contextlib.contextmanager
def _language() -> Iterator[None]:
    configured = ""
    with contextlib.suppress(AdvisorError):
        configured = Workspace().settings.language
    set_language(preferred_language(configured))
    yield


@app.callback()
def main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Say the version.")] = False,
) -> None:
    if version:
        say(f"advisor {__version__}")
    elif context.invoked_subcommand is None:
        from advisor_tui.cli.desk import open_desk

        raise Exit(open_desk())


@app.command(cls=Command)
def demo(
    home: Annotated[Path | None, typer.Option(help="Where to keep the demo company.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make it anew.")] = False,
    no_desk: Annotated[bool, typer.Option("--no-desk", help="Make it, and do not open the desk.")] = False,
) -> None:
    """Open the desk on a fictional telecom operator."""
    from advisor_tui.cli.demo import open_demo

    raise Exit(open_demo(home, fresh, no_desk))


@app.command(cls=Command)
def init(
    name: Annotated[str, typer.Option(help="Your name, as customers and colleagues read it.")],
    team: Annotated[str, typer.Option(help="Your team.")] = "",
    role: Annotated[str, typer.Option(help="advisor, lead, trainer, liaison or admin.")] = "advisor",
    language: Annotated[str, typer.Option(help="fr or en.")] = "",
    json: Json = False,
) -> None:
    """Create a workspace here."""
    from advisor_tui.cli.workspaces import init_workspace

    init_workspace(name, team, role, language, json)


@app.command("import", cls=Command)
def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files and folders.")],
    map_: Annotated[
        list[str] | None, typer.Option("--map", metavar="COLUMN=FIELD", help="CSV column=field, several times.")
    ] = None,
    type_: Annotated[str, typer.Option("--type", help="CSV: customer, contact, case or holding.")] = "",
    json: Json = False,
    plain: Plain = False,
) -> None:
    """Bring in import lines, CSV, mail files, mailboxes and folders of them."""
    from advisor_tui.cli.exchange import import_files

    raise Exit(import_files(paths, map_ or [], type_, json, plain))


@app.command(cls=Command)
def export(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file; else the output.")] = None,
    customer: Annotated[str, typer.Option(help="One customer only.")] = "",
) -> None:
    """Write everything as import lines."""
    from advisor_tui.cli.exchange import export_lines

    export_lines(output, customer)


@app.command(cls=Command)
def schema(name: Annotated[str, typer.Argument(metavar="NAME", help="import or events.")] = "import") -> None:
    """The JSON Schema of an import line, or of the journal's events."""
    from advisor_tui.cli.exchange import show_schema

    show_schema(name)


@app.command(cls=Command)
def progress(
    case: Annotated[str, typer.Argument(metavar="CASE", help="The case's id.")],
    language: Annotated[str, typer.Option(help="fr or en; else the customer's.")] = "",
    json: Json = False,
) -> None:
    """How a case stands, in at most eight lines that the customer may read."""
    from advisor_tui.cli.advancing import say_progress

    say_progress(case, language, json)


@app.command(cls=Command)
def guard(
    customer: Customer,
    act: Annotated[str, typer.Option(help="cut_off, collection, penalty or closing.")],
    json: Json = False,
) -> None:
    """Ask whether a cut-off or the like may be done: exit 0, or 4 with what stands in its way."""
    from advisor_tui.cli.guarding import ask_guard

    raise Exit(ask_guard(customer, act, json))


@app.command(cls=Command)
def find(text: Text, json: Json = False, plain: Plain = False) -> None:
    """Find customers by name, number or address."""
    from advisor_tui.cli.asking import find_customers

    find_customers(text, json)


@app.command(cls=Command)
def search(text: Text, json: Json = False, plain: Plain = False) -> None:
    """Search words in everything written."""
    from advisor_tui.cli.asking import search_words

    search_words(text, json)


@app.command(cls=Command)
def show(customer: Customer, json: Json = False, plain: Plain = False) -> None:
    """A customer's brief and whole life, newest first."""
    from advisor_tui.cli.asking import show_customer

    show_customer(customer, json)


@app.command(cls=Command)
def day(json: Json = False, plain: Plain = False) -> None:
    """What would hurt a customer first."""
    from advisor_tui.cli.asking import show_day

    show_day(json)


@app.command(cls=Command)
def signals(
    late: Annotated[bool, typer.Option("--late", help="Only those whose answer is late.")] = False,
    json: Json = False,
    plain: Plain = False,
) -> None:
    """What customers tell us, by tag, and the dated answers of departments."""
    from advisor_tui.cli.listening import show_signals

    show_signals(json, late)


@app.command(cls=Command)
def team(json: Json = False, plain: Plain = False) -> None:
    """Words of customers, what may hurt one, and what the team measures."""
    from advisor_tui.cli.team import show_team

    show_team(json)


@app.command(cls=Command)
def do(
    action: Annotated[str, typer.Argument(metavar="ACTION", help="The action's name.")] = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="PARAMETER=VALUE", help="parameter=value, several times.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the actions and their parameters.")] = False,
    json: Json = False,
) -> None:
    """Do anything that a person can do at the desk."""
    from advisor_tui.cli.doing import do_action, list_actions

    if list_ or not action:
        list_actions(json)
    else:
        raise Exit(do_action(action, set_ or [], json))


@app.command(cls=Command)
def doctor(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make all projections again from the journal.")] = False,
    json: Json = False,
) -> None:
    """Check the workspace, the terminal, the keyring and the language; say what to do."""
    from advisor_tui.cli.doctor import examine

    raise Exit(examine(rebuild, json))


@app.command(cls=Command)
def serve(
    db: Annotated[
        str,
        typer.Option(metavar="URL", envvar="ADVISOR_DB", help="sqlite:///FILE or postgresql://…", show_envvar=False),
    ] = "",
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on; 0 takes any.")] = 8470,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes answer.")] = 1,
    certfile: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate, in PEM.")] = None,
    keyfile: Annotated[Path | None, typer.Option(metavar="FILE", help="Its key, in PEM.")] = None,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help="A proxy in front does TLS.")] = False,
    drain: Annotated[
        float, typer.Option(min=0, max=600, help="Seconds to answer 503 on /readyz before stopping.")
    ] = 0.0,
) -> None:
    """Bring desks together: the server."""
    from advisor_tui.cli.serve import serve as serve_desks

    raise Exit(serve_desks(db, host, port, workers, certfile, keyfile, behind_proxy, drain))


@app.command(cls=Command)
def login(
    url: Annotated[str, typer.Argument(metavar="URL", help="The server's address.")],
    user: Annotated[str, typer.Option(metavar="NAME", help="Your name on the server.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from the input, not the terminal.")
    ] = False,
    json: Json = False,
) -> None:
    """Join a server, or log in to it again; what was written here before comes along."""
    from advisor_tui.cli.syncing import log_in

    log_in(url, user, password_stdin, json)


@app.command(cls=Command)
def logout(json: Json = False) -> None:
    """Leave the server; everything that is here stays here."""
    from advisor_tui.cli.syncing import log_out

    log_out(json)


@app.command(cls=Command)
def sync(
    watch: Annotated[bool, typer.Option("--watch", help="Go on until stopped.")] = False,
    json: Json = False,
) -> None:
    """Exchange with the server until nothing is left to send or to receive."""
    from advisor_tui.cli.syncing import sync_now

    raise Exit(sync_now(watch, json))


@app.command(cls=Command)
def status(json: Json = False) -> None:
    """How this workspace stands with its server, without asking it."""
    from advisor_tui.cli.syncing import show_status

    show_status(json)


@app.command(cls=Command)
def seed(
    customers: Annotated[int, typer.Option(min=1)] = 2000,
    entries: Annotated[int, typer.Option(min=1)] = 40_000,
    seed: Annotated[int, typer.Option()] = 1,
    json: Json = False,
) -> None:
    """Fill this workspace with synthetic customers, for benchmarks."""
    from advisor_tui.cli.workspaces import seed_workspace

    seed_workspace(customers, entries, seed, json)


@app.command(cls=Command)
def bench(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME…", help="Which rows; all without a name.")] = None,
    home: Annotated[Path | None, typer.Option(help="A seeded workspace; else one is made.")] = None,
    customers: Annotated[int, typer.Option(min=10)] = 2000,
    entries: Annotated[int, typer.Option(min=100)] = 40_000,
    data: Annotated[Path | None, typer.Option(help="A folder of files to measure on.")] = None,
    json: Json = False,
) -> None:
    """Measure against references on this machine, in one run."""
    from advisor_tui.cli.bench import run_bench

    raise Exit(run_bench(names or [], home, customers, entries, json, data))
