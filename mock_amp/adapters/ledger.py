"""The ledger of the wire contract, read from `docs/wire-contract.md`, and how many tests name each rule."""

import ast
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

from mock_amp.adapters.files import data_folder

_CELL: Final = re.compile(r"(?<!\\)\|")
_ID: Final = re.compile(r"[A-Z]-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRule:
    """One rule: what holds, where that is from, whether it is known or chosen, since which version it holds here."""

    id: str
    text: str
    source: str
    standing: str
    since: str


def read_ledger() -> list[LedgerRule]:
    """Every rule, in the order of the document."""
    rules = []
    for line in (data_folder("docs") / "wire-contract.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]]
        if len(cells) == 5 and _ID.fullmatch(cells[0]):
            rules.append(LedgerRule(id=cells[0], text=cells[1], source=cells[2], standing=cells[3], since=cells[4]))
    return rules


@cache
def told_ledger() -> Sequence[dict[str, str]]:
    """The same as JSON has it, read once. Nobody changes it."""
    return tuple([asdict(rule) for rule in read_ledger()])


def count_tests() -> Counter[str] | None:
    """How many tests name each rule in their docstring; None outside a checkout, where there are none to count."""
    tests = Path(__file__).resolve().parents[2] / "tests"
    if not tests.is_dir():
        return None
    named: Counter[str] = Counter()
    for path in tests.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                named.update(set(_ID.findall(ast.get_docstring(node) or "")))
    return named
