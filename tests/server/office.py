"""A server to test with: the real application over a real store, people with passwords, and events to send."""

from __future__ import annotations

import io
import json
import secrets
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI

from advisor_tui.domain.clock import Clock
from advisor_tui.domain.identity import Hlc, uuid7
from advisor_tui.server.app import create_app
from advisor_tui.server.options import Options, unlimited
from advisor_tui.server.record import json_log
from advisor_tui.server.service import Service
from advisor_tui.store.central.accounts import add_account
from advisor_tui.store.central.central import Central
from advisor_tui.store.workspace import SystemClock
from tests.central.postgres import fresh_sqlite, new_epoch, sqlite_address

PASSWORD = "une phrase longue et calme"
PROTOCOL = {"Sync-Protocol": "1"}


class Office:
    """The application in this process, and its people."""

    def __init__(self, folder: Path, clock: Clock, options: Options | None = None, url: str = "") -> None:
        self.clock = clock
        self.url = url or staffed_sqlite(folder / "server.db")
        self.central = Central(self.url, clock)
        self.lines = io.StringIO()
        self.app: FastAPI = create_app(self.central, options or unlimited(), json_log(self.lines))
        self.service: Service = self.app.state.service
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://server", headers=PROTOCOL
        )
        if url:
            hire(self.central)

    async def close(self) -> None:
        self.service.drain()
        await self.client.aclose()
        self.service.close()

    async def desk(self, name: str = "Claire Morel") -> Desk:
        """A device of this person, logged in."""
        answer = await self.client.post("/v1/token", json=login(name))
        assert answer.status_code == 200, answer.text
        return Desk(self, answer.json())

    def log(self) -> list[dict[str, Any]]:
        """What was written down so far."""
        return [json.loads(line) for line in self.lines.getvalue().splitlines()]


def hire(central: Central) -> None:
    """An advisor, a lead of another team, an administrator."""
    add_account(central, "Claire Morel", PASSWORD, "advisor", ["Mobile"])
    add_account(central, "Paul Ndiaye", PASSWORD, "lead", ["Fibre"])
    add_account(central, "Ada Root", PASSWORD, "admin")


@lru_cache(maxsize=1)
def _staffed_template() -> bytes:
    """A good hash of a password takes its time: three of them are made once a test process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.db"
        central = Central(fresh_sqlite(path), SystemClock(ZoneInfo("UTC")))
        hire(central)
        central.close()
        return path.read_bytes()


def staffed_sqlite(path: Path) -> str:
    """A database at `path` with the three of them and a history of its own; its address."""
    path.write_bytes(_staffed_template())
    new_epoch(sqlite_address(path))
    return sqlite_address(path)


class Desk:
    """One logged in device."""

    def __init__(self, office: Office, tokens: dict[str, Any]) -> None:
        self.office = office
        self.tokens = tokens
        self.device: str = tokens["device"]
        self.name: str = tokens["name"]
        self.token: str = tokens["access_token"]
        self.headers = {"Authorization": f"Bearer {self.token}"}

    async def ask(self, method: str, path: str, **named: Any) -> httpx.Response:
        """A request that bears this desk's token."""
        headers = {**self.headers, **named.pop("headers", {})}
        return await self.office.client.request(method, path, headers=headers, **named)

    async def push(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        """Send events; what became of each."""
        answer = await self.ask("POST", "/v1/push", json={"device": self.device, "events": list(events)})
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def customer(self, name: str = "Julie Petit", team: str = "Mobile") -> dict[str, Any]:
        """The event by which a customer becomes known."""
        when = int(self.office.clock.now().timestamp() * 1000)
        return customer_recorded(self.device, self.name, name, team, when)

    async def lines(self, path: str, **params: str | int) -> list[dict[str, Any]]:
        """The lines of a page."""
        answer = await self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]


def login(name: str = "Claire Morel", password: str = PASSWORD, device_name: str = "portable") -> dict[str, str]:
    """The body of a login."""
    return {"grant": "password", "user": name, "password": password, "device_name": device_name}


def customer_recorded(device: str, actor: str, name: str, team: str, when: int) -> dict[str, Any]:
    """An event as it travels."""
    return {
        "id": uuid7(when, secrets.randbits(74)), "customer_id": uuid7(when, secrets.randbits(74)),
        "type": "customer_recorded", "at": when, "hlc": str(Hlc(when, secrets.randbelow(1 << 20), device)),
        "actor": actor, "txn": uuid7(when, secrets.randbits(74)), "body": {"name": name, "team": team},
    }  # fmt: skip


def code_of(answer: httpx.Response) -> str:
    """The code of an answer that is not a success; its shape is checked on the way."""
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["message"].endswith(".")
    return str(body["error"]["code"])
