"""The words of my day's sections."""

from __future__ import annotations

from advisor_tui.language import N_, _

TITLES = {
    "to_warn": N_("To warn"), "since": N_("Since you left"), "unanswered": N_("Unanswered"), "next_step": N_("Next step"), "unsorted": N_("To sort"),
    "unconfirmed": N_("Situation not confirmed"),
}  # fmt: skip


def section_title(name: str) -> str:
    """A section in the reader's language: `Sans réponse`."""
    return _(TITLES[name])
