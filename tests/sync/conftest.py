"""Doors to the network that are closed after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from advisor_tui.sync.http import Http


@pytest.fixture
def opened() -> Iterator[Callable[..., Http]]:
    made: list[Http] = []

    def open_(url: str, ca: str = "") -> Http:
        made.append(Http(url, ca))
        return made[-1]

    yield open_
    for http in made:
        http.close()
