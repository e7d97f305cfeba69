"""The composer: a text area, not a form. What is typed is on disk within a second."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.document._document import Document
from textual.document._wrapped_document import WrappedDocument
from textual.message import Message
from textual.widgets import Static, TextArea

from advisor_tui.domain.text import harmless, one_line
from advisor_tui.language import _

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
        self.base = base

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


class Page(TextArea):
    """The text itself."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document(text, language)
        document = _FastText(text)
        self.document = document
        self.wrapped_document = _FastWrapped(document, tab_width=self.indent_width)
        self.navigator = type(self.navigator)(self.wrapped_document)
        self.wrapped_document.wrap(self.wrap_width, tab_width=self.indent_width)


class Composer(Vertical):
    """The text area with its title and the words that say whether it is kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "record('')", show=False, id="composer.record", priority=True),
        Binding("f6", "record('resolved')", show=False, id="composer.record_resolve", priority=True),
        Binding("f11", "full_screen", show=False, id="composer.full_screen", priority=True),
        Binding("ctrl+e", "external_editor", show=False, id="composer.editor", priority=True),
        Binding("escape", "leave", show=False, id="composer.leave", priority=True),
    ]

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
        self._text = text
        self._kept = text
        self._saving = False

    def compose(self) -> ComposeResult:
        with Vertical(id="composer-title"):
            yield Static("", id="composer-words", markup=False)
        page = Page(self._text, id="composer-text", soft_wrap=True, show_line_numbers=False, tab_behavior="focus")
        page.cursor_blink = False
        yield page

    @property
    def page(self) -> Page:
        return self.query_one(Page)

    def on_mount(self) -> None:
        self.page.move_cursor(self.page.document.end)
        self.say("" if not self._text else _("draft"))
        self.page.focus()

    def say(self, state: str) -> None:
        """Show the title line with the state of the draft at its right edge."""
        from rich.text import Text

        line = Text(no_wrap=True, overflow="ellipsis")
        tokens = self.app.theme_variables
        line.append(self.draft.title, f"bold {tokens['accent']}")
        line.append("   " + one_line(self.draft.about, 60), tokens["muted"])
        hint = _("heard, decided, why") if self.draft.kind != "note" else _("the customer may read this")
        room = self.size.width - line.cell_len - len(hint) - len(state) - 8
        if room > 0:
            line.append("   " + hint, tokens["muted"])
        gap = self.size.width - 4 - line.cell_len - len(state)
        line.append(" " * max(1, gap))
        line.append(state, tokens["good"])
        self.query_one("#composer-words", Static).update(line)
        self._state = state

    def on_resize(self) -> None:
        self.say(getattr(self, "_state", ""))

    # keeping

    def on_text_area_changed(self) -> None:
        if not self._saving and self.page.text != self._kept:
            self._saving = True
            self.set_timer(AUTOSAVE, self.keep)

    def keep(self) -> None:
        """Send what is written to the disk, if it changed."""
        text = self.unkept()
        if text is not None:
            self.post_message(self.Changed(self.draft, text))

    def unkept(self) -> str | None:
        """What is written and not on its way to the disk yet; whoever asks takes care of it."""
        self._saving = False
        text = self.page.text
        if text == self._kept:
            return None
        self._kept = text
        return text

    def on_descendant_blur(self) -> None:
        self.keep()

    # leaving

    def action_leave(self) -> None:
        self.keep()
        self.post_message(self.Left())

    def action_record(self, then: str) -> None:
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
            except (OSError, ValueError) as error:
                self.notify(
                    _("The editor could not be started: {reason}").format(reason=error), severity="error", markup=False
                )
                return
        if done.returncode == 0 and text.rstrip("\n") != self.page.text:
            self.page.text = text.rstrip("\n")
            self.page.move_cursor(self.page.document.end)
            self.keep()


__all__ = ["Composer", "Draft", "Page", "harmless"]
