"""What can go wrong between a replica and its server, in words that say what to do.

    SyncError
    ├── Unreachable       nobody answers: name, network, cable, time                (transient)
    ├── TlsFailed         the server cannot prove who it is; `kind` says why        (transient)
    ├── NotAServer        something answers, and it is no Advisor server            (transient: a hotel's portal goes away)
    ├── AnswerCut         an answer came in part, or garbled; nothing of it is used (transient)
    ├── UpgradeNeeded     one side is too old; `side` says which
    ├── TokenExpired      a person must log in again;  NotLoggedIn: nobody has yet
    ├── DeviceRevoked     this device was shut out
    ├── BadPassword
    ├── TooManyAttempts, RateLimited, ServerBusy, ServerFailed                      (transient, `retry_after`)
    ├── TooLarge          a smaller batch may pass
    ├── EpochChanged      the server was restored: pull again and offer one's own again
    ├── RefusedByServer   anything else, in the server's words
    └── TokensUnreadable  this device's own key cannot be had
        ├── KeyringSilent (transient), PassphraseNeeded, WrongPassphrase, TokensDamaged

`transient` says whether trying later makes sense without anyone doing something here. No error touches what waits to be sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from advisor_tui.domain.errors import AdvisorError
from advisor_tui.domain.text import one_line
from advisor_tui.domain.wire import PROTOCOL
from advisor_tui.language import N_

LONGEST_WAIT = 3600.0
"""Seconds that a server may ask for; more is taken for this."""


class SyncError(AdvisorError):
    """The exchange with the server did not work out."""

    code = "sync"
    transient = False

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait, when it said so."""
        found = self.details.get("retry_after")
        return float(found) if isinstance(found, (int, float)) else None


class Unreachable(SyncError):
    """No answer; `kind`: name, refused, timeout, reset, proxy, network or closed."""

    code = "unreachable"
    transient = True


class TlsFailed(SyncError):
    """No safe connection; `kind`: certificate_expired, not_yet_valid, self_signed, unknown_issuer, wrong_host, not_tls, other."""

    code = "tls"
    transient = True


class NotAServer(SyncError):
    code = "not_a_server"
    transient = True


class AnswerCut(SyncError):
    code = "answer_cut"
    transient = True


class UpgradeNeeded(SyncError):
    """`side`: client or server."""

    code = "upgrade_needed"


class TokenExpired(SyncError):
    """`said`: the server's own code, token_expired or token_reused."""

    code = "token_expired"


class NotLoggedIn(SyncError):
    code = "not_logged_in"


class DeviceRevoked(SyncError):
    code = "device_revoked"


class BadPassword(SyncError):
    code = "bad_password"


class TooManyAttempts(SyncError):
    code = "too_many_attempts"
    transient = True


class RateLimited(SyncError):
    code = "rate_limited"
    transient = True


class ServerBusy(SyncError):
    code = "server_busy"
    transient = True


class ServerFailed(SyncError):
    code = "server_failed"
    transient = True


class TooLarge(SyncError):
    code = "too_large"


class EpochChanged(SyncError):
    code = "epoch_changed"


class RefusedByServer(SyncError):
    """`said`: the server's code; `reason`: its sentence; `status`: HTTP's."""

    code = "refused"


class TokensUnreadable(SyncError):
    """This device's key to the server cannot be read or kept."""

    code = "tokens"


class KeyringSilent(TokensUnreadable):
    code = "keyring_silent"
    transient = True


class PassphraseNeeded(TokensUnreadable):
    code = "passphrase_needed"


class WrongPassphrase(TokensUnreadable):
    code = "wrong_passphrase"


class TokensDamaged(TokensUnreadable):
    code = "tokens_damaged"


UNREACHABLE = {
    "name": N_("The name {server} is not known on this network. Check the address, or the connection; what you write is kept here."),
    "refused": N_("The server {server} does not answer: nothing listens there. Try again later; what you write is kept here."),
    "timeout": N_("The server {server} does not answer in time. Try again later; what you write is kept here."),
    "reset": N_("The connection to {server} broke off. It will be tried again; what you write is kept here."),
    "proxy": N_("The proxy of this network does not let us reach {server}. Ask who looks after the network; what you write is kept here."),
    "network": N_("The server {server} cannot be reached: there seems to be no network. What you write is kept here."),
    "closed": N_("The connection to {server} was closed because the program is leaving."),
}  # fmt: skip
TLS = {
    "certificate_expired": N_("The certificate of {server} has expired, so nothing was sent. Ask who looks after the server to renew it, and check this computer's date."),
    "not_yet_valid": N_("The certificate of {server} is not valid yet, so nothing was sent. Check this computer's date first."),
    "self_signed": N_("{server} vouches for itself only (self-signed certificate), so nothing was sent. Ask for the company's CA file and name it in ADVISOR_CA or in the setting ca."),
    "unknown_issuer": N_("Nobody this computer trusts vouches for {server}, so nothing was sent. Ask for the company's CA file and name it in ADVISOR_CA or in the setting ca."),
    "wrong_host": N_("The certificate shown by {server} belongs to another address, so nothing was sent. Check the address; on a public network, open its welcome page first."),
    "not_tls": N_("{server} answers without encryption, so nothing was sent. Check the address and the port; on a public network, open its welcome page first."),
    "other": N_("No safe connection with {server} could be made, so nothing was sent: {reason}"),
}  # fmt: skip
STRANGER = N_(
    "What answers at {server} is not an Advisor server. Check the address; on a public network, open its welcome page first."
)
ELSEWHERE = N_(
    "{server} sends us on to {place}. Nothing was sent there. If that is the right address, log in with it: advisor login {place}"
)
CUT = N_("The answer of {server} came in part or garbled; nothing of it was used, and it will be asked again.")
ENORMOUS = N_("The answer of {server} is larger than any answer may be; nothing of it was used.")
OLD_CLIENT = N_(
    "The server {server} is newer than this program. Upgrade Advisor TUI here; until then, what you write is kept here."
)
OLD_SERVER = N_(
    "The server {server} is older than this program. Ask who looks after it to upgrade it; until then, what you write is kept here."
)
LOG_IN_AGAIN = N_("Your session on {server} has ended. Log in again: advisor login {url}. What you write is kept here.")
LOG_IN = N_("You are not logged in to a server. Log in: advisor login URL --user NAME")
REVOKED = N_(
    "This device was shut out of {server}. What you wrote and did not send is still here; ask your lead, then log in again."
)
PASSWORD = N_("{server} does not know this name with this password.")
ATTEMPTS = N_("Too many attempts to log in to {server}. Wait {retry_after} seconds, then try again.")
LIMITED = N_("{server} asks to be asked less often. It will be tried again; what you write is kept here.")
BUSY = N_("The server {server} is busy or restarting. It will be tried again; what you write is kept here.")
FAILED = N_("The server {server} failed (status {status}). It will be tried again; what you write is kept here.")
LARGE = N_("{server} finds what was sent too large.")
RESTORED = N_("The server {server} was restored from a copy. Everything will be compared with it again.")
REFUSED = N_("The server {server} refuses: {reason}")


class _Said(msgspec.Struct):
    code: str = ""
    message: str = ""
    details: dict[str, Any] = {}


class _Body(msgspec.Struct):
    error: _Said


def of_answer(status: int, headers: Mapping[str, str], body: bytes, server: str, url: str) -> SyncError:
    """The error that an HTTP answer other than 2xx means; `headers` by lower-case name, `body` its first bytes."""
    if 300 <= status < 400:
        place = one_line(headers.get("location", ""), 200) or "?"
        return NotAServer(ELSEWHERE, server=server, place=place)
    said = _said(body)
    wait = _retry_after(headers.get("retry-after", ""), said)
    if status == 413:
        return TooLarge(LARGE, server=server)
    if status == 429:
        if said is not None and said.code == "too_many_attempts":
            return TooManyAttempts(ATTEMPTS, server=server, retry_after=wait if wait is not None else 60)
        return RateLimited(LIMITED, server=server, retry_after=wait)
    if status in (502, 503, 504):
        return ServerBusy(BUSY, server=server, retry_after=wait)
    if status >= 500:
        return ServerFailed(FAILED, server=server, status=status, retry_after=wait)
    if said is None:
        return NotAServer(STRANGER, server=server, status=status)
    return _of_code(status, said, server, url)


def _of_code(status: int, said: _Said, server: str, url: str) -> SyncError:
    match said.code:
        case "upgrade_needed":
            low, high = said.details.get("min"), said.details.get("max")
            return upgrade_needed(low, high, server) or UpgradeNeeded(OLD_CLIENT, server=server, side="client")
        case "bad_password":
            return BadPassword(PASSWORD, server=server)
        case "token_expired" | "token_reused":
            return TokenExpired(LOG_IN_AGAIN, server=server, url=url, said=said.code)
        case "device_revoked":
            return DeviceRevoked(REVOKED, server=server)
        case "epoch_changed":
            return EpochChanged(RESTORED, server=server)
    reason = one_line(said.message) or str(status)
    return RefusedByServer(REFUSED, server=server, reason=reason, said=one_line(said.code, 60), status=status)


def upgrade_needed(low: object, high: object, server: str) -> UpgradeNeeded | None:
    """The error when the server's range of protocols, `low` to `high`, leaves ours out."""
    if isinstance(low, int) and low > PROTOCOL:
        return UpgradeNeeded(OLD_CLIENT, server=server, side="client")
    if isinstance(high, int) and high < PROTOCOL:
        return UpgradeNeeded(OLD_SERVER, server=server, side="server")
    return None


def _said(body: bytes) -> _Said | None:
    """The server's own words, or None when somebody else answered."""
    try:
        said = msgspec.json.decode(body, type=_Body).error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return said if said.code else None


def _retry_after(header: str, said: _Said | None) -> float | None:
    """Seconds to wait: from the header, a number or a date, or from the details."""
    value: float | None = None
    found = said.details.get("retry_after") if said is not None else None
    if header.strip().isdecimal():
        value = float(header)
    elif header:
        value = _until(header)
    elif isinstance(found, (int, float)) and not isinstance(found, bool):
        value = float(found)
    if value is None or value != value:
        return None
    whole = min(LONGEST_WAIT, max(0.0, value))
    return int(whole) if whole == int(whole) else whole


def _until(date: str) -> float | None:
    """Seconds from now to an HTTP date."""
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
