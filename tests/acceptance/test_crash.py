"""The crash test in short, and that its auditor finds what it looks for. `make crash` runs it in full."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.acceptance.crash import Plan, crash

SHORT = Plan(rounds=5, seed=42, clients=8, large=2, most=1_500, moments=("answered", "advance", "large"))
ONCE = Plan(rounds=1, seed=7, clients=4, large=0, moments=("answered",), calls=250)
"""Killed after what clients have done, not after a while: a slow machine has as much to lose."""

DAMAGE = {
    "DELETE FROM message WHERE number LIKE '%7'": "was answered 200 and is lost",
    "INSERT INTO message SELECT m.account, ordinal + 999000000, job, cohort, number, custom_id, params "
    "FROM message m JOIN job j ON j.account = m.account AND j.key = m.job WHERE j.size = 1": "has 2 messages, not 1",
    "UPDATE callback SET state = 'delivered' WHERE state = 'retrying'": "is delivered after [False",
    "DELETE FROM request WHERE number = 1": "the journal has gaps",
    "UPDATE account SET clock_shown = clock_shown - 3600000000": "its clock was told to show",
    "DELETE FROM token WHERE account <> 'default'": "/1/im/status/1: 401",
}
"""What somebody does to the file while no server has it, and what the auditor says of it."""


def test_nothing_is_lost_and_nothing_done_twice_when_the_server_is_killed_again_and_again(tmp_path: Path) -> None:
    """D8: what was answered is there, what was owed is posted, no attempt is made a fourth time."""
    report = crash(SHORT, tmp_path)

    assert report.facts.problems == []
    assert report.facts.tally["messages"] > 20
    assert len(report.facts.kills) >= SHORT.rounds


def test_the_auditor_finds_what_somebody_does_to_the_file(tmp_path: Path) -> None:
    report = crash(replace(ONCE, hurt=lambda file: _run(file, DAMAGE)), tmp_path)

    told = "\n".join(report.facts.problems)
    assert [words for words in DAMAGE.values() if words not in told] == [], told[:2_000]


def test_the_auditor_finds_what_never_happens(tmp_path: Path) -> None:
    """It shows only once nothing is due any more."""
    report = crash(replace(ONCE, hurt=lambda file: _run(file, ["DELETE FROM agenda WHERE kind = 'move'"])), tmp_path)

    assert any("goes on no more" in each for each in report.facts.problems), report.facts.problems[:3]


def _run(file: Path, statements: Iterable[str]) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for each in statements:
            connection.execute(each)
