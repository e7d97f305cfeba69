"""The steps of one exchange, each safe to be cut anywhere: offer what is unsent, read what is new, compare.

Nothing is taken off the queue before the server has said that it holds it; nothing counts as read before it is on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from advisor_tui.domain.events import IMPORTED
from advisor_tui.domain.wire import BUCKET, MAX_BYTES, MAX_EVENTS, Meta, PulledLine, StreamHead, WireEvent, You
from advisor_tui.store.journal import Journal
from advisor_tui.store.replica import answers, arrivals, cursors, facts, outbox
from advisor_tui.store.replica.arrivals import Place
from advisor_tui.store.replica.cursors import Followed
from advisor_tui.store.replica.turns import Overtaken, Turn
from advisor_tui.sync.errors import RESTORED, EpochChanged, RefusedByServer, SyncError, TooLarge
from advisor_tui.sync.remote import Remote

PAGE = 1000
T = TypeVar("T")
ROUNDS = 6
"""How often one exchange goes round before it leaves the rest to the next: each round settles what the last one found."""


class Tally(msgspec.Struct):
    """What an exchange did."""

    pushed: int = 0
    pulled: int = 0
    set_aside: int = 0
    restamped: int = 0
    offered_again: int = 0
    customers: set[str] = msgspec.field(default_factory=set)


class Exchange:
    """One exchange with the server, from `meta` to quiet."""

    def __init__(
        self, journal: Journal, remote: Remote, *, page: int = PAGE, tell: Callable[[Tally], None] | None = None,
        going: Callable[[], bool] | None = None,
    ) -> None:  # fmt: skip
        self.journal = journal
        self.remote = remote
        self.page = page
        self.tell = tell or (lambda _tally: None)
        self.going = going or (lambda: True)
        self.tally = Tally()
        self.server_time = 0
        self._sent = False
        self._grants = 0
        self._turn = Turn(journal)

    def run(self, check: bool = False) -> Tally:
        """Go round until both sides hold the same; `check` compares the sums too."""
        for _round in range(ROUNDS):
            try:
                if self._round(check):
                    break
            except EpochChanged:
                cursors.begin_again(self.journal, self.remote.meta().epoch)
        return self.tally

    def _round(self, check: bool) -> bool:
        """One round; True when nothing is left to say."""
        meta = self.remote.meta()
        self.server_time = meta.server_time
        if meta.you is None:
            return True
        known = facts.read_facts(self.journal)
        if known.get("epoch") != meta.epoch:
            if known.get("epoch"):
                cursors.begin_again(self.journal, meta.epoch)
                known = facts.read_facts(self.journal)
            else:
                facts.keep_facts(self.journal, epoch=meta.epoch)
        self._fit_rights(meta.you)
        repairing = known.get("repair") == "1"
        self._sent = False
        if not repairing:
            self._push(meta, meta.you.name)
        grants = self._pull(meta.you)
        if repairing:
            self.tally.offered_again += cursors.offer_again(self.journal, meta.you.name)
            return False
        if check or known.get("erasures") != meta.epoch:
            self._acknowledge()
            facts.keep_facts(self.journal, erasures=meta.epoch)
        if check:
            self._look_after(meta.you.name, [stream.id for stream in meta.you.streams])
        if check and known.get("found"):
            self.tally.offered_again += cursors.offer_found(self.journal, known["found"] == "due")
        agreed = self._compare(meta.you) if check else True
        with self.journal.reading() as connection:
            unsent = outbox.count_unsent(connection)
        return agreed and not unsent and grants == meta.you.grants

    # rights

    def _fit_rights(self, you: You) -> None:
        """Follow what I may read, and let go of what I may not any more; unsent words stay."""
        followed = cursors.read_cursors(self.journal)
        wanted = {stream.id for stream in you.streams}
        for stream, place in followed.items():
            if stream not in wanted:
                if place.cursor:
                    self._same_history(stream, place.cursor)
                self._look_after(you.name, [name for name in followed if name != stream])
                self.tally.customers |= arrivals.evict_stream(self.journal, stream)
                cursors.drop_cursor(self.journal, stream)

    def _same_history(self, stream: str, cursor: str) -> None:
        """Before the customers of a stream leave: EpochChanged where the server lost what was read there."""
        try:
            self.remote.page(stream, cursor, 1)
        except RefusedByServer as error:
            if error.details.get("said") != "unknown_stream":
                raise

    def _look_after(self, me: str, streams: list[str]) -> None:
        """What I wrote outside these streams: what a restored server lost of it is unsent again."""
        after = 0
        while page := cursors.read_outside(self.journal, me, streams, after, MAX_EVENTS // 5):
            after = page[-1][0]
            told = self.remote.push(self.journal.hlc.device, [event for _n, event in page]).results
            if lost := [answer.id for answer in told if answer.status != "duplicate"]:
                cursors.unsend(self.journal, lost)

    # push

    def _push(self, meta: Meta, me: str) -> None:
        events, size = meta.limits.get("events", MAX_EVENTS), meta.limits.get("bytes", MAX_BYTES)
        offered: set[str] = set()
        while self.going():
            batch = outbox.next_batch(self.journal, events, size)
            if not batch or all(event.id in offered for event in batch):
                return  # what the server would neither take nor refuse waits for the next round
            for event in batch:
                event.found = event.actor not in (me, IMPORTED)
            offered.update(event.id for event in batch)
            try:
                self._offer(batch)
            except TooLarge as error:
                if len(batch) == 1:
                    self._set_aside(batch, error)
                events, size = max(1, len(batch) // 2), max(1, size // 2)
                offered.clear()

    def _offer(self, batch: list[WireEvent]) -> None:
        written = self._while_overtaken(lambda: self._push_once(batch))
        if written.rewritten:
            raise self._another_history()
        self.tally.pushed += written.sent
        self.tally.set_aside += written.set_aside
        self.tally.restamped += written.restamped
        self.tally.customers.update(written.customers)
        for customer_id in dict.fromkeys(written.differing):
            self.fetch(customer_id)
        self.tell(self.tally)

    def _push_once(self, batch: list[WireEvent]) -> answers.Written:
        answer = self.remote.push(self.journal.hlc.device, batch)
        self.server_time, self._sent = answer.server_time, True
        return answers.write_answers(self.journal, batch, answer.results, answer.server_time, self._turn)

    @staticmethod
    def _while_overtaken(ask: Callable[[], T]) -> T:
        """Ask, and write down the answer; again where another process wrote down a later one meanwhile."""
        while True:
            try:
                return ask()
            except Overtaken:
                continue

    def _set_aside(self, batch: list[WireEvent], error: SyncError) -> None:
        from advisor_tui.domain.wire import Told

        message = "This is larger than the server takes."
        told = [Told(id=event.id, status="rejected", code=error.code, message=message) for event in batch]
        written = self._while_overtaken(
            lambda: answers.write_answers(self.journal, batch, told, self.server_time, self._turn)
        )
        self.tally.set_aside += written.set_aside

    # pull

    def _pull(self, you: You) -> int:
        """Read every stream to its end; the number of the rights as the last page knew it."""
        self._grants = you.grants
        places = cursors.read_cursors(self.journal, you.streams)
        for stream in you.streams:
            place = places[stream.id]
            if self._sent or not _level(stream, place):
                self._read_on(stream, place)
        return self._grants

    def _read_on(self, stream: StreamHead, place: Followed) -> None:
        """Read one stream to its end, from where this replica is."""
        cursor, own, more = place.cursor, False, True
        while more and self.going():
            lines = self.remote.page(stream.id, cursor, self.page, own=own)
            end = lines.pop()
            assert end.next is not None
            if not end.more and cursors.seq_of(end.next) < place.last:
                raise self._another_history()
            if place.cursor and end.next == cursor and not lines:
                break
            try:
                arrived = self._write(lines, Place(stream.id, stream.name, end.next))
            except Overtaken:
                cursor = cursors.read_cursors(self.journal, [stream])[stream.id].cursor
                continue
            if arrived.missing:
                own = True
                continue
            self._count(arrived)
            cursor, own, more = end.next, False, end.more
            self._grants = end.control.grants if end.control is not None else self._grants
            if arrived.erased:
                self._acknowledge()

    def _write(self, lines: list[PulledLine], place: Place | None) -> arrivals.Arrived:
        arrived = arrivals.write_page(self.journal, lines, place, self._turn)
        if arrived.rewritten:
            raise self._another_history()
        return arrived

    @staticmethod
    def _another_history() -> EpochChanged:
        """A backup was put back and nobody said so: numbers that we know stand for other events now."""
        return EpochChanged(RESTORED, server="")

    def _count(self, arrived: arrivals.Arrived) -> None:
        self.tally.pulled += arrived.new
        self.tally.set_aside += arrived.replaced
        self.tally.customers |= arrived.customers
        self.tell(self.tally)

    def fetch(self, customer_id: str) -> bool:
        """Bring one customer here, whatever their team; whether there was something."""
        try:
            return self._while_overtaken(lambda: self._fetch_once(customer_id))
        except EpochChanged:
            cursors.begin_again(self.journal, self.remote.meta().epoch)
            return self._while_overtaken(lambda: self._fetch_once(customer_id))

    def _fetch_once(self, customer_id: str) -> bool:
        lines = self.remote.customer(customer_id)
        lines.pop()  # the end; who fetches one customer has no place in a stream
        self._count(self._write(lines, None))
        return bool(lines)

    def _acknowledge(self) -> None:
        """Erase what the server erased, and say so."""
        device, erasures = self.journal.hlc.device, self.remote.erasures()
        left = arrivals.with_words(self.journal, [erasure.customer_id for erasure in erasures])
        for erasure in erasures:
            waits = any(waiting.get("device") == device for waiting in erasure.waiting)
            if waits or erasure.customer_id in left:
                arrivals.erase_customer(self.journal, erasure.customer_id)
                self.tally.customers.add(erasure.customer_id)
            if waits:
                self.remote.acknowledge(erasure.id)

    # compare

    def _compare(self, you: You) -> bool:
        """Compare what both sides hold, 1,024 numbers at a time; a bucket that differs is read again, whole."""
        agreed = True
        for stream in you.streams:
            followed = cursors.read_cursors(self.journal).get(stream.id)
            if followed is None:
                continue
            for start in range(followed.checked - followed.checked % BUCKET, followed.seq + 1, 32 * BUCKET):
                end = min(followed.seq, start + 32 * BUCKET - 1)
                theirs = {bucket.from_: bucket for bucket in self.remote.buckets(stream.id, start, end)}
                ours = {bucket.from_: bucket for bucket in cursors.read_sums(self.journal, stream.id, start, end)}
                for place in sorted({*theirs, *ours}):
                    if theirs.get(place) != ours.get(place):
                        agreed = False
                        self._repair(stream.id, place, min(place + BUCKET - 1, followed.seq), you.name)
            if agreed:
                cursors.save_checked(self.journal, stream.id, followed.seq)
        return agreed

    def _repair(self, stream: str, start: int, end: int, me: str) -> None:
        """Read one bucket again; numbers that only we know are offered again."""
        known = self._while_overtaken(lambda: self._read_again(stream, start, end))
        with self.journal.reading() as connection:
            stale = [seq for seq in outbox.numbers(connection, stream, start, end) if seq not in known]
        if stale:
            cursors.offer_numbers(self.journal, stream, stale, me)

    def _read_again(self, stream: str, start: int, end: int) -> set[int]:
        """Read these numbers from the server, whole; those that have an event there."""
        lines: list[PulledLine] = []
        after = max(0, start - 1)
        while after < end:
            page = self.remote.page(stream, "", BUCKET, own=True, after=after)
            last = page.pop()
            lines += [line for line in page if line.seq <= end]
            following = cursors.seq_of(last.next or "")
            if following <= after:
                break
            after = following
        named = [msgspec.structs.replace(line, stream=stream) for line in lines if not line.left]
        self._count(self._write(named, None))
        return {line.seq for line in named if line.event is not None}


def _level(stream: StreamHead, place: Followed) -> bool:
    """Whether everything was read up to where the server was a moment ago, and it is the same history."""
    same = place.seq == stream.seq and cursors.mark_of(place.cursor) == stream.mark
    return bool(place.cursor) and same and place.last <= stream.seq
