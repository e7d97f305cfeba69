"""`advisor guard`: a billing system asks before it cuts off. Exit 0: it may; 4: held, with what stands in the way."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from advisor_tui.cli.output import DONE, REFUSED, say, say_json
from advisor_tui.domain import bodies as b
from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.guard import Reason
from advisor_tui.domain.text import one_line
from advisor_tui.language import N_, _, words
from advisor_tui.language import formats as f
from advisor_tui.store.guarding import Guarded, guard
from advisor_tui.store.journal import Journal
from advisor_tui.store.rulebook import workspace_rules
from advisor_tui.store.workspace import Workspace

SAID = {
    "unanswered": N_("unanswered: {about}, {age}"), "dispute": N_("open dispute: {about}, {age}"),
    "complaint": N_("running complaint: {about}, {age}"),
}  # fmt: skip


def ask_guard(reference: str, act: str, as_json: bool) -> int:
    """Whether `act` may be done to the customer; the exit status."""
    if act not in get_args(b.Act):
        raise Invalid("{act} is not one of: {acts}", act=act, acts=", ".join(get_args(b.Act)))
    workspace = Workspace()
    workspace.require()
    clock = workspace.clock()
    now = clock.now().astimezone(clock.zone)
    journal = Journal(workspace.database, clock)
    try:
        with journal.reading() as connection:
            found = guard(connection, reference, act, workspace_rules(workspace).hold)  # type: ignore[arg-type]
    finally:
        journal.close()
    if as_json:
        say_json(as_dict(found, act, now))
    else:
        say_guard(found, now)
    return DONE if found.verdict.may else REFUSED


def as_dict(found: Guarded, act: str, now: datetime) -> dict[str, Any]:
    """The verdict for a machine; ages in civil days of the calendar of `now`."""
    return {
        "customer": found.customer_id, "act": act, "may": found.verdict.may, "needs_second": found.verdict.needs_second,
        "reasons": [_reason(reason, now) for reason in found.verdict.held],
    }  # fmt: skip


def _reason(reason: Reason, now: datetime) -> dict[str, Any]:
    return {
        "kind": reason.kind, "id": reason.id, "case": reason.case_id, "channel": reason.channel, "since": reason.since,
        "days": f.days_since(reason.since, now), "words": reason.words[:200],
    }  # fmt: skip


def say_guard(found: Guarded, now: datetime) -> None:
    """What stands in the way, each thing with its age, for a person."""
    name = one_line(found.name)
    if found.verdict.may:
        say(_("{name}: nothing stands in the way.").format(name=name))
        return
    if found.verdict.held:
        say(_("{name}: held. Answer this first:").format(name=name))
    for reason in found.verdict.held:
        channel = words.channel(reason.channel) + " · " if reason.channel else ""
        said = _(SAID[reason.kind]).format(about=channel + one_line(reason.words, 80), age=f.age(reason.since, now))
        say(f"  {said}")
    if found.verdict.needs_second:
        say(_("{name}: the service is vital to them; a second person must agree.").format(name=name))
