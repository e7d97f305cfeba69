"""Who else is here: said calmly on the customer and on the case. Nobody is kept out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor_tui.domain.text import one_line
from advisor_tui.language import _
from advisor_tui.tui.beside import Beside
from advisor_tui.tui.chrome import HeadLines

if TYPE_CHECKING:
    from advisor_tui.sync.engine import Present
    from advisor_tui.tui.backend import Backend
    from advisor_tui.tui.facts import PresentTold


def present_words(present: list[Present], here: str = "") -> tuple[str, ...]:
    """What these colleagues do, the longest form first; `here` is the case that is meant. Empty where nobody is."""
    if not present:
        return ()
    told = sorted(present, key=lambda one: (not one.writing, one.case_id != here, one.name))
    first = told[0]
    name, short = one_line(first.name, 40), one_line(first.name, 40).split(" ")[0]
    if first.writing:
        words, brief = _("{name} is writing").format(name=name), _("{name} is writing").format(name=short)
    elif first.case_id:
        words, brief = _("{name} has this case open").format(name=name), _("{name} is here").format(name=short)
    else:
        words, brief = _("{name} has this customer open").format(name=name), _("{name} is here").format(name=short)
    more = f" +{len(told) - 1}" if len(told) > 1 else ""
    return tuple(dict.fromkeys((words + more, brief + more)))


class Presence(Beside):
    """The desk, showing who else is here and telling where I am."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self.present: list[Present] = []
        self._told_where = ("", "", False)

    # colleagues

    def on_present_told(self, message: PresentTold) -> None:
        """The server says who is where."""
        own = self.replica.device if self.replica is not None else ""
        self.present = [one for one in message.present if one.device != own]
        self.show_present()

    def present_here(self) -> list[Present]:
        """The colleagues who have the open customer before them."""
        ids = self.life.brief.head.ids if self.life is not None else ()
        return [one for one in self.present if one.customer_id in ids]

    def customer_shown(self) -> None:
        super().customer_shown()
        self.show_present()

    def show_present(self) -> None:
        """Say on the customer, on their cases and at the composer who else is here."""
        here = self.present_here()
        self.query_one(HeadLines).set_present(present_words(here))
        by_case: dict[str, list[Present]] = {}
        for one in here:
            by_case.setdefault(one.case_id, []).append(one)
        cases = {id_: present_words(some, id_)[-1] for id_, some in by_case.items() if id_}
        self.life_view.set_present(tuple(sorted(cases.items())))
        if self.composer is not None:
            beside = [one for one in self.present if one.case_id == self.composer.draft.case_id and one.case_id]
            self.composer.title.set_present(present_words(beside))

    async def show_composer(self, *given: Any) -> None:
        await super().show_composer(*given)
        self.show_present()

    # me

    def each_second(self) -> None:
        super().each_second()
        self.tell_where()

    def tell_where(self) -> None:
        """Tell the server where I am, when that changed."""
        where = self._where()
        if self.link is not None and where != self._told_where:
            self._told_where = where
            self.link.show(*where)

    def _where(self) -> tuple[str, str, bool]:
        if self.composer is not None:
            draft = self.composer.draft
            return draft.customer_id, draft.case_id, bool(self.composer.page.text.strip())
        if self.life is None:
            return "", "", False
        entry = self.life_view.current
        cases = {case.id: case for case in self.cases()}
        case = cases.get(entry.case_id or "") if entry is not None else None
        if case is not None and case.state != "closed":
            return case.customer_id, case.id, False
        only = self.case_here()
        return self.life.brief.head.id, only.id if only is not None and self.place != "day" else "", False
