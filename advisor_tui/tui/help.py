"""Help: the keys of the present place first, from the registry; then every other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from advisor_tui.actions import registry
from advisor_tui.language import N_, _
from advisor_tui.tui.ink import Line, fit, wrap
from advisor_tui.tui.keys import key_name, key_of
from advisor_tui.tui.line_list import LineList

PLACES = {
    "day": N_("My day"), "life": N_("The life"), "composer": N_("While writing"), "similar": N_("Similar resolutions"), "find": N_("Find"), "voice": N_("What customers tell us"),
    "team": N_("The team's screen"),
    "everywhere": N_("Everywhere"),
}  # fmt: skip
OWN_KEYS = {
    "voice": (
        ("list.choose", "enter", N_("Open the customer"), N_("Show this customer's whole life.")),
        ("voice.answer", "a", N_("Answer a signal"), N_("Yes, no, or later and by when; and why.")),
        ("voice.tell", "t", N_("Tell the customer what became of it"), N_("Note that they heard the answer.")),
    ),
    "team": (
        ("list.choose", "enter", N_("Open the customer"), N_("Show this customer's whole life.")),
        ("team.next", "tab", N_("Next group"), N_("To the first row of the next group.")),
    ),
}  # fmt: skip
"""Keys of a screen that are no action of the desk: id, key, title, what it does."""
MOVES = (
    ("↑ ↓ j k", N_("Move by one.")),
    ("PgUp PgDn", N_("Move by a screen.")),
    ("Home End", N_("Go to the first or the last.")),
    ("Esc", N_("One step back: search, filter, pane.")),
)

KEY, TITLE = 12, 36
"""Cells of the columns of keys and titles."""


def _entries() -> list[registry.Action | registry.View]:
    return [*registry.VIEWS.values(), *registry.ACTIONS.values()]


def help_lines(place: str, width: int, changed: Mapping[str, str]) -> list[Line]:
    """All keys with what they do, as `changed` in the settings; those of `place` first."""
    lines: list[Line] = []
    order = [place, *(name for name in PLACES if name != place)]
    for name in order:
        entries = [
            (key_of(entry.name, changed), _(entry.title), _(entry.help))
            for entry in _entries()
            if entry.place == name and key_of(entry.name, changed)
        ]
        entries += [(changed.get(id_, key), _(title), _(said)) for id_, key, title, said in OWN_KEYS.get(name, ())]
        if name == place:
            lines += [[(_("Moving"), "heading")]]
            for key, words in MOVES:
                body = wrap(_(words), max(20, width - 12))[0]
                lines.append([(fit(key, 12), "accent"), (body[0], "text")])
                lines += [[(" " * 12, "text"), (line, "text")] for line in body[1:]]
            lines.append([])
        if not entries:
            continue
        lines.append([(_(PLACES[name]), "heading")])
        for key, title, said in entries:
            lines += _described(key_name(key), title, said, width)
        lines.append([])
    unbound = [entry for entry in _entries() if not key_of(entry.name, changed)]
    lines.append([(_("Without a key, in the commands (^P)"), "heading")])
    for entry in unbound:
        lines += _described("", _(entry.title), _(entry.help), width)
    return lines


def _described(key: str, title: str, said: str, width: int) -> list[Line]:
    column = TITLE if width >= 80 else width - KEY
    body = wrap(said, max(20, width - KEY - TITLE - 1))[0] if width >= 80 else [""]
    first: Line = [(fit(key, KEY), "accent"), (fit(title, column), "bright"), (" " + body[0], "muted")]
    return [first, *([(" " * (KEY + TITLE + 1), "text"), (line, "muted")] for line in body[1:])]


class HelpList(LineList):
    """The lines of help."""

    def __init__(self, place: str, changed: Mapping[str, str]) -> None:
        super().__init__(id="help-lines")
        self.place, self.changed = place, changed
        self._lines: list[Line] = []

    def row_count(self) -> int:
        self._lines = help_lines(self.place, self.text_width, self.changed)
        return len(self._lines)

    def selectable(self, row: int) -> bool:
        return False

    def paint(self, row: int, width: int) -> list[Line]:
        return [self._lines[row]]


class HelpScreen(Screen[None]):
    """The help, closed by any of the keys that open or leave."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", show=False, priority=True, id="help.leave"),
    ]

    def __init__(self, place: str, changed: Mapping[str, str]) -> None:
        super().__init__()
        self.place, self.changed = place if place in PLACES else "life", changed

    def compose(self) -> ComposeResult:
        yield HelpList(self.place, self.changed)
        yield Static(_("Esc back   ^P every command by its name"), id="help-keys", markup=False)

    def on_mount(self) -> None:
        lines = self.query_one(HelpList)
        lines.focus()
        self.call_after_refresh(lines.rows_changed, -1)

    def relabel(self) -> None:
        """The language changed."""
        self.refresh(recompose=True)
        self.call_after_refresh(self.on_mount)
