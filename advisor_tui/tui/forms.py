"""A form for any action of the registry: its fields come from the action's parameters.

Enter goes on, ctrl+s records. A refusal is shown on the form, in words, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Static

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.text import harmless, one_line
from advisor_tui.language import _
from advisor_tui.tui.composer import SafeArea
from advisor_tui.tui.labels import Field
from advisor_tui.tui.surprise import Surprised

BREAKPOINTS = [(0, "-short"), (22, "-middling"), (30, "-tall")]
"""Rows of the terminal from which a form or a list has room for more of its lines."""
PEOPLE = ("owner", "preferred", "second")
"""Fields that hold the name of a colleague."""
Submit = Callable[[dict[str, Any]], Awaitable[None]]


class Choice(Widget, can_focus=True):
    """One of a few words, chosen with left and right or its first letter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False, id="choice.previous"),
        Binding("right,space", "step(1)", show=False, id="choice.next"),
        Binding("enter", "next", show=False, id="choice.done"),
    ]
    place: reactive[int] = reactive(0)

    def __init__(self, choices: tuple[tuple[str, str], ...], value: str, id: str) -> None:
        super().__init__(id=id)
        self.choices = choices
        values = [name for name, _words in choices]
        self.set_reactive(Choice.place, values.index(value) if value in values else 0)

    @property
    def value(self) -> str:
        return self.choices[self.place][0]

    def render(self) -> Content:
        words = self.choices[self.place][1]
        return Content(f"{words}  ‹ ›" if self.has_focus else words)

    def action_step(self, step: int) -> None:
        self.place = (self.place + step) % len(self.choices)

    def action_next(self) -> None:
        self.screen.focus_next()

    def on_key(self, event: Key) -> None:
        letter = (event.character or "").casefold()
        if len(letter) == 1 and letter.isalpha():
            order = [*range(self.place + 1, len(self.choices)), *range(self.place + 1)]
            for number in order:
                if self.choices[number][1].casefold().startswith(letter):
                    self.place = number
                    event.stop()
                    return


class Words(SafeArea):
    """A few lines of text in a form."""


class ActionForm(Surprised, ModalScreen[bool]):
    """Asks for what an action needs, does it, and closes when it is done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False, id="form.leave"),
        Binding("ctrl+s", "submit", show=False, priority=True, id="form.record"),
        Binding("down", "app.focus_next", show=False, id="form.next"),
        Binding("up", "app.focus_previous", show=False, id="form.previous"),
    ]
    VERTICAL_BREAKPOINTS = BREAKPOINTS
    place = "form"

    def __init__(
        self, title: str, about: str, fields: list[Field], values: dict[str, Any], submit: Submit,
        people: list[str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.people = people or []  # names to complete an owner with
        self.form_title, self.about = title, about
        self.fields, self.values, self._submit = fields, values, submit
        self.held: dict[str, Any] = {}
        self._doing = False
        self.refused = ""  # why it was not done, as shown

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static(self.form_title, id="form-title", markup=False)
            yield Static(one_line(self.about), id="form-about", markup=False)
            with VerticalScroll(id="form-fields", can_focus=False):
                for field in self.fields:
                    with Horizontal(classes="field long" if field.long else "field"):
                        yield Static(field.label, classes="label", markup=False)
                        yield self._input(field)
            yield Static("", id="form-error", markup=False)
            yield Static(_("^S record   Esc leave"), id="form-keys", markup=False)

    def _value(self, field: Field) -> Any:
        """What a field begins with: a list is a line an item, or a field an item."""
        if field.part:
            items, place = self.values.get(field.part) or [], int(field.name.rpartition("-")[2])
            return items[place] if place < len(items) else ""
        value = self.values.get(field.name, "")
        if field.lines and not isinstance(value, str):
            return "\n".join(value)
        return str(value).lower() if field.choices and isinstance(value, bool) else value

    def _input(self, field: Field) -> Widget:
        value = self._value(field)
        if isinstance(value, str) and not field.choices:
            value = harmless(value) if field.long else one_line(value)
        if field.flag:
            return Choice((("", _("no")), ("true", _("yes"))), "true" if value else "", f"field-{field.name}")
        if field.choices:
            return Choice(field.choices, str(value), f"field-{field.name}")
        if field.long:
            return Words(
                str(value), id=f"field-{field.name}", compact=True, tab_behavior="focus", placeholder=field.hint
            )
        suggester = SuggestFromList(self.people, case_sensitive=False) if field.name in PEOPLE and self.people else None
        return Input(str(value), placeholder=field.hint, id=f"field-{field.name}", compact=True, suggester=suggester)

    def on_mount(self) -> None:
        empty = [field for field in self.fields if field.needed and not self._value(field)]
        first = (empty or self.fields)[0]
        self.query_one(f"#field-{first.name}").focus()

    def collected(self) -> dict[str, Any]:
        """What the form holds, empty optional fields left out."""
        found: dict[str, Any] = {}
        for field in self.fields:
            widget = self.query_one(f"#field-{field.name}")
            value = (
                widget.value
                if isinstance(widget, (Input, Choice))
                else widget.text
                if isinstance(widget, Words)
                else ""
            )
            if field.part:
                found.setdefault(field.part, []).append(value)
            elif field.lines:
                found[field.name] = [line for line in value.splitlines() if line.strip()]
            elif field.flag:
                found[field.name] = value == "true"
            elif value or field.needed:
                found[field.name] = value
        return found

    def on_input_submitted(self, event: Input.Submitted) -> None:
        last = self.fields[-1]
        if event.input.id == f"field-{last.name}":
            self.action_submit()
        else:
            self.focus_next()

    def action_leave(self) -> None:
        """Close; what was typed is there again when the form is opened next."""
        self.held = self.collected()
        self.dismiss(False)

    def action_submit(self) -> None:
        """Do it; close when it is done, say why not when it is refused."""
        if not self._doing:  # a key pressed twice records once
            self._doing = True
            self.run_worker(self._run(), exit_on_error=False)

    async def _run(self) -> None:
        filled = self.collected()
        missing = [field for field in self.fields if field.needed and not _filled(field, filled)]
        if missing:
            labels = ", ".join(one_line(field.label, 60) for field in missing)
            self._refuse(_("Still empty: {fields}").format(fields=labels))
            self.query_one(f"#field-{missing[0].name}").focus()
            return
        try:
            await self._submit(filled)
        except AdvisorError as error:
            self._refuse(error.text(_))
        except Exception:
            self._doing = False
            raise
        else:
            self.dismiss(True)

    def _refuse(self, why: str) -> None:
        self._doing, self.refused = False, harmless(why)
        self.query_one("#form-error", Static).update(self.refused)
        self.add_class("-refused")


def _filled(field: Field, found: dict[str, Any]) -> bool:
    """Whether a needed field holds something."""
    value = found.get(field.part or field.name, "")
    if field.part:
        value = value[int(field.name.rpartition("-")[2])]
    return bool(value) if isinstance(value, list) else bool(str(value).strip())
