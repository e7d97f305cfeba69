"""What customers tell us: tags at the left, alerts and late answers first; their words and the answers at the right."""

from __future__ import annotations

from asyncio import wrap_future
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import DescendantFocus, Resize
from textual.screen import Screen

from advisor_tui.actions import registry
from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.language import formats as f
from advisor_tui.store.reads.voice import Signal, Voice, read_voice
from advisor_tui.tui.backend import written
from advisor_tui.tui.chrome import KeyLine, Lines
from advisor_tui.tui.ink import Line, cut, spread
from advisor_tui.tui.keys import short_words
from advisor_tui.tui.line_list import LineList
from advisor_tui.tui.surprise import Surprised, instead
from advisor_tui.tui.voice_rows import Signals, Topics
from advisor_tui.tui.voice_words import chance_words, late_count

if TYPE_CHECKING:
    from advisor_tui.tui.meant import Meant

WIDE = 100
"""Columns from which both panes are on screen."""
AGAIN = 30
"""Seconds after which what colleagues passed on and departments answered is read again."""


class Edge(Lines):
    """A line that the screen paints: its title with what is late, or how much chance alone explains."""

    def __init__(self, screen: VoiceScreen, id: str) -> None:
        super().__init__(id=id)
        self.voice_screen = screen

    def lines(self, width: int) -> list[Line]:
        return [self.voice_screen.edge(self.id or "", width)]


class VoiceScreen(Surprised, Screen[tuple[str, str] | None]):
    """Answers with (customer, entry) where a signal is to be looked at on the desk."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False, id="voice.back"),
        Binding("f7,q", "leave", show=False, id="voice.leave"),
        Binding("tab,shift+tab", "other", show=False, priority=True, id="voice.other"),
        Binding("a", "answer", show=False, id="voice.answer"),
        Binding("t", "tell", show=False, id="voice.tell"),
        Binding("f5", "refresh", show=False, id="voice.refresh"),
    ]
    place = "voice"

    def __init__(self, desk: Meant) -> None:
        super().__init__()
        self.desk = desk
        self.voice: Voice | None = None
        self.begun: dict[str, dict[str, Any]] = {}  # forms left before they were done, by signal

    def compose(self) -> ComposeResult:
        yield Edge(self, "voice-title")
        with Horizontal(id="voice-panes"):
            yield Topics(self.desk)
            yield Signals(self.desk)
        yield Edge(self, "voice-chance")
        yield KeyLine("voice-keys", self._keys())

    @property
    def topics(self) -> Topics:
        return self.query_one(Topics)

    @property
    def signals(self) -> Signals:
        return self.query_one(Signals)

    @property
    def narrow(self) -> bool:
        """Whether there is room for one pane only."""
        return self.app.size.width < WIDE

    def now(self) -> datetime:
        """The present in the workspace's civil calendar."""
        return self.desk.now()

    def on_mount(self) -> None:
        self.set_class(self.narrow, "-narrow")
        self.topics.rows_changed(-1)
        self.topics.focus()
        self.watch(self.topics, "cursor", self._moved, init=False)
        self.set_interval(AGAIN, self.action_refresh)
        self.action_refresh()

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.width < WIDE, "-narrow")
        self._show_keys()

    # reading

    def action_refresh(self) -> None:
        """Read the signals again."""
        instead(self, "voice", self._read)

    async def _read(self) -> None:
        backend = self.desk.backend
        try:
            voice = await wrap_future(backend.read(read_voice, self.now(), backend.rules))
        except AdvisorError as error:
            self.topics.fail(error.text(_))
            return
        self.voice = voice
        with self.app.batch_update():
            self.topics.show(voice)
            self._moved()
            self._repaint_edges()

    def _moved(self) -> None:
        self.signals.show(self.topics.current)
        self._show_keys()

    def _repaint_edges(self) -> None:
        for edge in self.query(Edge):
            edge.refresh()

    def relabel(self) -> None:
        """The language changed."""
        if not self.query(Topics):  # still being put up, in the new language
            return
        self.topics.relabel()
        self.signals.relabel()
        self._repaint_edges()
        self._show_keys()

    # what stands at the edges

    def edge(self, name: str, width: int) -> Line:
        """The line at the top, or the one that says what chance alone gives."""
        if name == "voice-chance":
            return cut([(chance_words(self.voice) if self.voice is not None else "", "muted")], width)
        late = late_count(self.voice.late) if self.voice is not None else ""
        title = _(registry.VIEWS["voice"].title)
        return spread([(title, "accent")], [(f"▲ {late}", "warning")] if late else [], width)

    def _keys(self) -> list[tuple[str, str, str]]:
        if not self.is_mounted or self.topics.current is None:
            return [("F5", _("read again"), "refresh"), ("Esc", _("back"), "leave")]
        keys = [("Tab", short_words("next_pane"), "other")] if self.narrow or self.signals.has_focus else []
        if self.signals.has_focus:
            keys.insert(0, ("Enter", _("open the customer"), "open"))
        else:
            keys.insert(0, ("Enter", _("what they said"), "other"))
        if self._to_answer() is not None:
            keys.append(("a", _("give the answer"), "answer"))
        if self._to_tell() is not None:
            keys.append(("t", _("the customer was told"), "tell"))
        return [*keys, ("F5", _("read again"), "refresh"), ("Esc", _("back"), "leave")]

    def _show_keys(self) -> None:
        self.query_one(KeyLine).show(self._keys())

    # which signal is meant

    def _meant(self) -> list[Signal]:
        """The signal under the cursor at the right; at the left, all of the tag."""
        topic, signal = self.topics.current, self.signals.current
        if self.signals.has_focus:
            return [signal] if signal is not None else []
        return topic.signals if topic is not None else []

    def _to_answer(self) -> Signal | None:
        return next((signal for signal in self._meant() if signal.open), None)

    def _to_tell(self) -> Signal | None:
        waiting = [one for one in self._meant() if one.answered_at is not None and one.told_at is None]
        return waiting[0] if len(waiting) == 1 else None

    # keys

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        """A click does what the key does."""
        {
            "open": self.signals.action_choose, "other": self.action_other, "answer": self.action_answer,
            "tell": self.action_tell, "refresh": self.action_refresh,
        }.get(message.name, self.action_back)()  # fmt: skip

    def action_leave(self) -> None:
        """Back to the desk."""
        self.dismiss(None)

    def action_back(self) -> None:
        """Back to the tags where they are hidden, else to the desk."""
        if self.narrow and self.signals.has_focus:
            self.action_other()
        else:
            self.action_leave()

    def action_other(self) -> None:
        """From the tags to what was said, and back."""
        self._show_pane(self.topics if self.signals.has_focus or not self.signals.rows else self.signals)

    def _show_pane(self, pane: LineList) -> None:
        self.set_class(pane is self.signals, "-show-signals")
        pane.focus()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self.set_class(event.widget is self.signals, "-show-signals")
        self._show_keys()

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Enter on a tag goes to what was said of it; on a signal, to the customer."""
        if message.list is self.topics:
            self.action_other()
        elif (signal := self.signals.current) is not None:
            self.dismiss((signal.customer_id, signal.id))

    def action_answer(self) -> None:
        """Answer the signal under the cursor, or the newest open one of the tag; all of the tag, where there are several."""
        signal, topic = self._to_answer(), self.topics.current
        if topic is None:
            return
        if signal is None:
            self.notify(_("This signal has its answer already."), severity="warning", timeout=6)
            return
        mine = [one for one in topic.signals if one.open and one.department == signal.department]
        several = len(mine) > 1
        self._ask(
            "answer_signal",
            signal,
            {"signal"} if several else {"signal", "all_of_tag"},
            {"all_of_tag": several and not self.signals.has_focus},
        )

    def action_tell(self) -> None:
        """Note that the customer heard what became of it."""
        signal = self._to_tell()
        if signal is None:
            self.notify(self._not_to_tell(), severity="warning", timeout=6)
            return
        self._ask("tell_back_signal", signal, {"signal"}, {})

    def _not_to_tell(self) -> str:
        meant = self._meant()
        if len(meant) != 1 and any(one.answered_at is not None and one.told_at is None for one in meant):
            return _("Several customers wait to be told: put the cursor on one of them.")
        told = any(one.told_at is not None for one in meant)
        return _("They have been told already.") if told else _("There is no answer to tell yet.")

    def _ask(self, name: str, signal: Signal, hidden: set[str], values: dict[str, Any]) -> None:
        """Ask for the rest on a form; what was typed is there again when it is left."""
        from advisor_tui.tui.forms import ActionForm
        from advisor_tui.tui.labels import fields_of

        action, key = registry.ACTIONS[name], f"{name} {signal.id}"
        about = " · ".join((one_line(signal.tag, 80), one_line(signal.name, 60), f.quote(one_line(signal.text, 160))))
        fields = fields_of(action, hidden, self.desk.choices_here(name))

        async def submit(filled: dict[str, Any]) -> None:
            result = await written(self.desk.backend.do(name, {"signal": signal.id, **filled}))
            said = _("{action}: recorded.").format(action=_(action.title))
            self.notify(f"{said} {self.desk.told_of(result)}".rstrip(), timeout=6)
            self.action_refresh()
            self.desk.action_refresh()
            self.desk.count_again()

        form = ActionForm(_(action.title), about, fields, values | self.begun.pop(key, {}), submit)

        def left(done: bool | None) -> None:
            if not done:
                self.begun[key] = form.held

        self.app.push_screen(form, left)
