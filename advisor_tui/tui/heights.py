"""Heights of many rows: a Fenwick tree, so that a row's place and the row at a place cost log n."""

from __future__ import annotations

from collections.abc import Iterable


class Heights:
    """Prefix sums over row heights that may change one at a time."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights = list(heights)
        self._tree = [0, *self._heights]
        for place in range(1, len(self._tree)):
            parent = place + (place & -place)
            if parent < len(self._tree):
                self._tree[parent] += self._tree[place]
        self.total = sum(self._heights)

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, row: int) -> int:
        return self._heights[row]

    def set(self, row: int, height: int) -> None:
        """Give `row` another height."""
        change = height - self._heights[row]
        if not change:
            return
        self._heights[row] = height
        self.total += change
        place = row + 1
        while place < len(self._tree):
            self._tree[place] += change
            place += place & -place

    def extend(self, heights: Iterable[int]) -> None:
        """Add rows at the end."""
        for height in heights:
            self._heights.append(height)
            place = len(self._heights)
            low = place - (place & -place)
            self._tree.append(height + self.top(place - 1) - self.top(low))
            self.total += height

    def top(self, row: int) -> int:
        """The first line of `row`: the sum of all heights before it."""
        total = 0
        while row > 0:
            total += self._tree[row]
            row -= row & -row
        return total

    def at(self, line: int) -> tuple[int, int]:
        """(row, line within it) at `line`; the last row when beyond the end."""
        if not self._heights:
            return 0, 0
        place, step = 0, 1 << (len(self._heights).bit_length())
        left = line
        while step:
            probe = place + step
            if probe < len(self._tree) and self._tree[probe] <= left:
                place = probe
                left -= self._tree[probe]
            step >>= 1
        if place >= len(self._heights):
            return len(self._heights) - 1, max(0, self._heights[-1] - 1)
        return place, left
