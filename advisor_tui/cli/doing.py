"""`advisor do`: every action of the registry from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor_tui.actions import registry
from advisor_tui.cli.output import DONE, REFUSED, say, say_json
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Invalid
from advisor_tui.language import _, words
from advisor_tui.store.rulebook import workspace_rules
from advisor_tui.store.workspace import Workspace

if TYPE_CHECKING:
    from advisor_tui.actions.execute import Result
    from advisor_tui.domain.rules import Rules
    from advisor_tui.store.guarding import Guarded
    from advisor_tui.store.journal import Journal


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


def do_action(name: str, pairs: list[str], as_json: bool) -> int:
    """Do one action in the workspace of ADVISOR_HOME; the exit status: who goes on after 0 must not cut anybody off."""
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
        person = settings.person()
        rules = workspace_rules(workspace)
        result = execute(journal, name, given, person, rules)
        held = _held(journal, result, rules) if result.made.get("act") else None
    finally:
        journal.close()
    now = journal.clock.now().astimezone(journal.clock.zone)
    if as_json:
        from advisor_tui.cli.guarding import as_dict

        say_json(result.as_dict() | ({"guard": as_dict(held[0], held[1], now)} if held else {}))
        return REFUSED if held else DONE
    made = ", ".join(f"{kind} {id_}" for kind, id_ in result.made.items())
    say(_("{action}: recorded.").format(action=_(action.title)) + (f" {made}" if made else ""))
    for kind in result.masked:
        say(_(words.MASKED[kind]))
    if "gesture" in result.made and result.made.get("state") == "asked":
        say(_("Above the allowance: a second person decides."))
    if held:
        from advisor_tui.cli.guarding import say_guard

        say_guard(held[0], now)
    return REFUSED if held else DONE


def _held(journal: Journal, result: Result, rules: Rules) -> tuple[Guarded, b.Act] | None:
    """What stood in the way of an act that was asked for, and the act; nothing where it was done."""
    from advisor_tui.store.guarding import guard

    asked = next((event.body for event in result.events if isinstance(event.body, b.AdverseActAsked)), None)
    if asked is None or asked.state == "done":
        return None
    with journal.reading() as connection:
        return guard(connection, result.customer_id, asked.act, rules.hold), asked.act
