"""Logging in and out, devices, customers of other teams, presence and erasures, through HTTP."""

from __future__ import annotations

from advisor_tui.domain.identity import Hlc, uuid7
from tests.server.office import Desk, Office, code_of, login
from tests.store.house import SteppingClock


async def test_a_wrong_password_is_refused_and_slowed(office: Office) -> None:
    codes = []
    for _attempt in range(40):
        answer = await office.client.post("/v1/token", json=login(password="faux"))
        codes.append(code_of(answer))
        if answer.status_code == 429:
            break
    assert codes[0] == "bad_password"
    assert codes[-1] == "too_many_attempts"
    assert int(answer.headers["retry-after"]) == answer.json()["error"]["details"]["retry_after"] >= 1


async def test_a_refresh_token_serves_once(office: Office, claire: Desk, clock: SteppingClock) -> None:
    body = {"grant": "refresh", "refresh_token": claire.tokens["refresh_token"]}
    fresh = (await office.client.post("/v1/token", json=body)).json()
    assert fresh["device"] == claire.device
    clock.advance(minutes=5)
    answer = await office.client.post("/v1/token", json=body)
    assert (answer.status_code, code_of(answer)) == (401, "token_reused")
    assert answer.headers["www-authenticate"] == "Bearer"
    ended = await office.client.get("/v1/devices", headers={"Authorization": f"Bearer {fresh['access_token']}"})
    assert (ended.status_code, code_of(ended)) == (401, "token_expired")


async def test_an_access_token_ends_after_ten_minutes(claire: Desk, clock: SteppingClock) -> None:
    assert (await claire.ask("GET", "/v1/devices")).status_code == 200
    clock.advance(minutes=11)
    assert code_of(await claire.ask("GET", "/v1/devices")) == "token_expired"


async def test_logging_out_ends_this_device_only(office: Office, claire: Desk) -> None:
    other = await office.desk()
    assert (await claire.ask("DELETE", "/v1/token")).status_code == 204
    assert (await claire.ask("GET", "/v1/devices")).status_code == 401
    assert (await other.ask("GET", "/v1/devices")).status_code == 200


async def test_devices_are_listed_and_revoked(office: Office, claire: Desk, ada: Desk) -> None:
    lost = await office.desk()
    assert {device["id"] for device in (await claire.ask("GET", "/v1/devices")).json()} == {claire.device, lost.device}
    assert (await claire.ask("DELETE", f"/v1/devices/{lost.device}")).status_code == 204
    answer = await lost.ask("GET", "/v1/pull", params={"stream": "t1"})
    assert (answer.status_code, code_of(answer)) == (403, "device_revoked")
    assert (await ada.ask("DELETE", f"/v1/devices/{claire.device}")).status_code == 204
    assert (await ada.ask("DELETE", "/v1/devices/00000000")).status_code == 404


async def test_an_advisor_cannot_revoke_another_persons_device(claire: Desk, paul: Desk) -> None:
    answer = await claire.ask("DELETE", f"/v1/devices/{paul.device}")
    assert answer.status_code in (403, 404)
    assert (await paul.ask("GET", "/v1/devices")).status_code == 200


async def test_another_teams_customer_is_found_and_opened(claire: Desk, paul: Desk) -> None:
    event = claire.customer("Zoé Überall")
    await claire.push(event)
    found = (await paul.ask("GET", "/v1/customers", params={"q": "uberall"})).json()["customers"]
    assert [(one["id"], one["name"], one["team"]) for one in found] == [(event["customer_id"], "Zoé Überall", "Mobile")]
    lines = await paul.lines(f"/v1/customers/{event['customer_id']}/events")
    assert [line["event"]["id"] for line in lines[:-1]] == [event["id"]]
    assert (await paul.ask("GET", "/v1/customers/nobody/events")).status_code == 404


async def test_erasures_reach_the_list_and_are_acknowledged(claire: Desk, paul: Desk, ada: Desk) -> None:
    event = claire.customer()
    await claire.push(event)
    asked = {"customer_id": event["customer_id"]}
    assert code_of(await claire.ask("POST", "/v1/erasures", json=asked)) == "not_allowed"
    made = (await ada.ask("POST", "/v1/erasures", json=asked)).json()["id"]
    assert (await claire.lines("/v1/pull", stream="t1"))[-2] == {"seq": 2, "erased": event["customer_id"]}
    assert (await claire.ask("POST", f"/v1/erasures/{made}/ack")).status_code == 204
    waiting = {one["device"] for one in (await ada.ask("GET", "/v1/erasures")).json()[0]["waiting"]}
    assert claire.device not in waiting
    assert paul.device in waiting
    assert (await ada.ask("POST", "/v1/erasures/none/ack")).status_code == 404


async def test_presence_is_told_and_taken_back(office: Office, claire: Desk) -> None:
    event = claire.customer()
    await claire.push(event)
    here = {"customer_id": event["customer_id"], "case_id": "", "writing": True}
    assert (await claire.ask("POST", "/v1/presence", json=here)).status_code == 204
    assert [one.writing for one in office.service.hub._look().present] == [True]
    assert (await claire.ask("POST", "/v1/presence", json={})).status_code == 204
    assert office.service.hub._look().present == ()


async def test_a_billing_system_asks_before_it_cuts_somebody_off(claire: Desk, paul: Desk) -> None:
    event = claire.customer("Zoé Überall")
    id_, when = event["customer_id"], event["at"]
    body = {"channel": "letter", "direction": "inbound", "at": "2026-11-20T09:00:00+01:00", "body": "J'ai payé."}
    letter = event | {
        "id": uuid7(when, 7), "type": "contact_logged", "txn": uuid7(when, 8), "hlc": str(Hlc(when + 1, 0, claire.device)),
        "body": body,
    }  # fmt: skip
    await claire.push(event)
    free = await paul.ask("GET", "/v1/guard", params={"customer": id_, "act": "cut_off"})
    assert free.json() == {"customer_id": id_, "act": "cut_off", "may": True, "needs_second": False, "reasons": []}
    await claire.push(letter)
    held = (await paul.ask("GET", "/v1/guard", params={"customer": "Zoé Überall", "act": "cut_off"})).json()
    assert (held["may"], [(one["kind"], one["id"], one["channel"]) for one in held["reasons"]]) == (
        False, [("unanswered", letter["id"], "letter")],
    )  # fmt: skip
    assert "payé" not in str(held)
    assert (await paul.ask("GET", "/v1/guard", params={"customer": "nobody", "act": "cut_off"})).status_code == 404
    assert (await paul.ask("GET", "/v1/guard", params={"customer": id_, "act": "party"})).status_code == 422
