"""The feed wakes whom it should, says nothing to whom it should not, and costs little."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from advisor_tui.server import feed
from advisor_tui.server.options import unlimited
from advisor_tui.store.central import pull
from advisor_tui.store.central.accounts import set_account
from advisor_tui.store.central.central import Away
from tests.server.office import Desk, Office

PATIENCE = 5.0


class Ear:
    """One open feed, as ASGI sees it."""

    def __init__(self, office: Office, token: str) -> None:
        self.office = office
        self.token = token
        self.status = 0
        self.ended = asyncio.Event()
        self.leaving = asyncio.Event()
        self.slow: asyncio.Event | None = None
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self._heard = b""
        self._asked = False

    async def run(self) -> None:
        scope = {
            "type": "http", "method": "GET", "path": "/v1/feed", "raw_path": b"/v1/feed", "query_string": b"",
            "headers": [(b"sync-protocol", b"1"), (b"authorization", f"Bearer {self.token}".encode())],
            "client": ("127.0.0.1", 1), "server": ("server", 80), "scheme": "http", "root_path": "",
            "http_version": "1.1", "asgi": {"version": "3.0"},
        }  # fmt: skip
        await self.office.app(scope, self._receive, self._send)
        self.ended.set()

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.leaving.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if self.slow is not None:
            await self.slow.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self._pieces.put_nowait(message["body"])
        if not message.get("more_body"):
            self.leaving.set()  # as uvicorn tells it

    async def block(self) -> str:
        """The next block of lines."""
        async with asyncio.timeout(PATIENCE):
            while b"\n\n" not in self._heard:
                self._heard += await self._pieces.get()
        block, _, self._heard = self._heard.partition(b"\n\n")
        return block.decode()

    async def hear(self, kind: str = "heads") -> dict[str, Any]:
        """The data of the next event of this kind; comments and others are passed over."""
        while True:
            lines = (await self.block()).splitlines()
            if lines[0] == f"event: {kind}":
                data: dict[str, Any] = json.loads(lines[1].removeprefix("data: "))
                return data

    async def is_over(self) -> bool:
        async with asyncio.timeout(PATIENCE):
            await self.ended.wait()
        return True

    @property
    def silent(self) -> bool:
        return self._pieces.empty() and not self._heard


@asynccontextmanager
async def listening(desk: Desk) -> AsyncIterator[Ear]:
    ear = Ear(desk.office, desk.token)
    task = asyncio.create_task(ear.run())
    yield ear
    ear.leaving.set()
    async with asyncio.timeout(PATIENCE):
        await task


async def test_a_listener_hears_where_its_streams_are_and_when_they_grow(claire: Desk) -> None:
    async with listening(claire) as ear:
        first = await ear.hear()
        assert first["heads"] == {"c": 0, "t1": 0}
        await claire.push(claire.customer())
        assert (await ear.hear())["heads"] == {"c": 0, "t1": 1}
    assert ear.status == 200


async def test_a_push_is_heard_well_within_a_look(claire: Desk) -> None:
    claire.office.service.hub.options = unlimited(poll=30.0)
    async with listening(claire) as ear:
        await ear.hear()
        await asyncio.sleep(0.1)
        await claire.push(claire.customer())
        async with asyncio.timeout(1):
            assert (await ear.hear())["heads"]["t1"] == 1


async def test_what_another_process_recorded_is_heard_too(claire: Desk) -> None:
    from advisor_tui.store.central.central import Central
    from advisor_tui.store.central.identity import identify
    from advisor_tui.store.central.presence import show_presence

    event = claire.customer()
    await claire.push(event)
    colleague = await claire.office.desk()
    async with listening(claire) as ear:
        await ear.hear()
        other = Central(claire.office.url, claire.office.clock)
        with other.read() as connection:
            who = identify(connection, colleague.token, other.now_ms())
        await asyncio.to_thread(show_presence, other, who, event["customer_id"], "", True)
        other.close()
        present = (await ear.hear("presence"))["present"]
    assert [(one["device"], one["writing"]) for one in present] == [(colleague.device, True)]


async def test_nobody_hears_of_streams_that_are_not_theirs(claire: Desk, paul: Desk, ada: Desk) -> None:
    event = claire.customer()
    await claire.push(event)
    here = {"customer_id": event["customer_id"], "case_id": "", "writing": False}
    async with listening(paul) as pauls, listening(ada) as adas:
        assert set((await pauls.hear())["heads"]) == {"c", "t2"}
        assert set((await adas.hear())["heads"]) == {"c", "t1", "t2"}
        await claire.ask("POST", "/v1/presence", json=here)
        assert [one["name"] for one in (await adas.hear("presence"))["present"]] == ["Claire Morel"]
        await claire.push(claire.customer())
        await adas.hear()
        await asyncio.sleep(0.3)
        assert pauls.silent


async def test_a_device_does_not_hear_itself_but_the_persons_other_device_does(office: Office, claire: Desk) -> None:
    event = claire.customer()
    await claire.push(event)
    laptop = await office.desk()
    here = {"customer_id": event["customer_id"], "case_id": "", "writing": True}
    async with listening(claire) as own, listening(laptop) as other:
        await own.hear()
        await claire.ask("POST", "/v1/presence", json=here)
        assert len((await other.hear("presence"))["present"]) == 1
        await asyncio.sleep(0.3)
        assert own.silent
        await claire.ask("POST", "/v1/presence", json={})
        assert (await other.hear("presence"))["present"] == []


async def test_presence_is_told_at_the_start_when_somebody_is_there(office: Office, claire: Desk) -> None:
    event = claire.customer()
    await claire.push(event)
    await claire.ask("POST", "/v1/presence", json={"customer_id": event["customer_id"], "case_id": "", "writing": True})
    async with listening(await office.desk()) as ear:
        assert len((await ear.hear("presence"))["present"]) == 1


async def test_a_revoked_devices_feed_ends_and_the_others_go_on(office: Office, claire: Desk) -> None:
    lost = await office.desk()
    async with listening(claire) as kept, listening(lost) as ending:
        before = await kept.hear()
        await ending.hear()
        await claire.ask("DELETE", f"/v1/devices/{lost.device}")
        assert await ending.is_over()
        assert (await kept.hear())["grants"] > before["grants"]
        assert not kept.ended.is_set()


async def test_a_change_of_rights_changes_what_is_heard(office: Office, claire: Desk) -> None:
    async with listening(claire) as ear:
        assert set((await ear.hear())["heads"]) == {"c", "t1"}
        await asyncio.to_thread(set_account, office.central, "Claire Morel", teams=["Mobile", "Fibre"])
        assert set((await ear.hear())["heads"]) == {"c", "t1", "t2"}


async def test_logging_out_ends_the_feed(claire: Desk) -> None:
    async with listening(claire) as ear:
        await ear.hear()
        await claire.ask("DELETE", "/v1/token")
        assert await ear.is_over()


async def test_a_quiet_feed_gives_signs_of_life_and_ends_in_time(office: Office, claire: Desk) -> None:
    office.service.hub.options = unlimited(poll=0.05, ping=0.1, feed_life=0.6)
    async with listening(claire) as ear:
        await ear.hear()
        assert await ear.block() == ": ping"
        assert await ear.block() == ": ping"
        assert await ear.is_over()


async def test_a_stopping_server_ends_its_feeds_and_takes_no_more(office: Office, claire: Desk) -> None:
    async with listening(claire) as ear:
        await ear.hear()
        office.service.drain()
        assert await ear.is_over()
    answer = await claire.ask("GET", "/v1/feed")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "draining")


async def test_the_database_may_go_away_and_come_back(
    office: Office, claire: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "AWAY", 0.05)
    real = pull.read_heads

    def away(_connection: Any) -> Any:
        raise Away("The database does not answer.")

    async with listening(claire) as ear:
        await ear.hear()
        monkeypatch.setattr(feed, "read_heads", away)
        await claire.push(claire.customer())
        await asyncio.sleep(0.4)
        assert ear.silent
        monkeypatch.setattr(feed, "read_heads", real)
        assert (await ear.hear())["heads"]["t1"] == 1
    assert [line["event"] for line in office.log()].count("feed") == 1, "said once"


async def test_a_slow_listener_holds_nobody_up_and_hears_only_the_last(claire: Desk) -> None:
    other = await claire.office.desk()
    async with listening(claire) as quick, listening(other) as slow:
        await quick.hear()
        await slow.hear()
        slow.slow = asyncio.Event()
        for number in range(1, 6):
            await claire.push(claire.customer())
            assert (await quick.hear())["heads"]["t1"] == number
        assert slow.silent
        slow.slow.set()
        heard = [(await slow.hear())["heads"]["t1"], (await slow.hear())["heads"]["t1"]]
    assert heard == [1, 5]


async def test_nobody_looks_when_nobody_listens(office: Office, claire: Desk) -> None:
    async with listening(claire) as ear:
        await ear.hear()
        assert "advisor_feeds 1.0" in (await office.client.get("/metrics")).text
    await asyncio.sleep(0.5)
    hub = office.service.hub
    assert hub.listeners == set()
    assert hub._loop is not None
    assert hub._loop.done()
    assert "advisor_feeds 0.0" in (await office.client.get("/metrics")).text


async def test_a_thousand_listeners_cost_one_look(
    office: Office, claire: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    real = pull.read_heads

    def counted(connection: Any) -> Any:
        nonlocal looks
        looks += 1
        return real(connection)

    ears = [Ear(office, claire.token) for _ in range(1000)]
    tasks = []
    for start in range(0, 1000, 100):
        tasks += [asyncio.create_task(ear.run()) for ear in ears[start : start + 100]]
        for ear in ears[start : start + 100]:
            await ear.hear()
    monkeypatch.setattr(feed, "read_heads", counted)
    await claire.push(claire.customer())
    heard = [(await ear.hear())["heads"]["t1"] for ear in ears]
    assert heard == [1] * 1000
    assert looks <= 25, "five a second, whoever listens"
    for ear in ears:
        ear.leaving.set()
    await asyncio.gather(*tasks)
