"""`advisor bench`: our figures beside references measured in the same run, on this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_tui.domain.errors import Invalid

if TYPE_CHECKING:
    from advisor_tui.cli.bench.place import Place
    from advisor_tui.cli.bench.rows import Row

BENCHES: dict[str, tuple[tuple[str, str, bool], ...]] = {
    "start": (("desk", "start", True),),
    "move": (("desk", "move", True),),
    "hold": (("desk", "hold", True),),
    "typing": (("writing", "typing", True),),
    "open": (("reading", "open_query", False), ("desk", "open_customer", True)),
    "day": (("reading", "day", False),),
    "search": (("reading", "words", False),),
    "find": (("reading", "find", False),),
    "similar": (("similar", "similar", False),),
    "import": (("importing", "import_lines", False),),
    "rest": (("desk", "rest", True),),
    "sync": (
        ("sync.exchange", "push_and_pull", True), ("sync.exchange", "first_load", True), ("sync.desks", "edit_to_paint", True),
        ("sync.feeds", "idle_feeds", True), ("sync.advisors", "advisors", True), ("sync.growth", "growth", False),
    ),
}  # fmt: skip
"""What each name runs: (module, function, whether it watches a terminal or /proc)."""
LONG = ("sync",)
"""Names that take many minutes: they run when they are asked for, and tell how far they are."""


def run_bench(
    names: list[str], home: Path | None = None, customers: int = 2000, entries: int = 40_000, as_json: bool = False,
    data: Path | None = None,
) -> int:  # fmt: skip
    """Run the benchmarks `names` (without a name all but the long ones) on `home` or on a workspace made for it; the exit status.

    `data` is a folder of files for the rows that are measured on them.
    """
    from advisor_tui.cli.bench.place import prepared
    from advisor_tui.cli.bench.report import machine, table
    from advisor_tui.cli.output import say, say_json

    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        raise Invalid("There is no benchmark {name}. Benchmarks: {names}", name=unknown[0], names=", ".join(BENCHES))

    def tell(text: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{text}…")
            sys.stderr.flush()

    with prepared(home, customers, entries, tell) as place:
        place.data = data
        facts = {**machine(), "customers": place.customers, "entries": place.entries}
        rows = [*measured(names or [name for name in BENCHES if name not in LONG], place, tell)]
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if as_json:
        say_json({"ok": True, "machine": facts, "rows": [row.as_dict() for row in rows]})
    else:
        say(table(rows, facts))
    return 0


def measured(names: list[str], place: Place, tell: Callable[[str], None] = lambda text: None) -> Iterator[Row]:
    """The rows of the benchmarks `names` on `place`; where no terminal can be watched, rows that say why."""
    from advisor_tui.cli.bench.rows import Row, why_no_terminal

    for name in names:
        tell(name)
        for module, function, on_terminal in BENCHES[name]:
            reason = why_no_terminal() if on_terminal else ""
            if reason:
                yield Row(name, function.replace("_", " "), "", note=reason)
                continue
            run = getattr(import_module(f"{__name__}.{module}"), function)
            yield from run(place, tell) if name in LONG else run(place)
