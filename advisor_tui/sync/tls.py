"""Where a server may be, and whom a connection trusts: always verified, in clear text to this very computer only."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.text import one_line
from advisor_tui.language import N_

if TYPE_CHECKING:
    import ssl

KINDS = {
    9: "not_yet_valid",
    10: "certificate_expired",
    18: "self_signed",
    19: "unknown_issuer",
    20: "unknown_issuer",
    21: "unknown_issuer",
    62: "wrong_host",
    64: "wrong_host",
}
"""What OpenSSL's numbers of a failed verification mean (X509_V_ERR_…)."""
PLAIN_ANSWERS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
"""What OpenSSL says when the other side speaks no TLS."""


class Address(NamedTuple):
    """Where a server is."""

    url: str
    """Normalised: scheme, host and path, no slash at the end."""
    host: str
    """As a person reads it: host, and the port where it is not the usual one."""
    loopback: bool
    """It is this computer itself."""


def read_address(text: str) -> Address:
    """The address that a person typed; Invalid says what is wrong with it."""
    shown = one_line(text, 200)
    typed = text.strip()
    if "://" not in typed:
        typed = "https://" + typed
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError as error:
        raise Invalid(N_("{address} is not the address of a server."), address=shown) from error
    name = (parts.hostname or "").rstrip(".")
    strange = parts.query or parts.fragment or not typed.isprintable() or " " in typed
    if parts.scheme.lower() not in ("http", "https") or not name or strange or not _is_host(name):
        raise Invalid(N_("{address} is not the address of a server."), address=shown)
    if parts.username is not None or parts.password is not None:
        raise Invalid(N_("An address holds no name and no password. Give the name with --user."), code="address_secret")
    loopback = is_loopback(name)
    if parts.scheme.lower() == "http" and not loopback:
        raise Invalid(
            N_("{address} is not encrypted. Use https://; http:// is for a server on this very computer."),
            code="not_encrypted", address=shown,
        )  # fmt: skip
    return _address(parts, name, port, loopback)


def _address(parts: SplitResult, name: str, port: int | None, loopback: bool) -> Address:
    scheme = parts.scheme.lower()
    usual = port is None or port == (443 if scheme == "https" else 80)
    host = f"[{name}]" if ":" in name else name
    host = host if usual else f"{host}:{port}"
    return Address(f"{scheme}://{host}{parts.path.rstrip('/')}", host, loopback)


def _is_host(name: str) -> bool:
    """Whether `name` may be a host's: an address in numbers, or labels that DNS could hold."""
    if ":" in name:
        try:
            ip_address(name)
        except ValueError:
            return False
        return True
    return all(label and len(label) <= 63 and _is_label(label) for label in name.split("."))


def _is_label(label: str) -> bool:
    return not any(char.isascii() and not (char.isalnum() or char in "-_") for char in label)


def is_loopback(name: str) -> bool:
    """Whether `name` is this computer itself: no other machine hears what is sent there."""
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def trust(ca: str = "") -> ssl.SSLContext:
    """Whom to trust: the system's authorities (certifi's where it has none), and those in the file `ca`."""
    import ssl

    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        import certifi

        context.load_verify_locations(certifi.where())
    chosen = os.environ.get("ADVISOR_CA", "").strip() or ca
    if chosen:
        path = Path(chosen).expanduser()
        try:
            context.load_verify_locations(path)
        except ssl.SSLError as error:
            raise Invalid(N_("The CA file {path} holds no certificate in PEM form."), "ca", path=str(path)) from error
        except OSError as error:
            raise Invalid(
                N_("The CA file {path} cannot be read: {reason}"), "ca", path=str(path), reason=error.strerror or error
            ) from error
    return context


def kind_of(error: ssl.SSLError) -> str:
    """Which kind of failure of TlsFailed it is."""
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return KINDS.get(error.verify_code, "other")
    return "not_tls" if any(word in str(error).upper() for word in PLAIN_ANSWERS) else "other"
