"""Reads rule packs; an invalid one is refused with what is wrong and where."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from advisor_tui.domain.errors import Invalid
from advisor_tui.domain.rules import Rules

PACKS = Path(__file__).resolve().parent.parent / "rules"


@lru_cache(maxsize=4)
def load_rules(name: str) -> Rules:
    """The rule pack `name` that ships with the program."""
    path = PACKS / f"{name}.toml"
    if not path.is_file() or path.parent != PACKS:
        raise Invalid("There is no rule pack called {name}.", name=name)
    return read_rules(path)


def read_rules(path: Path) -> Rules:
    """The rule pack in `path`."""
    import msgspec

    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Rules)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Invalid("The rule pack {path} cannot be used: {reason}", path=str(path), reason=error) from error
