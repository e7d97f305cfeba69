"""The registry: each action's name, words, parameters, permission, key and decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_origin

import msgspec

from advisor_tui.domain.errors import Invalid

if TYPE_CHECKING:
    from advisor_tui.actions.context import Context

PLACES = ("life", "day", "composer", "similar", "find", "everywhere")


class Params(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What an action needs to know."""


@dataclass(frozen=True)
class Action:
    """One change a person can make."""

    name: str
    title: str
    params: type[Params]
    decide: Callable[[Context, Any], None]
    permission: str = "write"
    key: str = ""
    place: str = "life"
    footer: bool = False

    @property
    def help(self) -> str:
        """What it does, in a sentence (English; the catalogues translate it)."""
        return " ".join((self.decide.__doc__ or "").split("\n\n")[0].split())


@dataclass(frozen=True)
class View:
    """A way of looking that changes nothing: it has a key and a palette entry, no event."""

    name: str
    title: str
    key: str
    place: str
    help: str
    footer: bool = False


ACTIONS: dict[str, Action] = {}
VIEWS: dict[str, View] = {}


def action(
    title: str, params: type[Params], *, key: str = "", place: str = "life", permission: str = "write",
    footer: bool = False,
) -> Callable[[Callable[[Context, Any], None]], Callable[[Context, Any], None]]:  # fmt: skip
    """Register the decorated decision under its own name."""

    def register(decide: Callable[[Context, Any], None]) -> Callable[[Context, Any], None]:
        name = decide.__name__
        ACTIONS[name] = Action(name, title, params, decide, permission, key, place, footer)
        return decide

    return register


def view(name: str, title: str, key: str, place: str, help: str, footer: bool = False) -> None:
    """Register a way of looking."""
    VIEWS[name] = View(name, title, key, place, help, footer)


def find_action(name: str) -> Action:
    """The action called `name`, or Invalid with the nearest names."""
    load()
    known = ACTIONS.get(name.replace("-", "_"))
    if known is None:
        import difflib

        near = difflib.get_close_matches(name, ACTIONS, 3)
        raise Invalid("There is no action called {name}. Near: {near}", name=name, near=", ".join(near) or "—")
    return known


def load() -> None:
    """Make sure that every action is registered."""
    from advisor_tui.actions import (  # noqa: F401
        acts,
        cases,
        commitments,
        complaints,
        conduct,
        customers,
        gestures,
        knowing,
        listening,
        offers,
        surveys,
        takeback,
        views,
        words,
        works,
    )  # fmt: skip


def describe(action: Action) -> dict[str, Any]:
    """The action for a machine: name, words, permission and the JSON Schema of its parameters."""
    from advisor_tui.language import _

    schema = msgspec.json.schema(action.params)
    name = schema["$ref"].rsplit("/", 1)[1]
    own = schema["$defs"][name]
    return {
        "name": action.name, "title": _(action.title), "help": _(action.help), "permission": action.permission,
        "key": action.key, "parameters": own.get("properties", {}), "required": own.get("required", []),
        "definitions": {key: value for key, value in schema["$defs"].items() if key != name},
    }  # fmt: skip


def read_params(action: Action, given: dict[str, Any]) -> Any:
    """`given` as the action's parameters; text is turned into numbers and flags where needed."""
    names = {field.encode_name for field in msgspec.structs.fields(action.params)}
    unknown = sorted(set(given) - names)
    if unknown:
        raise Invalid(
            "{action} has no parameter {name}. It takes: {names}", action=action.name, name=", ".join(unknown),
            names=", ".join(sorted(names)),
        )  # fmt: skip
    lists = {field.encode_name for field in msgspec.structs.fields(action.params) if get_origin(field.type) is list}
    given = {name: [value] if name in lists and isinstance(value, str) else value for name, value in given.items()}
    try:
        return msgspec.convert(given, action.params, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("{action}: {reason}", action=action.name, reason=str(error)) from error
