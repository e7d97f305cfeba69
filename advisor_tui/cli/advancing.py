"""`advisor progress`: how a case stands, in at most eight lines that a customer may read."""

from __future__ import annotations

from advisor_tui.cli.output import say, say_json
from advisor_tui.domain.errors import Invalid, NotFound
from advisor_tui.domain.identity import entity_id
from advisor_tui.domain.progress import progress
from advisor_tui.domain.progress_words import progress_text
from advisor_tui.domain.state import Case, CustomerState
from advisor_tui.domain.text import one_line
from advisor_tui.language import LANGUAGES, language, set_language
from advisor_tui.store.journal import Journal
from advisor_tui.store.lookups import case_owner, family_of, find_customer
from advisor_tui.store.workspace import Workspace


def say_progress(reference: str, wanted: str, as_json: bool) -> None:
    """Print how a case stands, or the only open one of a customer, in the customer's language unless another is asked for."""
    if wanted and wanted not in LANGUAGES:
        raise Invalid("{name} is not one of: {names}", name=wanted, names=", ".join(LANGUAGES))
    workspace = Workspace()
    workspace.require()
    clock = workspace.clock()
    now = clock.now().astimezone(clock.zone)
    journal = Journal(workspace.database, clock)
    try:
        state, case = _find(journal, reference)
    finally:
        journal.close()
    spoken = wanted or (state.customer.language if state.customer else "")
    before = language()
    set_language(spoken if spoken in LANGUAGES else before)
    try:
        lines = progress_text(state, case, now)
    finally:
        set_language(before)
    if as_json:
        found = [line._asdict() for line in progress(state, case, now.date().isoformat())]
        say_json({"case": case.id, "lines": lines, "steps": found})
        return
    for line in lines:
        say(line)


def _find(journal: Journal, reference: str) -> tuple[CustomerState, Case]:
    with journal.reading() as connection:
        for id_ in (reference, entity_id("case", reference)):
            customer = case_owner(connection, id_)
            if customer is not None:
                break
        else:
            customer, records = "", family_of(connection, find_customer(connection, reference))
    if not customer:
        return _only_case(journal, records)
    state = journal.state(customer)
    return state, state.cases[id_]


def _only_case(journal: Journal, records: list[str]) -> tuple[CustomerState, Case]:
    """The case that goes on; of several, the sentence names each with its id."""
    states = [journal.state(record) for record in records]
    active = [(state, case) for state in states for case in state.cases.values() if case.state in ("open", "waiting")]
    if len(active) == 1:
        return active[0]
    if not active:
        raise NotFound("No case of this customer is open. Name one by its id.")
    names = "\n".join(f"  {case.id}  {one_line(case.recorded.subject, 80)}" for _state, case in active)
    raise Invalid("Several cases of this customer are open. Name one by its id:\n{cases}", cases=names)
