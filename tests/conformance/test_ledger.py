"""The contract and everything that names its rules agree: tests, refusals, the schema of a request."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from mock_amp.core.refusals import CATALOGUE

_ROOT: Final = Path(__file__).parents[2]
_ROW: Final = re.compile(r"^\| ([A-Z]-\d+) \|.*\| ([^|]+) \|$", re.MULTILINE)
_NAMED: Final = re.compile(r"[A-Z]-\d+(?:, [A-Z]-\d+)*")
_BY_FIELD: Final = "by-field"

_CONTRACT: Final = (_ROOT / "docs" / "wire-contract.md").read_text(encoding="utf-8")

LEDGER: Final = _ROW.findall(_CONTRACT)
"""(id, since) of every rule."""

SINCE: Final[dict[str, str]] = dict(LEDGER)
EMULATED: Final = [rule for rule, since in LEDGER if since != "next"]


def _named_by_tests() -> Iterator[tuple[str, str]]:
    """(rule, where) of every id at the head of a test's docstring."""
    for file in sorted((_ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                head = _NAMED.match(ast.get_docstring(node) or "")
                for rule in head[0].split(", ") if head else ():
                    yield rule, f"{file.relative_to(_ROOT)}::{node.name}"


def _rules_of(schema: Any) -> Iterator[str]:
    """Every x-rule of a schema, wherever it stands."""
    if isinstance(schema, dict):
        if isinstance(schema.get("x-rule"), str):
            yield schema["x-rule"]
        for part in schema.values():
            yield from _rules_of(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _rules_of(part)


NAMED: Final = list(_named_by_tests())


def test_the_ledger_has_each_rule_once() -> None:
    """A row that the pattern above does not read would hide a rule from the tests below."""
    rows = _CONTRACT.splitlines()
    ids = [line.split("|")[1].strip() for line in rows if re.match(r"\| *[A-Z]+-?\d+[^|]*\|.*\|.*\|.*\|", line)]

    assert ids == [rule for rule, _ in LEDGER]
    assert len(set(ids)) == len(ids)
    assert set(SINCE.values()) == {"0.1"}


@pytest.mark.parametrize("rule", EMULATED)
def test_every_emulated_rule_is_named_by_a_test(rule: str) -> None:
    """At the head of its docstring, here or in another tier."""
    assert rule in {named for named, _ in NAMED}


def test_no_test_names_a_rule_that_there_is_not() -> None:
    """An id that nobody can look up explains nothing."""
    strangers = [(rule, where) for rule, where in NAMED if rule not in SINCE]

    assert strangers == []


def test_every_refusal_names_a_rule_of_the_ledger() -> None:
    """Unless it takes the rule of the field."""
    rules = {refusal.rule for refusal in CATALOGUE.values()} - {_BY_FIELD}

    assert sorted(rules - SINCE.keys()) == []
    assert len(rules) > 10


def test_every_rule_of_the_request_schema_is_in_the_ledger() -> None:
    """These are the rules that refusals by field take."""
    rules = set(_rules_of(json.loads((_ROOT / "schemas" / "im-request.json").read_text(encoding="utf-8"))))

    assert sorted(rules - SINCE.keys()) == []
    assert len(rules) > 20
