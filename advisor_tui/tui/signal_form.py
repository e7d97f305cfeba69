"""The form of a weak signal: while the words are typed it proposes the tag and who answers, and gives way to a person."""

from __future__ import annotations

from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, TextArea

from advisor_tui.domain.listening import tag_key
from advisor_tui.domain.text import fold, one_line
from advisor_tui.domain.text import words as split_words
from advisor_tui.store.reads.voice import Known
from advisor_tui.tui.forms import ActionForm, Choice
from advisor_tui.tui.labels import Choices, Field, choice_words

STEM, SHORT = 5, 4
"""Letters by which two forms of a word are one; a word of fewer letters than the second says nothing by itself."""


def likely_tag(text: str, tags: list[str]) -> str:
    """The known tag all of whose words are in `text`, the one with most words, then the latest; "" for none."""
    said = {word[:STEM] for word in split_words(text)}
    best, most = "", 0
    for tag in tags:
        stems = {word[:STEM] for word in split_words(tag) if len(word) >= SHORT}
        if len(stems) > most and stems <= said:
            best, most = tag, len(stems)
    return best


def departments(known: Known, rule_department: str, pack: list[str]) -> Choices:
    """Who may be asked: those asked before, the rule's own, those of the rule pack; the latest first."""
    names = dict.fromkeys([*known.departments, rule_department, *pack])
    return tuple((name, one_line(choice_words("department", name), 60)) for name in names)


class Forgiving(Suggester):
    """Completes a tag as it is typed, whatever the accents and capitals."""

    def __init__(self, tags: list[str]) -> None:
        super().__init__(use_cache=False)
        self.tags = [(tag, tag_key(tag)) for tag in tags]

    async def get_suggestion(self, value: str) -> str | None:
        typed = fold(value).lstrip()
        return next((tag for tag, key in self.tags if typed and key.startswith(typed)), None)


class SignalForm(ActionForm):
    """Asks for what they say, the tag, who answers, and whether it is striking."""

    known = Known([], [])
    usual = ""
    _proposed = ("", "")  # what this form put there itself: tag, department

    def knowing(self, known: Known, usual: str) -> SignalForm:
        """With what was passed on before, and who answers where nobody is known to."""
        self.known = Known([(one_line(tag), department) for tag, department in known.tags], known.departments)
        self.usual = usual
        self._proposed = ("", usual)
        return self

    def _input(self, field: Field) -> Widget:
        made = super()._input(field)
        if field.name == "tag" and isinstance(made, Input):
            made.suggester = Forgiving([tag for tag, _department in self.known.tags])
        return made

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """The words were changed: propose their tag, unless a person named one."""
        box = self.query_one("#field-tag", Input)
        if event.text_area.id == "field-text" and box.value == self._proposed[0]:
            found = likely_tag(event.text_area.text, [tag for tag, _department in self.known.tags])
            self._proposed = (found, self._proposed[1])
            box.value = found

    def on_input_changed(self, event: Input.Changed) -> None:
        """The tag was changed: propose who answered it last, unless a person chose somebody."""
        choice = self.query_one("#field-department", Choice)
        if event.input.id != "field-tag" or choice.value != self._proposed[1]:
            return
        wanted = tag_key(event.value)
        asked = next((department for tag, department in self.known.tags if tag_key(tag) == wanted), self.usual)
        values = [value for value, _words in choice.choices]
        if asked in values:
            self._proposed = (self._proposed[0], asked)
            choice.place = values.index(asked)
