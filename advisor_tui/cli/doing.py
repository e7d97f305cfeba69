"""`advisor do`: every action of the registry from the command line."""

from __future__ import annotations

from typing import Any

from advisor_tui.actions import registry
from advisor_tui.cli.output import say, say_json
from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.permissions import Person
from advisor_tui.language import _
from advisor_tui.store.rulebook import workspace_rules
from advisor_tui.store.workspace import Workspace


def list_actions(as_json: bool) -> None:
    """All actions with what they do and the parameters they take."""
    registry.load()
    described = [registry.describe(action) for action in registry.ACTIONS.values()]
    if as_json:
        say_json({"ok": True, "actions": described})
        return
    for action in described:
        needed = action["required"]
        optional = [name for name in action["parameters"] if name not in needed]
        said = " ".join([*needed, *(f"[{name}]" for name in optional)])
        say(f"{action['name']}\n  {action['help']}\n  {said}")


def parse_sets(pairs: list[str]) -> dict[str, Any]:
    """`key=value` pairs; a key given twice makes a list."""
    given: dict[str, Any] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise Invalid("--set needs parameter=value, not {text}.", text=pair[:60])
        if key in given:
            before = given[key]
            given[key] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            given[key] = value
    return given


def do_action(name: str, pairs: list[str], as_json: bool) -> None:
    """Do one action in the workspace of ADVISOR_HOME."""
    action = registry.find_action(name)
    given = parse_sets(pairs)
    registry.read_params(action, given)
    workspace = Workspace()
    workspace.require()
    from advisor_tui.actions.execute import execute
    from advisor_tui.store.journal import Journal

    settings = workspace.settings
    if not settings.name:
        raise Invalid("Say first who you are: advisor init --name NAME")
    journal = Journal(workspace.database, workspace.clock())
    try:
        person = Person(settings.name, settings.team, settings.role)
        result = execute(journal, name, given, person, workspace_rules(workspace))
    finally:
        journal.close()
    if as_json:
        say_json(result.as_dict())
    else:
        made = ", ".join(f"{kind} {id_}" for kind, id_ in result.made.items())
        say(_("{action}: recorded.").format(action=_(action.title)) + (f" {made}" if made else ""))
