"""Where the database is waited for: one thread that writes, a few that read, two that work on passwords."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from advisor_tui.server.problems import Problem

P = ParamSpec("P")
T = TypeVar("T")


class Queue:
    """Some threads, and a bounded number of requests that wait for them."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self.waiting = waiting
        self.busy = 0
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` returns. Raises Problem 503 when too many wait already."""
        if self.busy >= self.waiting:
            raise Problem(503, "busy", "The server has too much to do. Try again in a moment.", retry_after=1)
        self.busy += 1
        try:
            future = asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))
            return await future
        finally:
            self.busy -= 1

    def close(self) -> None:
        """Wait for what is under way; nothing more begins."""
        self._threads.shutdown(wait=True, cancel_futures=True)


class Threads:
    """The queues of a worker."""

    def __init__(self, readers: int, waiting: int) -> None:
        self.write = Queue("write", 1, waiting)
        self.read = Queue("read", readers, waiting)
        self.password = Queue("password", 2, waiting)
        self.feed = Queue("feed", 1, waiting)

    def close(self) -> None:
        for queue in (self.write, self.read, self.password, self.feed):
            queue.close()
