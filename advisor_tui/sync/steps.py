"""The steps of one exchange, each safe to be cut anywhere: offer what is unsent, read what is new, compare.

Nothing is taken off the queue before the server has said that it holds it; nothing counts as read before it is on disk.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from advisor_tui.domain.events import IMPORTED
from advisor_tui.domain.wire import BUCKET, MAX_BYTES, MAX_EVENTS, Meta, PulledLine, StreamHead, WireEvent, You
from advisor_tui.store.journal import Journal
from advisor_tui.store.replica import answers, arrivals, cursors, outbox
from advisor_tui.store.replica.arrivals import Place
from advisor_tui.sync.errors import RESTORED, EpochChanged, RefusedByServer, SyncError, TooLarge
from advisor_tui.sync.remote import Remote

PAGE = 1000
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
        facts = cursors.read_facts(self.journal)
        if facts.get("epoch") != meta.epoch:
            if facts.get("epoch"):
                cursors.begin_again(self.journal, meta.epoch)
                facts = cursors.read_facts(self.journal)
            else:
                cursors.keep_facts(self.journal, epoch=meta.epoch)
        self._fit_rights(meta.you)
        repairing = facts.get("repair") == "1"
        self._sent = False
        if not repairing:
            self._push(meta, meta.you.name)
        grants = self._pull(meta.you)
        if repairing:
            self.tally.offered_again += cursors.offer_again(self.journal, meta.you.name)
            return False
        if check or facts.get("erasures") != meta.epoch:
            self._acknowledge()
            cursors.keep_facts(self.journal, erasures=meta.epoch)
        if check:
            self._look_after(meta.you.name, [stream.id for stream in meta.you.streams])
        if check and facts.get("found"):
            self.tally.offered_again += cursors.offer_found(self.journal, facts["found"] == "due")
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
        answer = self.remote.push(self.journal.hlc.device, batch)
        self.server_time, self._sent = answer.server_time, True
        written = answers.write_answers(self.journal, batch, answer.results, answer.server_time)
        if written.rewritten:
            raise self._another_history()
        self.tally.pushed += written.sent
        self.tally.set_aside += written.set_aside
        self.tally.restamped += written.restamped
        self.tally.customers.update(written.customers)
        for customer_id in dict.fromkeys(written.differing):
            self.fetch(customer_id)
        self.tell(self.tally)

    def _set_aside(self, batch: list[WireEvent], error: SyncError) -> None:
        from advisor_tui.domain.wire import Told

        message = "This is larger than the server takes."
        told = [Told(id=event.id, status="rejected", code=error.code, message=message) for event in batch]
        written = answers.write_answers(self.journal, batch, told, self.server_time)
        self.tally.set_aside += written.set_aside

    # pull

    def _pull(self, you: You) -> int:
        """Read every stream to its end; the number of the rights as the last page knew it."""
        grants = you.grants
        for stream in you.streams:
            followed = cursors.read_cursors(self.journal).get(stream.id)
            cursor = followed.cursor if followed is not None else ""
            if not self._sent and self._level(stream, cursor):
                continue
            own, more = False, True
            while more and self.going():
                last = cursors.last_number(self.journal, stream.id)
                lines = self.remote.page(stream.id, cursor, self.page, own=own)
                end = lines.pop()
                assert end.next is not None
                if not end.more and cursors.seq_of(end.next) < last:
                    raise self._another_history()
                if followed is not None and end.next == cursor and not lines:
                    break
                arrived = self._write(lines, Place(stream.id, stream.name, end.next))
                if arrived.missing:
                    own = True
                    continue
                self._count(arrived)
                cursor, own, more = end.next, False, end.more
                grants = end.control.grants if end.control is not None else grants
                if arrived.erased:
                    self._acknowledge()
        return grants

    def _level(self, stream: StreamHead, cursor: str) -> bool:
        """Whether everything was read up to where the server was a moment ago, and it is the same history."""
        if not cursor or cursors.seq_of(cursor) != stream.seq or cursors.mark_of(cursor) != stream.mark:
            return False
        return cursors.last_number(self.journal, stream.id) <= stream.seq

    def _write(self, lines: list[PulledLine], place: Place | None) -> arrivals.Arrived:
        arrived = arrivals.write_page(self.journal, lines, place)
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
        lines = self.remote.customer(customer_id)
        end = lines.pop()
        assert end.next is not None
        try:
            arrived = self._write(lines, None)
        except EpochChanged:
            cursors.begin_again(self.journal, self.remote.meta().epoch)
            arrived = self._write(lines, None)
        self._count(arrived)
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
        known = {line.seq for line in named if line.event is not None}
        with self.journal.reading() as connection:
            stale = [seq for seq in outbox.numbers(connection, stream, start, end) if seq not in known]
        if stale:
            cursors.offer_numbers(self.journal, stream, stale, me)
