"""Making and filling workspaces."""

from __future__ import annotations

from advisor_tui.cli.output import say, say_json
from advisor_tui.cli.progress import Progress
from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.permissions import GRANTS
from advisor_tui.language import LANGUAGES, _, preferred_language, set_language
from advisor_tui.language import formats as f
from advisor_tui.store.workspace import Settings, Workspace


def init_workspace(name: str, team: str, role: str, language: str, as_json: bool) -> None:
    """Create the workspace of ADVISOR_HOME, or change who works in it."""
    from advisor_tui.store.journal import Journal

    if role not in GRANTS:
        raise Invalid("There is no role called {role}. Roles: {roles}", role=role, roles=", ".join(GRANTS))
    if language and language not in LANGUAGES:
        raise Invalid("The language {language} is not known. Languages: fr, en", language=language)
    if not name.strip():
        raise Invalid("{what} is empty.", what="--name")
    if not (name + team).isprintable():
        raise Invalid("A name cannot hold control characters.")
    workspace = Workspace()
    existed = workspace.exists
    settings = workspace.settings if existed else Settings()
    chosen = language or settings.language or preferred_language()
    set_language(chosen)
    Journal(workspace.database, workspace.clock()).close()
    workspace.update(name=name.strip(), team=team.strip(), role=role, language=chosen)
    if as_json:
        say_json({"ok": True, "home": str(workspace.home), "created": not existed})
    elif existed:
        say(_("The workspace in {home} is now {name}'s.").format(home=workspace.home, name=name))
    else:
        say(
            _("A workspace is ready in {home}. Bring customers in with: advisor import FILE").format(
                home=workspace.home
            )
        )


def seed_workspace(customers: int, entries: int, number: int, as_json: bool) -> None:
    """Fill the workspace with synthetic customers."""
    from advisor_tui.gateways.seed import CLOCK, seed
    from advisor_tui.store.journal import Journal

    workspace = Workspace()
    journal = Journal(workspace.database, workspace.clock())
    with Progress(_("Seeding"), total=0, quiet=as_json) as progress:
        report = seed(journal, customers, entries, number, progress.lines)
    journal.close()
    if not workspace.settings.name:
        workspace.update(name="Claire Morel", team="Mobile", clock=CLOCK)
    if as_json:
        say_json({"ok": True, **report.as_dict()})
    else:
        say(_("{count} lines added.").format(count=f.number(report.total("added"))))
