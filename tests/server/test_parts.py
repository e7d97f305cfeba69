"""The small parts by themselves: rates, bodies, figures of several processes, what may be written down."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_tui.domain.errors import AdvisorError, Invalid, NotFound, Refused
from advisor_tui.server import buckets
from advisor_tui.server.buckets import Buckets, Limits
from advisor_tui.server.exchange import accepts_gzip
from advisor_tui.server.options import RATES, Options, Rate, Settings, from_environment, put_in_environment
from advisor_tui.server.problems import Problem, problem_of
from advisor_tui.server.record import Forward, fault, json_log
from advisor_tui.store.central.errors import STATUS, Denied


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 10), st.integers(1, 5))
def test_a_rate_is_kept_whatever_the_rhythm(pauses: list[float], burst: int, per_second: int) -> None:
    now = 0.0
    bucket = Buckets(Rate(per_second, burst), lambda: now)
    granted: list[float] = []
    for pause in pauses:
        now += pause
        wait = bucket.take("someone")
        if wait == 0:
            granted.append(now)
        else:
            assert 0 < wait <= 1 / per_second + 1e-9
    for start, first in enumerate(granted):
        for end, last in enumerate(granted[start:], 1):
            assert end <= burst + (last - first) * per_second + 1e-6


def test_who_waits_as_told_is_served() -> None:
    now = 0.0
    bucket = Buckets(Rate(2, 1), lambda: now)
    assert bucket.take("a") == 0
    now += bucket.take("a")
    assert bucket.take("a") == 0
    assert bucket.take("b") == 0, "one does not pay for another"


def test_strangers_are_forgotten_before_memory_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "MOST", 100)
    bucket = Buckets(Rate(1, 5), lambda: 0.0)
    for number in range(1000):
        assert bucket.take(str(number)) == 0
        assert len(bucket._full_at) <= 100


def test_real_use_fits_into_the_usual_rates() -> None:
    now = 0.0
    limits = Limits(Options(), lambda: now)
    for _second in range(60):  # a desk that clears its queue and loads everything at once
        for _push in range(20):
            limits.check("push", "desk")
            limits.check("page", "desk")
            now += 0.05
    for desk in range(500):  # a site that opens at nine
        limits.check("login", "one address")
        limits.check("feed", str(desk))


@pytest.mark.parametrize(
    ("header", "understood"),
    [("gzip", True), ("br, GZIP;q=0.3", True), ("*", True), ("gzip;q=0", False), ("identity", False), ("", False),
     ("gzip; q=0.0", False)],
)  # fmt: skip
def test_gzip_is_sent_to_who_asks_for_it(header: str, understood: bool) -> None:
    assert accepts_gzip([(b"accept-encoding", header.encode())]) is understood


@pytest.mark.parametrize("code", STATUS)
def test_every_refusal_of_the_store_has_its_status(code: str) -> None:
    problem = problem_of(Denied("No: {why}.", code=code, why="because", retry_after=1.2))
    assert problem.status == STATUS[code]
    assert problem.headers["Retry-After"] == "2"
    assert msgspec.json.decode(problem.body) == {
        "error": {"code": code, "message": "No: because.", "details": {"retry_after": 2, "why": "because"}}
    }


@pytest.mark.parametrize(
    ("error", "status"), [(Invalid("No."), 422), (NotFound("No."), 404), (Refused("No."), 403), (AdvisorError("No."), 500)]
)  # fmt: skip
def test_every_error_of_ours_has_a_status(error: AdvisorError, status: int) -> None:
    assert problem_of(error).status == status


def test_details_of_any_kind_can_be_told() -> None:
    assert msgspec.json.decode(Problem(422, "x", "X.", {"path": Path("/a"), "n": 1}).body)["error"]["details"] == {
        "path": "/a", "n": 1,
    }  # fmt: skip


def test_settings_reach_a_worker_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_SERVER", "")
    settings = Settings(db="sqlite:///x.db", options=Options(rates={"push": Rate(1, 2)}, drain=3.5, workers=2))
    put_in_environment(settings)
    assert from_environment() == settings
    assert settings.options.rate("push") == Rate(1, 2)
    assert settings.options.rate("ask") == RATES["ask"]
    monkeypatch.setenv("ADVISOR_SERVER", "{")
    with pytest.raises(Invalid):
        from_environment()


def test_a_fault_is_noted_by_kind_and_place_only() -> None:
    try:
        try:
            raise KeyError("Julie Petit")
        except KeyError as error:
            raise ValueError("06 12 34 56 78") from error
    except ValueError as error:
        noted = fault(error)
    assert noted["error"] == "ValueError"
    assert noted["cause"] == "KeyError"
    assert "test_parts.py" in noted["at"]
    assert "Julie" not in str(noted)
    assert "06 12" not in str(noted)


def test_what_other_libraries_log_follows_the_same_rule() -> None:
    lines = io.StringIO()
    logger = logging.Logger("uvicorn.error")
    logger.addHandler(Forward(json_log(lines)))
    try:
        raise RuntimeError("Julie Petit")
    except RuntimeError:
        logger.exception("Exception in ASGI application\n")
    logger.warning("Invalid %s received", "request")
    logger.info("not worth a line")
    first, second = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (first["message"], first["error"]) == ("Exception in ASGI application", "RuntimeError")
    assert second["message"] == "Invalid request received"
    assert "Julie" not in lines.getvalue()


_WORKER = """
import sys
from advisor_tui.domain.wire import Told
from advisor_tui.server.metrics import Metrics
metrics = Metrics(sys.argv[1])
metrics.answered("/v1/push", "POST", 200, 0.01)
metrics.pushed([Told(id="x", status="accepted")] * 3)
metrics.feeds.set(5)
print(metrics.text().decode() if sys.argv[2:] else "", flush=True)
sys.stdin.read()
"""


def test_the_figures_of_several_processes_are_added_up_and_the_dead_no_longer_listen(tmp_path: Path) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(tmp_path), *arguments], env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    first = start()
    assert first.stdout is not None
    first.stdout.readline()
    together, _ = start("tell").communicate()
    assert 'advisor_http_requests_total{method="POST",route="/v1/push",status="200"} 2.0' in together
    assert 'advisor_events_total{status="accepted"} 6.0' in together
    assert "advisor_feeds 10.0" in together
    first.communicate()
    alone, _ = start("tell").communicate()
    assert 'advisor_events_total{status="accepted"} 9.0' in alone, "what was counted stays counted"
    assert "advisor_feeds 5.0" in alone
