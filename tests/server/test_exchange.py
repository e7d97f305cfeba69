"""Events go in and come out, whole, to those who may read them."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.server.office import Desk, Office, code_of


async def test_what_is_pushed_is_pulled_by_a_colleague_and_named_to_its_author(office: Office, claire: Desk) -> None:
    event = claire.customer("Julie Petit")
    told = (await claire.push(event))[0]
    assert (told["status"], told["stream"], told["seq"]) == ("accepted", "t1", 1)

    own = await claire.lines("/v1/pull", stream="t1")
    assert own[0] == {"seq": 1, "own": event["id"], "hlc": event["hlc"]}
    other = await (await office.desk()).lines("/v1/pull", stream="t1")
    assert other[0] == {"seq": 1, "event": event}
    assert other[-1]["control"]["grants"] >= 1
    again = await claire.lines("/v1/pull", cursor=other[-1]["next"])
    assert [set(line) for line in again] == [{"next", "control"}]


async def test_own_events_come_back_whole_when_asked_for(claire: Desk) -> None:
    event = claire.customer()
    await claire.push(event)
    assert (await claire.lines("/v1/pull", stream="t1", own=1))[0]["event"] == event
    assert (await claire.lines("/v1/snapshot", stream="t1"))[0]["event"] == event


async def test_a_part_is_read_again_from_a_number(claire: Desk) -> None:
    await claire.push(*(claire.customer(f"Client {number}") for number in range(4)))
    lines = await claire.lines("/v1/pull", stream="t1", after=2, own=1)
    assert [line["seq"] for line in lines[:-1]] == [3, 4]


async def test_the_same_again_is_a_duplicate_and_another_under_its_id_is_rejected(claire: Desk) -> None:
    event = claire.customer()
    await claire.push(event)
    assert (await claire.push(event))[0]["status"] == "duplicate"
    other = {**event, "body": {"name": "Someone else", "team": "Mobile"}}
    assert (await claire.push(other))[0]["code"] == "id_reuse"


async def test_a_page_stops_at_its_limit_and_says_that_there_is_more(office: Office, claire: Desk) -> None:
    await claire.push(*(claire.customer(f"Client {number}") for number in range(5)))
    reader = await office.desk()
    cursor, seen = "", []
    for _page in range(3):
        lines = await reader.lines("/v1/pull", stream="t1", cursor=cursor, limit=2)
        seen += [line["seq"] for line in lines[:-1]]
        cursor = lines[-1]["next"]
    assert seen == [1, 2, 3, 4, 5]
    assert "more" not in lines[-1]


async def test_a_device_cannot_send_in_the_name_of_another(claire: Desk, paul: Desk) -> None:
    answer = await claire.ask("POST", "/v1/push", json={"device": paul.device, "events": []})
    assert (answer.status_code, code_of(answer)) == (403, "not_allowed")
    told = (await claire.push({**claire.customer(), "actor": "Paul Ndiaye"}))[0]
    assert (told["status"], told["code"]) == ("rejected", "foreign_actor")


async def test_another_teams_stream_is_not_there(claire: Desk) -> None:
    answer = await claire.ask("GET", "/v1/pull", params={"stream": "t2"})
    assert (answer.status_code, code_of(answer)) == (404, "unknown_stream")


async def test_a_cursor_of_another_history_is_told_so(claire: Desk) -> None:
    answer = await claire.ask("GET", "/v1/pull", params={"cursor": "1.abcdef.t1.7.00000000"})
    assert (answer.status_code, code_of(answer)) == (409, "epoch_changed")
    answer = await claire.ask("GET", "/v1/pull", params={"cursor": "rubbish"})
    assert (answer.status_code, code_of(answer)) == (422, "invalid")


@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "x"}, {"limit": "20001"}, {"stream": "t1\0"}, {"own": "2"},
                                    {"cursor": "x" * 2000}])  # fmt: skip
async def test_parameters_out_of_bounds_are_refused(claire: Desk, params: dict[str, str]) -> None:
    answer = await claire.ask("GET", "/v1/pull", params=params)
    assert (answer.status_code, code_of(answer)) == (422, "invalid")


async def test_too_many_events_at_once_are_refused_whole(claire: Desk) -> None:
    events = [claire.customer()] * 501
    answer = await claire.ask("POST", "/v1/push", json={"device": claire.device, "events": events})
    assert (answer.status_code, code_of(answer)) == (413, "too_large")
    assert answer.json()["error"]["details"] == {"events": 500}
    assert len(await claire.lines("/v1/pull", stream="t1")) == 1


async def test_more_than_a_batch_may_weigh_is_refused_but_one_long_event_passes(claire: Desk) -> None:
    long = claire.customer()
    long["body"]["stake"] = "x" * (1 << 20)
    both = {"device": claire.device, "events": [long, claire.customer()]}
    answer = await claire.ask("POST", "/v1/push", json=both)
    assert (answer.status_code, answer.json()["error"]["details"]) == (413, {"bytes": 1 << 20})
    assert (await claire.push(long))[0]["status"] == "accepted"


async def test_bodies_are_compressed_both_ways(office: Office, claire: Desk) -> None:
    events = [claire.customer(f"Client {number}") for number in range(30)]
    body = gzip.compress(json.dumps({"device": claire.device, "events": events}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json", "Accept-Encoding": "gzip"}
    answer = await claire.ask("POST", "/v1/push", content=body, headers=headers)
    assert {told["status"] for told in answer.json()["results"]} == {"accepted"}
    assert answer.headers["content-encoding"] == "gzip"
    reader = await office.desk()
    page = await reader.ask("GET", "/v1/pull", params={"stream": "t1"}, headers={"Accept-Encoding": "gzip;q=0.5"})
    assert page.headers["content-encoding"] == "gzip"
    assert int(page.headers["content-length"]) < len(page.content) / 2
    plain = await reader.ask("GET", "/v1/pull", params={"stream": "t1"}, headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "content-encoding" not in plain.headers
    assert len(plain.text.splitlines()) == len(page.text.splitlines()) == 31


async def test_digests_speak_of_what_is_held(claire: Desk) -> None:
    await claire.push(*(claire.customer(f"Client {number}") for number in range(3)))
    answer = await claire.ask("GET", "/v1/digest", params={"stream": "t1", "from": 0, "to": 5000})
    assert [(bucket["from"], bucket["count"]) for bucket in answer.json()["buckets"]] == [(0, 3)]
    answer = await claire.ask("GET", "/v1/digest", params={"stream": "t1", "from": 1 << 63})
    assert answer.status_code == 422


async def test_meta_says_who_the_caller_is(office: Office, claire: Desk) -> None:
    stranger = (await office.client.get("/v1/meta")).json()
    assert stranger["product"] == "advisor-tui"
    assert "you" not in stranger or stranger["you"] is None
    you = (await claire.ask("GET", "/v1/meta")).json()["you"]
    assert (you["name"], you["role"], you["device"]) == ("Claire Morel", "advisor", claire.device)
    assert [stream["id"] for stream in you["streams"]] == ["c", "t1"]
    answer = await office.client.get("/v1/meta", headers={"Authorization": "Bearer nobody"})
    assert (answer.status_code, code_of(answer)) == (401, "token_expired")
