"""How a soak is judged: by what was held when, and no verdict where there was too little to see."""

from collections import Counter
from dataclasses import fields, replace

from benchmarks.soak.faults import Plan, raised_in, what_is_left
from benchmarks.soak.part import Part, Verdict
from benchmarks.soak.samples import Sample, around, slope
from benchmarks.soak.telling import as_markdown

EMPTY = Sample.of({each.name: 0 for each in fields(Sample)})


def at(done: int, rss: int) -> Sample:
    return replace(EMPTY, done=done, rss=rss)


def test_memory_at_a_point_is_the_middle_of_what_was_seen_about_there() -> None:
    taken = [at(0, 1), at(49, 10), at(50, 90), at(51, 20), at(100, 30)]

    assert [around(taken, share) for share in (0, 0.5, 1.0)] == [1, 20, 30]


def test_the_slope_is_bytes_for_each_more() -> None:
    assert slope([at(0, 100), at(10, 120), at(20, 140)]) == 2.0
    assert slope([at(5, 100), at(5, 900)]) == 0.0


def test_what_there_is_more_of_is_left() -> None:
    start = replace(EMPTY, tasks=7, sockets=4, accounts=3, connections=None)
    end = replace(EMPTY, tasks=7, sockets=5, accounts=2, connections=9)

    assert what_is_left(start, end) == {"sockets": (4, 5)}


def test_a_traceback_is_counted_by_what_it_ends_with() -> None:
    traceback = 'Traceback (most recent call last):\n  File "a.py", line 1, in b\n    c()\n'
    log = f"warning: all well\n{traceback}OSError: no such luck\nwarning: more\n{traceback}OSError: no such luck\n"

    assert raised_in(log) == Counter({"OSError: no such luck": 2})


def test_a_short_soak_says_that_it_is_short() -> None:
    assert Plan(seconds=90, rate=50).title.startswith("1.5 minutes of 50 actions a second")
    assert Plan(seconds=4).title.startswith("4 seconds")


def test_a_part_is_what_it_was_when_it_comes_back_from_json() -> None:
    part = Part(
        name="level",
        title="a soak",
        start=at(0, 1),
        middle=at(5, 2),
        end=at(9, 3),
        samples=[at(0, 1), at(9, 3)],
        verdicts=[Verdict("memory is level", None, "too few messages")],
        notes=["a note"],
    )

    assert Part.of({"conditions": {}, **part.as_json()}) == part
    assert "- memory is level, not judged: too few messages." in as_markdown(part)
