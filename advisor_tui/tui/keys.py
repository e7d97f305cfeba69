"""Keys from the registry: bindings of each place, the line at the bottom, how a key is written."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding, BindingType

from advisor_tui.actions import registry
from advisor_tui.language import _

registry.load()

SHOWN = {
    "slash": "/", "escape": "Esc", "enter": "Enter", "tab": "Tab", "backspace": "Backspace", "space": "Space",
    "ctrl+p": "^P", "ctrl+s": "^S", "ctrl+e": "^E", "ctrl+q": "^Q", "ctrl+r": "^R", "ctrl+t": "^T", "ctrl+g": "^G",
    "exclamation_mark": "!",
}  # fmt: skip
SHORT = {
    "write_resolution": "resolve", "log_contact": "contact", "add_note": "note", "make_commitment": "promise",
    "open_case": "case", "set_state": "state", "plan_next_step": "step", "undo": "undo", "find": "find",
    "filter_life": "filter", "search_life": "search", "help": "help", "record": "record", "open_customer": "open",
    "record_resolve": "record and resolve", "full_screen": "full screen", "external_editor": "editor",
    "leave_composer": "keep and leave", "next_pane": "pane", "palette": "commands", "unfold": "unfold",
    "keep_commitment": "kept", "hand_over": "hand over", "take": "take", "state_situation": "situation",
    "make_gesture": "gesture", "make_proposal": "offer", "warn_commitment": "warn", "take_complaint": "complaint",
    "own_snippets": "my phrases", "similar": "like cases", "raise_signal": "signal", "quote_similar": "quote", "back_to_text": "back to the text",
}  # fmt: skip
LINES = {
    "day": ("open_customer", "find", "write_resolution", "log_contact", "make_commitment", "add_note", "next_pane", "undo", "help"),
    "life": (
        "write_resolution", "log_contact", "add_note", "make_commitment", "keep_commitment", "state_situation", "make_gesture",
        "make_proposal", "raise_signal", "plan_next_step", "set_state", "hand_over", "filter_life", "search_life", "unfold", "undo", "open_case",
    ),
    "similar": ("quote_similar", "back_to_text", "similar", "record", "record_resolve"),
    "composer": ("record", "record_resolve", "leave_composer", "similar", "external_editor", "full_screen", "own_snippets"),
}  # fmt: skip


def key_name(key: str) -> str:
    """A key as people read it."""
    first = key.split(",")[0]
    return SHOWN.get(first, first.upper() if first.startswith("f") and first[1:].isdigit() else first)


def short_words(name: str) -> str:
    """One or two words for the line at the bottom."""
    from advisor_tui.language import pgettext

    return pgettext("key", SHORT[name]) if name in SHORT else _(title_of(name))


def title_of(name: str) -> str:
    """The English title of an action or view."""
    entry = registry.ACTIONS.get(name) or registry.VIEWS.get(name)
    return entry.title if entry else name


def binding_id(name: str) -> str:
    """The id by which the key of an action or view is changed in the settings."""
    if name in ("unfold", "open_customer", "quote_similar"):
        return "list.choose"
    return f"action.{name}" if name in registry.ACTIONS else f"view.{name}"


def key_of(name: str, changed: Mapping[str, str]) -> str:
    """The key of an action or view: the one in the settings, else its own."""
    entry = registry.ACTIONS.get(name) or registry.VIEWS.get(name)
    return changed.get(binding_id(name), entry.key if entry else "")


def key_line(place: str, changed: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(key, words, name) for the line at the bottom of `place`."""
    where, _dash, narrow = place.partition("-")
    names = LINES.get(where, LINES["life"])
    if narrow:  # one pane on screen: first how to reach the others
        names = ("next_pane", "find", *(name for name in names if name not in ("next_pane", "find")))
    return [(key_name(key_of(name, changed)), short_words(name), name) for name in names]


def bindings(*places: str) -> list[BindingType]:
    """The bindings of all actions and views of these places; each has an id, so that it can be remapped."""
    acting = [entry for entry in registry.ACTIONS.values() if entry.key and entry.place in places]
    looking = [entry for entry in registry.VIEWS.values() if entry.place in places and entry.name in OWN_VIEWS]
    entries: list[registry.Action | registry.View] = [*acting, *looking]
    return [
        Binding(entry.key, f"act('{entry.name}')", entry.title, show=False, id=binding_id(entry.name))
        for entry in entries
    ]


OWN_VIEWS = frozenset(
    {
        "search_life",
        "filter_life",
        "copy_entry",
        "back",
        "refresh",
        "find",
        "quit",
        "server",
        "progress",
        "pause",
        "hard_moment",
        "voice",
        "team",
    }
)
"""Views that the desk itself answers; the others belong to a widget or the application."""
