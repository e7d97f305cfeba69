"""A colleague recorded something on the case while I was writing: theirs above mine, before mine is recorded."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from advisor_tui.domain.text import one_line
from advisor_tui.language import _, ngettext
from advisor_tui.tui.chrome import KeyLine
from advisor_tui.tui.forms import BREAKPOINTS
from advisor_tui.tui.ink import Line, wrap
from advisor_tui.tui.life_rows import Setting, author_words
from advisor_tui.tui.texts import TextList
from advisor_tui.tui.wordings import Wording


class MeanwhileScreen(ModalScreen[str | None]):
    """Answers `record`, `merge`, or nothing: back to the text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "dismiss('record')", show=False, id="meanwhile.record"),
        Binding("m", "dismiss('merge')", show=False, id="meanwhile.merge"),
        Binding("escape", "dismiss(None)", show=False, id="meanwhile.leave"),
    ]
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    place = "composer"

    def __init__(self, theirs: list[Wording], mine: str, setting: Setting) -> None:
        super().__init__()
        self.theirs, self.mine, self.setting = theirs, mine, setting

    def compose(self) -> ComposeResult:
        names = ", ".join(dict.fromkeys(one_line(wording.author, 40) for wording in self.theirs))
        title = ngettext(
            "Meanwhile {names} recorded this on the case",
            "Meanwhile {names} recorded these on the case",
            len(self.theirs),
        )
        with Vertical(id="meanwhile"):
            yield Static(title.format(names=names), id="choose-title", markup=False)
            yield TextList(self._lines, id="meanwhile-texts")
            keys = [
                ("m", _("merge"), "merge"), ("^S", _("record mine as it is"), "record"), ("Esc", _("back to my text"), ""),
            ]  # fmt: skip
            yield KeyLine("panel-keys", keys)

    def on_mount(self) -> None:
        self.query_one(TextList).focus()

    def _lines(self, width: int) -> list[Line]:
        lines: list[Line] = []
        for wording in self.theirs:
            lines += [
                [(line, "heading")] for line in wrap(author_words(wording.author, wording.at, self.setting), width)[0]
            ]
            lines += [*([(line, "text")] for line in wrap(wording.text, width)[0]), []]
        lines.append([(_("Yours, not recorded yet"), "accent")])
        return [*lines, *([(line, "text")] for line in wrap(self.mine, width)[0])]

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        self.dismiss(message.name or None)
