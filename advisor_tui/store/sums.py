"""Sums over what a replica or a server holds of a stream, for the two to be compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from advisor_tui.domain.wire import BUCKET, MARKS, Bucket, event_mark


def sum_up(rows: Iterable[Any]) -> list[Bucket]:
    """Buckets over (seq, id, hlc, body) rows; empty buckets are left out."""
    found: dict[int, Bucket] = {}
    for seq, id_, hlc, body in rows:
        start = seq - seq % BUCKET
        bucket = found.get(start)
        if bucket is None:
            bucket = found[start] = Bucket(from_=start, count=0, sum=0)
        bucket.count += 1
        bucket.sum = (bucket.sum + event_mark(id_, hlc, body)) % MARKS
    return [found[start] for start in sorted(found)]
