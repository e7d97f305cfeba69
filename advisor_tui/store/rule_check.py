"""Reads a file of rules, and says what is wrong in it: the line, the key, and what was expected there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import fields

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.rule_types import description_of
from advisor_tui.domain.rules import META, Rules, Table, each_table
from advisor_tui.language import N_, _

LARGEST = 200_000
"""Bytes of the largest file that is taken for rules."""
SHOWN = 60
"""Characters of a wrong value that are told."""
TablePath = tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A file of rules: where it is, its text, and what the text says."""

    path: Path
    text: str
    raw: dict[str, Any]


def read_document(path: Path) -> Document:
    """The TOML file `path`; Invalid tells the line that is none."""
    try:
        with path.open("rb") as handle:
            content = handle.read(LARGEST + 1)
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Invalid("The rules in {path} cannot be read: {reason}", path=str(path), reason=reason) from error
    if len(content) > LARGEST:
        raise Invalid("The rules in {path} are too many: more than {limit} bytes.", path=str(path), limit=LARGEST)
    try:
        return Document(path, text, tomllib.loads(text))
    except (ValueError, RecursionError) as error:  # some numbers are too long for it
        found = re.search(r"\(at line (\d+)", str(error))
        line = int(found[1]) if found else text.rstrip("\n").count("\n") + 1
        reason = re.sub(r"\s*\(at [^()]*\)$", "", str(error))
        raise Invalid(
            "{path}, line {line}: this is not TOML: {reason}", path=str(path), line=line, reason=reason
        ) from error


def checked(raw: dict[str, Any], document: Document) -> Rules:
    """The rules in `raw`; Invalid names the line of `document` that makes them none."""
    try:
        rules = msgspec.convert(raw, Rules)
    except msgspec.ValidationError as error:
        _explain(Rules, raw, (), document)
        raise Invalid("The rule pack {path} cannot be used: {reason}", path=str(document.path), reason=error) from error
    for table, made in each_table(rules):
        for key, expected in made.flaws():
            raise _wrong(document, (*table, key), expected, value_at(raw, (*table, key)))
    if "general" not in rules.complaints:
        raise _missing_table(document, ("complaints", "general"))
    return rules


def check_override(document: Document) -> Iterator[tuple[TablePath, tuple[str, ...]]]:
    """The tables a team changes, each with the keys it changes there; each says why."""
    for table, hint in _tables(Rules, document.raw, (), document):
        said = value_at(document.raw, table)
        _only_known(hint, said, table, document)
        note = said.get("note", "")
        if isinstance(note, str) and not note.strip():
            raise Invalid(
                "{path}, line {line}: [{table}] changes rules and must say why: note = \"…\"",
                **_where(document, table), table=".".join(table),
            )  # fmt: skip
        yield table, tuple(key for key in said if key not in META)


def line_of(text: str, path: TablePath) -> int:
    """The line (from 1) on which TOML that can be read begins to say `path`, which it does."""
    lines = [line + "\n" for line in text.split("\n")]
    before, after = 0, len(lines)
    while True:
        middle = (before + after) // 2
        for end in (*range(middle, before, -1), *range(middle + 1, after)):
            said = _says("".join(lines[:end]), path)
            if said is not None:
                break
        else:
            return before + 1
        before, after = (before, end) if said else (end, after)


def value_at(raw: Any, path: TablePath) -> Any:
    """What stands at `path`; None where nothing does."""
    for name in path:
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw


def _says(text: str, path: TablePath) -> bool | None:
    """Whether `text` says anything at `path`; None where it ends in the middle of something."""
    try:
        return value_at(tomllib.loads(text), path) is not None
    except ValueError:
        return None


def _hints(struct: type) -> dict[str, Any]:
    return get_type_hints(struct, include_extras=True)


def _is_table(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Table)


def _is_group(hint: Any) -> bool:
    """Whether a type holds tables under names of its own, as the pack does, and all that is about canvassing."""
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct) and any(map(_is_table, _hints(hint).values()))


def _tables(hint: Any, raw: Any, path: TablePath, document: Document) -> Iterator[tuple[TablePath, type[Table]]]:
    """The tables that `raw` holds, under a pack, a group of tables or a dictionary of them."""
    if not isinstance(raw, dict):
        raise _wrong(document, path, N_("a table"), raw)
    if _is_table(hint):
        yield path, hint
    elif _is_group(hint):
        named = {key: one for key, one in _hints(hint).items() if key != "name"}
        for key, value in raw.items():
            if key not in named:
                raise _unknown_table(document, (*path, key), list(named))
            yield from _tables(named[key], value, (*path, key), document)
    else:
        for key, value in raw.items():
            yield from _tables(get_args(hint)[1], value, (*path, key), document)


def _explain(hint: Any, raw: Any, path: TablePath, document: Document) -> None:
    """Raise Invalid for the first thing in `raw` that is not of the type `hint`."""
    if get_origin(hint) is dict or _is_group(hint) or _is_table(hint):
        if not isinstance(raw, dict):
            raise _wrong(document, path, N_("a table"), raw)
        if get_origin(hint) is dict:
            for key, value in raw.items():
                _explain(get_args(hint)[1], value, (*path, key), document)
            return
        _only_known(hint, raw, path, document)
        hints = _hints(hint)
        for field in fields(hint):
            if field.name in raw:
                _explain(hints[field.name], raw[field.name], (*path, field.name), document)
            elif field.required and _is_table(hint):
                raise _missing_key(document, path, field.name, _expected(hints[field.name]))
            elif field.required:
                raise _missing_table(document, (*path, field.name))
        return
    try:
        msgspec.convert(raw, hint)
    except msgspec.ValidationError as error:
        raise _wrong(document, path, _expected(hint), raw) from error


def _only_known(hint: Any, raw: dict[str, Any], path: TablePath, document: Document) -> None:
    known = [field.name for field in fields(hint)]
    for key in raw:
        if key not in known:
            raise (_unknown_key if _is_table(hint) else _unknown_table)(document, (*path, key), known)


def _expected(hint: Any) -> str:
    return next(filter(None, map(description_of, (hint, *get_args(hint)))), N_("a text"))


def _where(document: Document, path: TablePath) -> dict[str, Any]:
    """The file, and the line of the nearest thing to `path` that it says."""
    while path and value_at(document.raw, path) is None:
        path = path[:-1]
    return {"path": str(document.path), "line": line_of(document.text, path) if path else 1}


def _wrong(document: Document, path: TablePath, expected: str, found: Any) -> Invalid:
    import json

    try:
        said = json.dumps(found, ensure_ascii=False, default=str)
    except ValueError:  # a number too long to be written
        said = "…"
    return Invalid(
        "{path}, line {line}: {key} should be {expected}, not {found}.", **_where(document, path), key=".".join(path),
        expected=_(expected).format(), found=said if len(said) <= SHOWN else said[:SHOWN] + "…",
    )  # fmt: skip


def _unknown_table(document: Document, path: TablePath, known: list[str]) -> Invalid:
    return Invalid(
        "{path}, line {line}: there is no table called {table}. Tables: {known}", **_where(document, path),
        table=".".join(path)[:SHOWN], known=", ".join(known),
    )  # fmt: skip


def _unknown_key(document: Document, path: TablePath, known: list[str]) -> Invalid:
    return Invalid(
        "{path}, line {line}: [{table}] has no rule called {key}. Rules there: {known}", **_where(document, path),
        table=".".join(path[:-1]), key=path[-1][:SHOWN], known=", ".join(known),
    )  # fmt: skip


def _missing_table(document: Document, path: TablePath) -> Invalid:
    return Invalid(
        "{path}, line {line}: the table [{table}] is missing.", **_where(document, path), table=".".join(path)
    )


def _missing_key(document: Document, table: TablePath, key: str, expected: str) -> Invalid:
    return Invalid(
        "{path}, line {line}: [{table}] lacks {key}: {expected}.", **_where(document, table), table=".".join(table),
        key=key, expected=_(expected).format(),
    )  # fmt: skip
