"""What stands beside the text while it is written: resolutions of like cases, and words to think about."""

from __future__ import annotations

from asyncio import wrap_future
from typing import TYPE_CHECKING, Any

from advisor_tui.tui.surprise import instead
from advisor_tui.tui.writing import Writing

if TYPE_CHECKING:
    from advisor_tui.tui.composer import Composer

SPARE = 8
"""How many resolutions are shown."""


class Beside(Writing):
    """The desk, looking along while somebody writes. Nothing here keeps anybody from recording."""

    def on_composer_changed(self, message: Any) -> None:
        super().on_composer_changed(message)
        self.look_beside()

    def on_composer_beside(self) -> None:
        """The composer came up, or its panel was opened."""
        self.look_beside()

    def look_beside(self) -> None:
        """Look along with the text as it stands, in place of an older look that still runs."""
        if self.composer is not None:
            instead(self, "beside", self._look, self.composer)

    async def _look(self, composer: Composer) -> None:
        text = composer.page.text
        from advisor_tui.domain.gentle import check
        from advisor_tui.store.reads.similar import read_precedents
        from advisor_tui.store.wordbook import load_words

        findings = await wrap_future(self.backend.read(lambda _: check(text, load_words()))) if text.strip() else []
        if self.composer is composer:
            composer.think_about(findings)
        if composer.similar is not None and composer.similar.asked != text:
            found = await wrap_future(self.backend.read(read_precedents, text, composer.draft.case_id, SPARE))
            if self.composer is composer and composer.similar is not None:
                composer.similar.show(text, found)
