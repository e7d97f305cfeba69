"""How the desk stands with its server, and the words for it. Never colour alone: a glyph and words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.language import _, ngettext
from advisor_tui.language import formats as f

Status = tuple[str, str, tuple[str, ...]]
"""Glyph, its ink, and the words: the longest form first, the shortest last."""


class Standing(NamedTuple):
    """How things stand with the server.

    `state`: connecting, syncing, up_to_date, waiting (something is unsent), offline (tried again by itself), login,
    revoked, upgrade, or error (a person must look).
    """

    state: str = "connecting"
    moved: int = 0  # entries sent and received by the exchange that is going on
    error: AdvisorError | None = None
    again_at: float = 0.0  # when it is tried again, by the monotonic clock
    since: datetime | None = None  # when it began to be so
    unsent: int = 0
    set_aside: int = 0
    last_sync: int = 0  # when both sides last agreed (Unix ms), 0: never
    restamped: int = 0

    @property
    def calm(self) -> bool:
        """Whether nobody needs to do anything."""
        return self.state in ("connecting", "syncing", "up_to_date", "waiting", "offline") and not self.set_aside


NEEDS_A_PERSON = ("login", "revoked", "upgrade", "error")


def status_of(standing: Standing, now: datetime, monotonic: float, key: str = "") -> Status:
    """What the line at the top says; `key` is the one that tells more."""
    sent = to_send(standing.unsent)
    if standing.state in NEEDS_A_PERSON:
        words, ink = _needed(standing)
        return "▲", ink, (_join(_keyed(words, key), sent), _keyed(words, key), words)
    if standing.set_aside:
        refused = ngettext("{count} entry refused", "{count} entries refused", standing.set_aside)
        words = refused.format(count=standing.set_aside)
        return "▲", "warning", (_join(_keyed(words, key), sent), _keyed(words, key), words)
    if standing.state == "offline":
        offline = _("offline")
        again = retry_words(standing.again_at - monotonic)
        return "○", "muted", (_join(offline, sent, again), _join(offline, sent), offline)
    if standing.state == "connecting":
        return "○", "muted", (_join(_("connecting…"), sent), _("connecting…"))
    if standing.state == "syncing":
        words = _("syncing")
        moved = ngettext("{count} entry", "{count} entries", standing.moved).format(count=f.number(standing.moved))
        return "○", "accent", (_join(words, moved if standing.moved > 1 else ""), words)
    if standing.unsent:
        return "○", "accent", (sent,)
    return "●", "good", (_("up to date {time}").format(time=now.strftime("%H:%M")),)


def _needed(standing: Standing) -> tuple[str, str]:
    """What a person must see to, and its ink."""
    words = {
        "login": _("log in again"), "revoked": _("this device is shut out"), "upgrade": _("upgrade needed"),
        "error": _("sharing has stopped"),
    }[standing.state]  # fmt: skip
    return words, "warning" if standing.state == "login" else "harm"


def _keyed(words: str, key: str) -> str:
    return _("{what}: {key}").format(what=words, key=key) if key else words


def _join(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def to_send(count: int) -> str:
    """`3 à envoyer`; empty when nothing is."""
    return ngettext("{count} to send", "{count} to send", count).format(count=f.number(count)) if count else ""


def retry_words(seconds: float) -> str:
    """When it is tried again, rounded so that the line does not flicker."""
    if seconds <= 0:
        return _("trying again")
    if seconds > 90:
        return _("next try in {count} min").format(count=round(seconds / 60))
    return _("next try in {count} s").format(count=max(5, 5 * round(seconds / 5)))


def moment_words(when: int, now: datetime) -> str:
    """`14:02` today, else the day and the time."""
    assert now.tzinfo is not None
    moment = f.local(when, now.tzinfo)
    if moment.date() == now.date():
        return moment.strftime("%H:%M")
    if now.date() - moment.date() == timedelta(days=1):
        return f"{f.short_day(moment.date(), now.date())} {moment:%H:%M}"
    return f"{f.short_day(moment.date(), now.date())}, {moment:%H:%M}"
