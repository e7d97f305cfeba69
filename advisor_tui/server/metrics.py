"""Figures for Prometheus: routes, statuses, seconds, events by what became of them. Nobody's name, nobody's text."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from advisor_tui.domain.wire import Told

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The figures of this process; of all the processes of a server when they share a folder."""

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "advisor_http_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "advisor_http_seconds", "Time to the end of an answer.", ("route",), registry=self.registry,
            buckets=_SECONDS,
        )  # fmt: skip
        self.events = Counter(
            "advisor_events", "Events pushed, by what became of them.", ("status",), registry=self.registry
        )
        self.feeds = Gauge(
            "advisor_feeds", "Feeds open now.", registry=self.registry, multiprocess_mode="livesum"
        )  # fmt: skip
        self.feeds.set(0)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request ended."""
        self.requests.labels(route, method, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def pushed(self, told: Iterable[Told]) -> None:
        """Events were answered."""
        for answer in told:
            self.events.labels(answer.status).inc()

    def text(self) -> bytes:
        """All figures, in Prometheus' format; a worker that died no longer counts among the living."""
        if not self.folder:
            return generate_latest(self.registry)
        for pid in {path.stem.rpartition("_")[2] for path in Path(self.folder).glob("gauge_live*.db")}:
            if pid.isdigit() and not _lives(int(pid)):
                with suppress(OSError):
                    mark_process_dead(int(pid), self.folder)  # type: ignore[no-untyped-call]
        registry = CollectorRegistry()
        MultiProcessCollector(registry, self.folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
