"""docs/claims.md names a test for each claim: one that is there, and that always runs."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d{3}-\d\d) \| (.+?) \| (.+?) \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs" / "claims.md").read_text(encoding="utf-8"))
SELDOM = {"skip", "skipif", "xfail", "slow", "real", "secret_service"}


@lru_cache(maxsize=64)
def functions(path: Path) -> dict[str, list[str]]:
    """The tests of a file, `Class::name` where they have one, each with what decorates it and its class."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        members = node.body if isinstance(node, ast.ClassDef) else [node]
        above = [ast.unparse(one) for one in node.decorator_list] if isinstance(node, ast.ClassDef) else []
        for member in members:
            if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{node.name}::{member.name}" if isinstance(node, ast.ClassDef) else member.name
                found[name] = above + [ast.unparse(one) for one in member.decorator_list]
    return found


def test_every_claim_is_named_once_and_in_order() -> None:
    ids = [id_ for id_, _said, _tests in ROWS]
    assert len(ids) > 25
    assert ids == sorted(set(ids))


@pytest.mark.parametrize(("id_", "tests"), [(id_, tests) for id_, _said, tests in ROWS])
def test_a_claim_is_shown_by_tests_that_run(id_: str, tests: str) -> None:
    named = re.findall(r"`([^`]+)`", tests)
    assert named, id_
    for test in named:
        file, _colons, name = test.partition("::")
        decorators = functions(ROOT / file)[name]
        assert name.rpartition("::")[2].startswith("test_")
        assert not [mark for mark in decorators for word in SELDOM if f"mark.{word}" in mark], test
