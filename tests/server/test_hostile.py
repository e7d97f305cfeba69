"""What nobody's desk sends: each is refused in words, costs little, and harms nothing."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from typing import Any

import httpx
import pytest

from advisor_tui.domain.wire import MAX_BODY
from advisor_tui.server.options import Options, Rate, unlimited
from tests.server.office import Desk, Office, code_of

JSON = {"Content-Type": "application/json"}


async def push_raw(desk: Desk, body: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await desk.ask("POST", "/v1/push", content=body, headers={**JSON, **named})


async def still_works(desk: Desk) -> None:
    assert (await desk.push(desk.customer("Encore Là")))[0]["status"] == "accepted"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b'{"a":' * 500_000,
        b'{"device":"x","events":[{"id":"x","customer_id":"x","type":"x","at":1,"hlc":"x","actor":"x","txn":"x","body":'
        + b"[" * 900_000,
        b"",
        b"null",
        b"\xff\xfe",
        b'{"device":"\xed\xa0\x80","events":[]}',
        b'{"device":"aaaaaaaa","events":{}}',
        b'{"device":"aaaaaaaa","events":[1e999]}',
    ],
)
async def test_strange_json_is_invalid(claire: Desk, body: bytes) -> None:
    answer = await push_raw(claire, body)
    assert (answer.status_code, code_of(answer)) == (422, "invalid")
    await still_works(claire)


async def test_a_body_nested_deeply_inside_a_good_event_is_rejected_alone(claire: Desk) -> None:
    bad, good = claire.customer(), claire.customer()
    body = json.dumps({"device": claire.device, "events": [{**bad, "body": "DEEP"}, good]}).encode()
    body = body.replace(b'"DEEP"', b'{"name":"x","stake":' + b"[" * 300 + b"]" * 300 + b"}")
    answer = await push_raw(claire, body)
    assert [told["status"] for told in answer.json()["results"]] == ["rejected", "accepted"]


async def test_a_gzip_bomb_costs_no_more_than_its_cap(claire: Desk) -> None:
    deflating = zlib.compressobj(1, zlib.DEFLATED, 31)
    bomb = b"".join(deflating.compress(bytes(1 << 20)) for _ in range(512)) + deflating.flush()
    assert len(bomb) < 4 << 20
    tracemalloc.start()
    began = time.monotonic()
    answer = await push_raw(claire, bomb, Content_Encoding="gzip")
    took, (_now, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (answer.status_code, code_of(answer)) == (413, "too_large")
    assert peak < 5 * MAX_BODY
    assert took < 5
    await still_works(claire)


@pytest.mark.parametrize(
    "body",
    [b"not gzip", gzip.compress(b"{}")[:-4], gzip.compress(b"{}") + b"more", gzip.compress(b"{}") * 2, b""],
    ids=["other", "cut", "more", "twice", "nothing"],
)
async def test_broken_gzip_is_told(claire: Desk, body: bytes) -> None:
    answer = await push_raw(claire, body, Content_Encoding="gzip")
    assert (answer.status_code, code_of(answer)) == (400, "invalid")


async def test_a_million_events_are_too_many(claire: Desk) -> None:
    event = b'{"id":"","customer_id":"","type":"","at":0,"hlc":"","actor":"","txn":""}'
    body = b'{"device":"%s","events":[' % claire.device.encode() + b",".join([event] * 1_000_000) + b"]}"
    answer = await push_raw(claire, body)
    assert (answer.status_code, code_of(answer)) == (413, "too_large")
    answer = await push_raw(claire, gzip.compress(body, 1), Content_Encoding="gzip")
    assert (answer.status_code, code_of(answer)) == (413, "too_large")
    await still_works(claire)


async def test_a_body_without_a_length_is_counted_as_it_comes(claire: Desk) -> None:
    async def endless() -> Any:
        while True:
            yield b" " * 65536

    answer = await claire.ask("POST", "/v1/push", content=endless(), headers=JSON)
    assert (answer.status_code, code_of(answer)) == (413, "too_large")


async def test_a_small_question_has_a_small_cap(office: Office) -> None:
    answer = await office.client.post("/v1/token", content=b" " * 70_000, headers=JSON)
    assert (answer.status_code, code_of(answer)) == (413, "too_large")


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "", "application/json5"])
async def test_other_media_are_refused(claire: Desk, media: str) -> None:
    answer = await claire.ask("POST", "/v1/push", content=b"{}", headers={"Content-Type": media})
    assert (answer.status_code, code_of(answer)) == (415, "media_type")


async def test_other_encodings_are_refused(claire: Desk) -> None:
    answer = await push_raw(claire, b"{}", Content_Encoding="br")
    assert (answer.status_code, code_of(answer)) == (415, "encoding")


async def test_a_charset_beside_the_media_type_is_fine(claire: Desk) -> None:
    body = json.dumps({"device": claire.device, "events": []}).encode()
    answer = await claire.ask(
        "POST", "/v1/push", content=body, headers={"Content-Type": "Application/JSON; charset=utf-8"}
    )
    assert answer.status_code == 200


async def test_huge_heads_are_refused(office: Office) -> None:
    answer = await office.client.get("/v1/meta", headers={"X-Much": "x" * 40_000})
    assert (answer.status_code, code_of(answer)) == (431, "too_large")
    answer = await office.client.get("/v1/customers?q=" + "x" * 9000)
    assert (answer.status_code, code_of(answer)) == (414, "too_large")


async def test_a_body_that_stops_half_way_is_given_up(office: Office) -> None:
    options = unlimited(body_patience=0.05)
    office.service.options = options
    desk = await office.desk()

    async def stalls() -> Any:
        yield b"{"
        await asyncio.sleep(5)

    answer = await desk.ask("POST", "/v1/push", content=stalls(), headers=JSON)
    assert (answer.status_code, code_of(answer)) == (408, "timeout")


async def test_escapes_of_a_terminal_travel_as_text_and_stay_out_of_the_log(office: Office, claire: Desk) -> None:
    name = "Evil \x1b]0;owned\x07\x1b[2J[red]"
    await claire.push(claire.customer(name))
    found = await claire.ask("GET", "/v1/customers", params={"q": "Evil"})
    assert "\x1b" not in found.text
    assert "Evil" not in office.lines.getvalue()
    assert "owned" not in office.lines.getvalue()


async def test_strange_tokens_are_no_session(office: Office) -> None:
    for value in ("", "Bearer", "Bearer  ", "Basic eDp5", "Bearer " + "x" * 4000, "Bearer é", "Bearer a b"):
        headers = [(b"Authorization", value.encode("latin-1")), (b"Sync-Protocol", b"1")]
        answer = await office.client.get("/v1/devices", headers=httpx.Headers(headers))
        assert (answer.status_code, code_of(answer)) == (401, "token_expired"), value


async def test_who_asks_too_often_is_told_when_to_come_back(office: Office, claire: Desk) -> None:
    limits = office.service.limits
    limits.options = Options(rates={"ask": Rate(0.01, 10)})
    answers = [await claire.ask("GET", "/v1/devices") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert code_of(answers[-1]) == "too_many_requests"
    assert 90 <= int(answers[-1].headers["retry-after"]) <= 100
    other = await office.desk()
    assert (await other.ask("GET", "/v1/devices")).status_code == 200, "each device has its own"
