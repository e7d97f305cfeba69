"""The composer: a text area, not a form. What is typed is on disk within a second."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.document._document import Document
from textual.document._wrapped_document import WrappedDocument
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea

from advisor_tui.domain.text import one_line, visible
from advisor_tui.language import _
from advisor_tui.language import formats as f
from advisor_tui.tui.chrome import Lines
from advisor_tui.tui.ink import Line, cut, line_width, spread
from advisor_tui.tui.painted import blank
from advisor_tui.tui.similar import SimilarView

if TYPE_CHECKING:
    from advisor_tui.domain.gentle import Finding
    from advisor_tui.tui.app import AdvisorApp

AUTOSAVE = 0.5
"""Seconds between a key and the draft's way to the disk."""


class Draft:
    """What is being written: about what, of which kind, on which wordings."""

    def __init__(
        self, kind: str, subject: str, customer_id: str, about: str, case_id: str = "", base: tuple[str, ...] = ()
    ) -> None:
        self.kind = kind  # resolution, note, or revision
        self.subject = subject  # the case, resolution or customer the draft belongs to
        self.customer_id = customer_id
        self.about = about
        self.case_id = case_id
        self.base = base  # the wordings that the writer has before them
        self.shown: set[str] = set()  # those of colleagues that came meanwhile and were shown
        self.situation = ("", False)  # what the customer said of the case, and whether they confirmed our words

    @property
    def title(self) -> str:
        """The kind in the reader's language."""
        return {"resolution": _("Resolution"), "note": _("Note"), "revision": _("New wording")}[self.kind]


class _FastText(Document):
    """A document that joins its lines once a change and not once a drawn line."""

    _joined: str | None = None

    @property
    def text(self) -> str:
        if self._joined is None:
            self._joined = super().text
        return self._joined

    def replace_range(self, start, end, text):  # type: ignore[no-untyped-def]
        self._joined = None
        return super().replace_range(start, end, text)


class _FastWrapped(WrappedDocument):
    """Knows its height without summing all lines for every line drawn."""

    @property
    def height(self) -> int:
        return len(self._offset_to_line_info)


class SafeArea(TextArea):
    """A text area that draws a picture where the text has a control character; one's own phrases go into it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+t", "own_snippets", show=False, id="view.own_snippets")]

    def action_own_snippets(self) -> None:
        """My own phrases and signature."""
        from advisor_tui.tui.snippets import insert_snippet

        insert_snippet(self)

    def render_lines(self, crop: Region) -> list[Strip]:
        return super().render_lines(crop) if self.is_attached else blank(crop)

    def get_line(self, line_index: int) -> Text:
        return Text(visible(self.document.get_line(line_index)), end="", no_wrap=True)


class Page(SafeArea):
    """The text itself."""

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document(text, language)
        document = _FastText(text)
        self.document = document
        self.wrapped_document = _FastWrapped(document, tab_width=self.indent_width)
        self.navigator = type(self.navigator)(self.wrapped_document)
        self.wrapped_document.wrap(self.wrap_width, tab_width=self.indent_width)


class TitleLine(Lines):
    """What is being written, about what, and whether it is kept."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(id="composer-words")
        self.draft = draft
        self.state = ("", "good")
        self.present: tuple[str, ...] = ()
        self.finding: Finding | None = None  # the first word to think about

    def set_present(self, words: tuple[str, ...]) -> None:
        """Say who else is on the case."""
        if words != self.present:
            self.present = words
            self.refresh()

    def lines(self, width: int) -> list[Line]:
        left: Line = [(self.draft.title, "accent"), ("   " + one_line(self.draft.about, 60), "muted")]
        hint = _("heard, decided, why") if self.draft.kind != "note" else _("the customer may read this")
        words, ink = self.state
        if self.finding is not None:
            thought: Line = [
                ("   ~ ", "warning"),
                (f"{f.quote(self.finding.word)} ", "bright"),
                (_(self.finding.hint), "warning"),
            ]
            return [cut(spread([*left[:1], *thought], [(words, ink)], width), width)]
        others: list[Line] = [[("   ○ ", "accent"), (present, "heading")] for present in self.present]
        for added in (*others, [("   " + hint, "muted")]):
            if line_width([*left, *added]) + len(words) + 2 < width:
                return [spread([*left, *added], [(words, ink)], width)]
        return [spread(left, [(words, ink)], width)]


class SituationLine(Lines):
    """The customer's own words, above what is written about them."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(id="composer-situation")
        self.draft = draft

    def lines(self, width: int) -> list[Line]:
        quote, confirmed = self.draft.situation
        state: Line = [("✓ " + _("confirmed"), "good")] if confirmed else [("○ " + _("not confirmed"), "warning")]
        return [spread([(f.quote(one_line(quote, 400)), "bright")], state, width)]


class Composer(Vertical):
    """The text area with its title and the words that say whether it is kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "record('')", show=False, id="view.record", priority=True),
        Binding("f6", "record('resolved')", show=False, id="view.record_resolve", priority=True),
        Binding("f11", "full_screen", show=False, id="view.full_screen", priority=True),
        Binding("ctrl+e", "external_editor", show=False, id="view.external_editor", priority=True),
        Binding("escape", "leave", show=False, id="view.leave_composer", priority=True),
        Binding("ctrl+r", "similar", show=False, id="view.similar", priority=True),
    ]

    class Beside(Message):
        """Something beside the text wants to be looked at with it."""

    class Changed(Message):
        """What is written must be kept."""

        def __init__(self, draft: Draft, text: str) -> None:
            self.draft, self.text = draft, text
            super().__init__()

    class Record(Message):
        """What is written is to be recorded; `then` is the state the case gets."""

        def __init__(self, draft: Draft, text: str, then: str) -> None:
            self.draft, self.text, self.then = draft, text, then
            super().__init__()

    class Left(Message):
        """The composer is closed and the draft kept."""

    def __init__(self, draft: Draft, text: str) -> None:
        super().__init__(id="composer")
        self.draft = draft
        self.title = TitleLine(draft)
        self.page = Page(text, id="composer-text", soft_wrap=True, show_line_numbers=False, tab_behavior="focus")
        self.page.cursor_blink = False
        self.body = Horizontal(self.page, id="composer-body")
        self.similar: SimilarView | None = None
        self.recording = False
        self.lost = False  # the last text could not be kept
        self._kept: str | None = text
        self._waiting = False
        self._patience = 2.0  # seconds until a text that could not be kept is tried again

    def compose(self) -> ComposeResult:
        yield self.title
        if self.draft.situation[0]:
            yield SituationLine(self.draft)
        yield self.body

    def on_mount(self) -> None:
        self.page.move_cursor(self.page.document.end)
        self.say(_("draft") if self.page.text else "")
        self.page.focus()
        if self.page.text:
            self.post_message(self.Beside())

    def say(self, words: str, ink: str = "good") -> None:
        """Show the state of the draft at the right edge of the title."""
        self.title.state = (words, ink)
        self.title.refresh()

    def say_lost(self) -> None:
        """The text could not be kept; the next occasion tries again."""
        self._kept, self.lost = None, True
        self.set_timer(self._patience, self.keep)
        self._patience = min(30.0, self._patience * 2)
        self.say(_("NOT SAVED"), "harm")

    def say_kept(self, when: str) -> None:
        """The text is on the disk."""
        self.lost, self._patience = False, 2.0
        self.say(_("kept {time}").format(time=when))

    # keeping

    def on_text_area_changed(self) -> None:
        if not self._waiting and self.page.text != self._kept:
            self._waiting = True
            self.set_timer(AUTOSAVE, self.keep)

    def keep(self) -> None:
        """Send what is written to the disk, if it changed."""
        self._waiting = False
        if self.page.text != self._kept and not self.recording:
            self.post_message(self.Changed(self.draft, self.page.text))

    def taken(self, text: str) -> None:
        """`text` is on its way to the disk."""
        self._kept = text

    def unkept(self) -> str | None:
        """What is written and not on its way to the disk yet; whoever asks takes care of it."""
        self._waiting = False
        text = self.page.text
        if text == self._kept or self.recording:
            return None
        self._kept = text
        return text

    def on_descendant_blur(self) -> None:
        self.keep()

    # beside the text

    def think_about(self, findings: list[Finding]) -> None:
        """Name the first word that the customer had better not read; nothing is kept from being recorded."""
        self.title.finding = findings[0] if findings else None
        self.title.refresh()

    def action_similar(self) -> None:
        """Similar resolutions: open them, go to them, or, from there, close them."""
        if self.similar is None:
            app = cast("AdvisorApp", self.app)
            assert app.backend is not None
            self.similar = SimilarView(app.backend.now())
            self.add_class("-similar")
            self.body.mount(self.similar)
            self.post_message(self.Beside())
        elif self.similar.has_focus:
            self.page.focus()
            self.similar.remove()
            self.similar = None
            self.remove_class("-similar")
        else:
            self.similar.focus()

    def action_quote(self) -> None:
        """Quote the sentence under the cursor of the similar resolutions."""
        if self.similar is not None:
            self.similar.action_choose()

    def on_similar_view_quoted(self, message: SimilarView.Quoted) -> None:
        """Put the quotation where the cursor of the text is, on lines of its own, and go on writing there."""
        row, column = self.page.cursor_location
        before = "\n" if self.page.document.get_line(row)[:column].strip() else ""
        self.page.insert(f"{before}{message.words}\n", maintain_selection_offset=False)
        self.page.focus()

    def on_similar_view_back(self) -> None:
        self.page.focus()

    # leaving

    def action_leave(self) -> None:
        if self.similar is not None and self.similar.has_focus:
            self.page.focus()
            return
        self.keep()
        self.post_message(self.Left())

    def action_record(self, then: str) -> None:
        if not self.recording:  # a key pressed twice records once
            self.recording = True
            self.post_message(self.Record(self.draft, self.page.text, then))

    def action_full_screen(self) -> None:
        self.screen.toggle_class("-writing")

    def action_external_editor(self) -> None:
        """Write in $VISUAL or $EDITOR; the text comes back when it closes."""
        chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
        if not chosen:
            self.notify(_("Set EDITOR to the program you write with."), severity="warning", markup=False)
            return
        self.keep()
        with tempfile.TemporaryDirectory(prefix="advisor-") as folder:
            path = Path(folder) / "text.md"
            path.write_text(self.page.text, encoding="utf-8")
            path.chmod(0o600)
            try:
                with self.app.suspend():
                    done = subprocess.run([*shlex.split(chosen), str(path)], check=False)  # noqa: S603 - the user's own editor
                text = path.read_text(encoding="utf-8", errors="replace")
            except (OSError, ValueError, SuspendNotSupported) as error:
                self.notify(
                    _("The editor could not be started: {reason}").format(reason=error), severity="error", markup=False
                )
                return
        if done.returncode:
            self.notify(_("The editor ended with an error; what it saved is here."), severity="warning")
        if text.rstrip("\n") != self.page.text:
            self.page.text = text.rstrip("\n")
            self.page.move_cursor(self.page.document.end)
            self.keep()
