"""Bodies of every type, with something in every field: what reads or changes bodies must miss none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import inspect

from advisor_tui.domain.events import BODIES


def filled(type_: str, word: Callable[[], str]) -> dict[str, Any]:
    """A body of the event type as JSON holds it: each free text is what `word` gives, lists hold two."""
    made = _value(inspect.type_info(BODIES[type_]), word)
    assert isinstance(made, dict)
    return made


def leaves(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from leaves(part)


def body_of(type_: str, fields: dict[str, Any]) -> msgspec.Struct:
    """The body that these fields say."""
    return msgspec.convert(fields, BODIES[type_])


def _value(info: Any, word: Callable[[], str]) -> Any:
    match info:
        case inspect.StrType():
            return word()
        case inspect.IntType():
            return 3
        case inspect.BoolType():
            return True
        case inspect.LiteralType():
            return info.values[0]
        case inspect.ListType():
            return [_value(info.item_type, word), _value(info.item_type, word)]
        case inspect.DictType():
            return {"clef": _value(info.value_type, word)}
        case inspect.AnyType():
            return {"clef": word()}
        case inspect.UnionType():
            return _value(next(part for part in info.types if not isinstance(part, inspect.NoneType)), word)
        case inspect.StructType():
            return {field.encode_name: _value(field.type, word) for field in info.fields}
        case _:
            raise AssertionError(f"{info} is new here")
