"""Lines before they are painted: pieces of harmless text, each with the name of its ink."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells, set_cell_size

from advisor_tui.domain.text import harmless

Piece = tuple[str, str]
Line = list[Piece]

INKS = ("text", "bright", "muted", "faint", "heading", "accent", "warning", "harm", "good", "found")


def width_of(text: str) -> int:
    """Cells that `text` takes on a terminal."""
    return len(text) if text.isascii() or max(text, default="") < "\u0300" else cell_len(text)


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells, an ellipsis where it was cut."""
    size = width_of(text)
    if size <= width:
        return text + " " * (width - size)
    if width <= 1:
        return "…"[: max(0, width)]
    kept = set_cell_size(text, width - 1).rstrip() + "…"
    return kept + " " * (width - width_of(kept))


def elided(line: str, width: int) -> str:
    """`line` with an ellipsis that says there is more, in at most `width` cells, cut between words."""
    if width_of(line) + 2 <= width:
        return line + " …"
    kept = fit(line, width - 2).rstrip("… ")
    return (kept.rsplit(" ", 1)[0] if " " in kept else kept) + " …"


def safe(line: Line) -> Line:
    """The last gate before the terminal: no piece holds a control character or a line break."""
    return [
        (text if text.isascii() and text.isprintable() else harmless(text).replace("\n", " "), ink)
        for text, ink in line
    ]


def line_width(line: Line) -> int:
    """Cells that a line takes."""
    return sum(width_of(text) for text, _ in line)


def spread(left: Line, right: Line, width: int) -> Line:
    """`left` and `right` at the two edges of `width` cells; the left is cut where they would meet."""
    space = width - line_width(right)
    used = line_width(left)
    if used < space or (not right and used <= space):
        return [*left, (" " * (space - used), "text"), *right]
    return [*cut(left, space - 1 if right else space), *([(" ", "text")] if right else []), *right]


def cut(line: Line, width: int) -> Line:
    """`line` in exactly `width` cells."""
    kept: Line = []
    for text, ink in line:
        size = width_of(text)
        if size > width:
            kept.append((fit(text, max(0, width)), ink))
            return kept
        kept.append((text, ink))
        width -= size
    if width > 0:
        kept.append((" " * width, "text"))
    return kept


def wrap(text: str, width: int, limit: int = 1_000_000) -> tuple[list[str], bool]:
    """`text` made harmless and broken at spaces into at most `limit` lines; whether some was left out.

    No-break spaces hold, long words are cut, empty lines in the middle stay.
    """
    width = max(4, width)
    lines: list[str] = []
    budget = limit * width * 2 + 400
    source = harmless(text if len(text) <= budget else text[:budget])
    for paragraph in source.strip("\n").split("\n"):
        for piece in _wrap_paragraph(paragraph.rstrip(), width):
            if len(lines) >= limit:
                return lines, True
            lines.append(piece)
    return lines, len(text) > budget


def _wrap_narrow(paragraph: str, width: int) -> list[str]:
    lines: list[str] = []
    start, end = 0, len(paragraph)
    while end - start > width:
        space = paragraph.rfind(" ", start, start + width + 1)
        if space <= start:
            lines.append(paragraph[start : start + width])
            start += width
        else:
            lines.append(paragraph[start:space])
            start = space + 1
    lines.append(paragraph[start:])
    return lines


def _wrap_paragraph(paragraph: str, width: int) -> list[str]:
    if len(paragraph) > 8 * width and width_of(paragraph) <= len(paragraph) // 4:  # a flood of what takes no cell
        paragraph = paragraph[: 8 * width]
    if paragraph.isascii() or max(paragraph) < "\u0300":  # a letter is a cell: no need to weigh each word
        return _wrap_narrow(paragraph, width)
    if width_of(paragraph) <= width:
        return [paragraph]
    lines: list[str] = []
    current, used = "", 0
    for word in paragraph.split(" "):
        size = width_of(word)
        if current and used + 1 + size <= width:
            current, used = f"{current} {word}", used + 1 + size
            continue
        if current:
            lines.append(current)
        if size > width:
            *full, word = chop_cells(word, width)
            lines += full
            size = width_of(word)
        current, used = word, size
    lines.append(current)
    return lines
