"""Several processes may exchange for one workspace: the desk, and `advisor sync` beside it.

What the server said to one is older than what another wrote down meanwhile, and written over it would undo it: a
customer who moved would be taken back to where they were, and leave from there. So whoever writes down what the
server said takes a turn, and what was said before somebody else's turn is asked anew. No lock is held while the
network answers, and none is left by a process that dies.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from advisor_tui.store.journal import Journal
from advisor_tui.store.replica.facts import META, set_fact

KEY = "turn"


class Overtaken(Exception):
    """Another process wrote down what the server said after this was asked: nothing was written, ask again."""


class Turn:
    """The place of one exchange among all that write for this workspace."""

    def __init__(self, journal: Journal) -> None:
        with journal.reading() as connection:
            self._seen = _read(connection)

    def take(self, connection: Connection) -> None:
        """Before anything of an answer is written, in its transaction; Overtaken where somebody else was faster."""
        now = _read(connection)
        if now != self._seen:
            self._seen = now
            raise Overtaken
        self._seen = pass_turn(connection)


def pass_turn(connection: Connection) -> int:
    """Whatever others were told until now, they have to ask again; the number of the turn."""
    number = _read(connection) + 1
    set_fact(connection, KEY, str(number))
    return number


def _read(connection: Connection) -> int:
    return int(connection.execute(select(META.c.value).where(META.c.key == KEY)).scalar() or 0)
