"""`advisor serve`: from a command line to processes that answer, and to their orderly end."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import shutil
import signal
import socket
import ssl
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from uvicorn.config import Config
from uvicorn.server import Server
from uvicorn.supervisors.multiprocess import Multiprocess

from advisor_tui.cli.output import DONE, FAILED
from advisor_tui.domain.errors import Invalid, StoreError
from advisor_tui.domain.text import harmless
from advisor_tui.language import _
from advisor_tui.server.options import Options, Settings, put_in_environment
from advisor_tui.store.central.central import Away, Central, address
from advisor_tui.store.central.schema import migrate
from advisor_tui.store.workspace import SystemClock, Workspace

DATABASE = "server.db"
GRACE = 10
"""Seconds that answers under way may still take when the server is told to stop."""
PROXIES = "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
"""Where a reverse proxy may stand; FORWARDED_ALLOW_IPS in the environment says otherwise."""
_BACKLOG = 4096
_KEEP_ALIVE = 75
_OPEN_FILES = 65_536


def serve(
    db: str, host: str, port: int, workers: int, certfile: Path | None, keyfile: Path | None, behind_proxy: bool,
    drain: float = 0.0,
) -> int:  # fmt: skip
    """Serve until told to stop; the exit status."""
    _check_certificate(certfile, keyfile)
    if certfile is None and not behind_proxy and not is_loopback(host):
        raise Invalid(
            "Without a certificate the server listens on this machine only, not on {host}. Give --certfile and --keyfile, or --behind-proxy where a proxy in front does TLS.",
            host=host,
        )
    _allow_many_connections()
    where = db or f"sqlite:///{Workspace().home / DATABASE}"
    central = _prepared(where, workers)
    with contextlib.ExitStack() as ending:
        listening = ending.enter_context(_bound(host, port))
        shown = address_of(host, listening.getsockname()[1], certfile is not None)
        named: dict[str, object] = {
            "http": "advisor_tui.server.protocol:BoundedProtocol", "loop": "auto", "ws": "none", "lifespan": "on",
            "log_config": None, "access_log": False, "server_header": False, "proxy_headers": behind_proxy,
            "forwarded_allow_ips": os.environ.get("FORWARDED_ALLOW_IPS", PROXIES), "backlog": _BACKLOG,
            "timeout_keep_alive": _KEEP_ALIVE, "timeout_graceful_shutdown": GRACE, "timeout_worker_healthcheck": 30,
            "ssl_certfile": certfile, "ssl_keyfile": keyfile, "workers": workers,
        }  # fmt: skip
        if workers == 1:
            return _serve_alone(central, Options(drain=drain), named, listening, shown)
        central.close()
        folder = tempfile.mkdtemp(prefix="advisor-metrics-")
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        put_in_environment(Settings(db=where, options=Options(drain=drain, workers=workers, metrics_folder=folder)))
        return _serve_together(named, listening, shown)


def _serve_alone(central: Central, options: Options, named: dict[str, object], at: socket.socket, shown: str) -> int:
    """One process."""
    from advisor_tui.server.app import create_app, keep_what_is_loaded
    from advisor_tui.server.record import forward_logging, json_log

    keep_what_is_loaded()
    log = json_log()
    forward_logging(log)
    server = Announced(Config(create_app(central, options, log), **named), shown)  # type: ignore[arg-type]
    _end_quietly(server)
    server.run(sockets=[at])
    return DONE if server.started else FAILED


def _serve_together(named: dict[str, object], at: socket.socket, shown: str) -> int:
    """Several processes behind one door."""
    from advisor_tui.server.record import forward_logging, json_log

    forward_logging(json_log())
    config = Config("advisor_tui.server.app:from_settings", factory=True, **named)  # type: ignore[arg-type]
    workers = Workers(config, [at], shown)
    workers.run()
    return DONE if workers.announced else FAILED


class Announced(Server):
    """Says where it listens once it does."""

    def __init__(self, config: Config, shown: str) -> None:
        super().__init__(config)
        self.shown = shown

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            _announce(self.shown)


class Workers(Multiprocess):
    """The supervisor of several processes."""

    def __init__(self, config: Config, sockets: list[socket.socket], shown: str) -> None:
        super().__init__(config, sockets)
        self.shown = shown
        self.announced = False

    def init_processes(self) -> None:
        super().init_processes()
        self._let_go()
        self.announced = all(process.wait_until_ready(60) for process in self.processes)
        if self.announced:
            _announce(self.shown)

    def keep_subprocess_alive(self) -> None:
        super().keep_subprocess_alive()
        self._let_go()

    def _let_go(self) -> None:
        """The workers' ends of their pipes: one that dies while it is asked for a sign of life is noticed at once."""
        for process in self.processes:
            process.child_conn.close()

    def terminate_all(self) -> None:
        for listening in self.sockets:  # nobody shall wait at a door behind which no worker is left
            listening.close()
        super().terminate_all()


def _announce(shown: str) -> None:
    sys.stderr.write(harmless(_("Serving on {address}").format(address=shown)) + "\n")
    sys.stderr.flush()


def _end_quietly(server: Server) -> None:
    """Being told to stop is an orderly end: uvicorn raises the signal again when it is done."""

    def told(_number: int, _frame: object) -> None:
        if not server.should_exit:  # it has not begun
            raise SystemExit(DONE)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)


def _prepared(where: str, workers: int) -> Central:
    """The database, made where there is none yet and checked where there is one."""
    parsed = address(where)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        migrate(where)
    options = Options()
    try:
        return Central(where, SystemClock(ZoneInfo("UTC")), pool=options.readers + 5 if workers == 1 else 1)
    except StoreError as error:
        shown = parsed.render_as_string(hide_password=True)
        found, wanted = error.details.get("found"), error.details.get("wanted")
        if error.code == "schema" and isinstance(wanted, int) and str(found).isdigit() and int(str(found)) > wanted:
            raise StoreError(
                "The database was made by a newer version of Advisor TUI (schema {found}, here {wanted}). Upgrade the program.",
                code="schema", found=found, wanted=wanted,
            ) from error  # fmt: skip
        if isinstance(error, Away) and "does not exist" in str(error.__cause__):
            raise StoreError(
                "The database {url} is not ready. Run: advisor admin migrate --db URL", code="schema", url=shown
            ) from error
        raise


def _check_certificate(certfile: Path | None, keyfile: Path | None) -> None:
    """Raise a clear error when TLS cannot begin with these files."""
    if certfile is None:
        if keyfile is not None:
            raise Invalid("{what} is missing.", what="--certfile")
        return
    for path in filter(None, (certfile, keyfile)):
        try:
            path.read_bytes()
        except OSError as error:
            raise Invalid(
                "The file {path} cannot be read: {reason}", path=str(path), reason=error.strerror or error
            ) from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certfile, keyfile, password=_no_passphrase)
    except (ssl.SSLError, ValueError) as error:
        reason = error.reason if isinstance(error, ssl.SSLError) else str(error)
        raise Invalid(
            "{path} and its key do not make a certificate that can be used: {reason}",
            path=str(certfile), reason=reason or error,
        ) from error  # fmt: skip


def _allow_many_connections() -> None:
    """A connection is an open file, and shells allow a thousand where the system allows far more."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _no_passphrase() -> str:
    raise ValueError("the key is locked by a passphrase")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
        return bool(found) and all(ipaddress.ip_address(str(one).partition("%")[0]).is_loopback for one in found)
    except (OSError, UnicodeError, ValueError):
        return False


def address_of(host: str, port: int, secure: bool) -> str:
    """The server's address as a client types it."""
    return f"{'https' if secure else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


@contextlib.contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """The door, closed again at the end. Raises a clear error when it cannot be had."""
    try:
        family, kind, protocol, _name, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise StoreError("{host} is not an address of this machine.", code="address", host=host) from error
    with listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(where)
            listening.listen(_BACKLOG)
        except OSError as error:
            raise _refused(error, host, port) from error
        listening.set_inheritable(True)
        yield listening


def _refused(error: OSError, host: str, port: int) -> StoreError:
    if error.errno == errno.EADDRINUSE:
        return StoreError("The port {port} is taken by another program.", code="port", port=port)
    if error.errno in (errno.EACCES, errno.EPERM):
        return StoreError("The port {port} may not be used by this account.", code="port", port=port)
    if error.errno == errno.EADDRNOTAVAIL:
        return StoreError("{host} is not an address of this machine.", code="address", host=host)
    return StoreError("The port {port} cannot be used: {reason}", code="port", port=port, reason=error.strerror)
