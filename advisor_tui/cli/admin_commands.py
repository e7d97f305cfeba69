"""The forms of `advisor admin`, in Typer. What they do is loaded when one of them runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor_tui.cli.explaining import Command, Group
from advisor_tui.cli.output import DONE, Exit, say
from advisor_tui.domain.errors import Invalid


def _group(help_: str) -> typer.Typer:
    return typer.Typer(
        cls=Group, no_args_is_help=False, invoke_without_command=True, rich_markup_mode=None, help=help_,
        callback=_explain,
    )  # fmt: skip


def _explain(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        say(context.get_help())
        raise Exit(DONE)


admin = _group("Look after a sync server: its database, teams, people and devices.")
user = _group("People who may log in.")
team = _group("Teams, whose customers their members see.")
device = _group("Devices that logged in.")
quarantine = _group("What was written without the right to, and waits for a decision.")
for _name, _sub in (("user", user), ("team", team), ("device", device), ("quarantine", quarantine)):
    admin.add_typer(_sub, name=_name)

Db = Annotated[
    str, typer.Option("--db", metavar="URL", help="sqlite:///FILE or postgresql://…; else ADVISOR_DB, else a file at home.")
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A person's name.")]
TeamName = Annotated[str, typer.Argument(metavar="NAME", help="A team's name.")]
Teams = Annotated[list[str] | None, typer.Option("--team", metavar="NAME", help="A team of theirs, several times.")]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from the input.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="An id, as the list shows it.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")]
Replace = Annotated[bool, typer.Option("--replace", help="Put it in the place of what is there.")]


@admin.command(cls=Command)
def migrate(db: Db = "", json: Json = False) -> None:
    """Create the database, or bring it to this version."""
    from advisor_tui.cli.admin import migrate_database

    migrate_database(db, json)


@user.command("add", cls=Command)
def add_user(
    name: Name,
    teams: Teams = None,
    role: Annotated[str, typer.Option(help="advisor, lead, trainer, liaison or admin.")] = "advisor",
    password_stdin: Stdin = False,
    db: Db = "",
    json: Json = False,
) -> None:
    """Add a person; the database and the teams are made where missing."""
    from advisor_tui.cli.admin import add_user

    add_user(db, name, teams or [], role, password_stdin, json)


@user.command("list", cls=Command)
def list_users(db: Db = "", json: Json = False) -> None:
    """Who may log in, and as whom."""
    from advisor_tui.cli.admin import list_users

    list_users(db, json)


@user.command("set", cls=Command)
def set_user(
    name: Name,
    role: Annotated[str, typer.Option(help="advisor, lead, trainer, liaison or admin.")] = "",
    teams: Teams = None,
    no_team: Annotated[bool, typer.Option("--no-team", help="They leave all their teams.")] = False,
    password: Annotated[bool, typer.Option("--password", help="Ask for a new password.")] = False,
    password_stdin: Stdin = False,
    enable: Annotated[bool, typer.Option("--enable", help="They may log in again.")] = False,
    db: Db = "",
    json: Json = False,
) -> None:
    """Change a person's role, teams (all of them) or password."""
    from advisor_tui.cli.admin import Change, set_user

    if no_team and teams:
        raise Invalid("{one} and {other} cannot go together.", code="usage", one="--team", other="--no-team")
    change = Change(role=role or None, teams=[] if no_team else teams or None, enable=enable)
    set_user(db, name, change, password, password_stdin, json)


@user.command("disable", cls=Command)
def disable_user(name: Name, db: Db = "", json: Json = False) -> None:
    """End a person's access, on all their devices."""
    from advisor_tui.cli.admin import disable_user

    disable_user(db, name, json)


@team.command("list", cls=Command)
def list_teams(db: Db = "", json: Json = False) -> None:
    """The teams."""
    from advisor_tui.cli.admin import list_teams

    list_teams(db, json)


@team.command("add", cls=Command)
def add_team(name: TeamName, db: Db = "", json: Json = False) -> None:
    """Add a team; the customers who are said to be theirs join it."""
    from advisor_tui.cli.admin import add_team

    add_team(db, name, json)


@device.command("list", cls=Command)
def list_devices(
    user: Annotated[str, typer.Option("--user", metavar="NAME", help="One person's only.")] = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """The devices, and whose they are."""
    from advisor_tui.cli.admin import list_devices

    list_devices(db, user, json)


@device.command("revoke", cls=Command)
def revoke_device(id_: Id, db: Db = "", json: Json = False) -> None:
    """End a device: it can neither read nor send any more."""
    from advisor_tui.cli.admin import revoke_device

    revoke_device(db, id_, json)


@admin.command(cls=Command)
def backup(file: File, replace: Replace = False, db: Db = "", json: Json = False) -> None:
    """Copy the database into a file, while the server works."""
    from advisor_tui.cli.admin_database import back_up

    back_up(db, file, replace, json)


@admin.command(cls=Command)
def restore(file: File, replace: Replace = False, db: Db = "", json: Json = False) -> None:
    """Bring a backup back, with the server stopped; every replica then pulls again."""
    from advisor_tui.cli.admin_database import bring_back

    bring_back(db, file, replace, json)


@admin.command(cls=Command)
def verify(db: Db = "", json: Json = False) -> None:
    """Check that nothing recorded was changed since."""
    from advisor_tui.cli.admin_database import verify_chains

    raise Exit(verify_chains(db, json))


@admin.command(cls=Command)
def erasures(db: Db = "", json: Json = False) -> None:
    """Erasures, and the devices that have not done them yet."""
    from advisor_tui.cli.admin_database import list_erasures

    list_erasures(db, json)


@quarantine.command("list", cls=Command)
def list_quarantined(db: Db = "", json: Json = False) -> None:
    """What waits, from whom, and why."""
    from advisor_tui.cli.admin_database import list_quarantined

    list_quarantined(db, json)


@quarantine.command("release", cls=Command)
def release(id_: Id, db: Db = "", json: Json = False) -> None:
    """Let an entry in, with those recorded together with it."""
    from advisor_tui.cli.admin_database import decide

    decide(db, id_, True, json)


@quarantine.command("drop", cls=Command)
def drop(id_: Id, db: Db = "", json: Json = False) -> None:
    """Take an entry away, with those recorded together with it."""
    from advisor_tui.cli.admin_database import decide

    decide(db, id_, False, json)
