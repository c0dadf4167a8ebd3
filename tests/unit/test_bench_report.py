"""How the benchmarks are told: nothing is met that was missed, and what is no figure is no row."""

import inspect
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from benchmarks import chart, tables
from benchmarks.measures import MEASURES, Measure
from benchmarks.model import Row, against, alone
from benchmarks.report import Broken, Conditions, Line, Report, dumps, lines_of, loads

FASTER = against("sends", "requests/s", [50, 60, 52], [100, 100, 80], "at least", 0.50, 0.65, "on 32 connections")
SLOWER = against("answers", "ms", [40, 42], [10, 10], "at most", 2.0)
SMALL = alone("memory", "MB", [55.26], "at most", 70)
CONDITIONS = Conditions(
    command="make bench",
    date="2026-01-02",
    commit="abc1234",
    cpu="A Processor",
    cores=2,
    system="Linux 6.1",
    python="3.11.9",
    packages={"aiohttp": "3.14.0"},
)


def report(*rows: Row, main: int = 1) -> Report:
    return Report(conditions=CONDITIONS, lines=lines_of("some", main, rows))


def test_a_ratio_is_the_median_of_the_rounds_with_the_lowest_and_the_highest() -> None:
    assert (FASTER.ratio, FASTER.spread, FASTER.met) == (0.6, (0.5, 0.65), True)


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (replace(SMALL, ours=70.0), True),
        (replace(SMALL, ours=70.001), False),
        (replace(FASTER, ratio=0.5), True),
        (replace(FASTER, ratio=0.4999), False),
    ],
)
def test_a_target_is_met_up_to_itself_and_no_further(row: Row, met: bool) -> None:  # noqa: FBT001 — a column of the table
    assert row.met is met
    assert (chart.margin(row) >= 1) is met


def test_the_markdown_says_what_was_missed_and_under_what_it_was_taken() -> None:
    text = tables.as_markdown(report(FASTER, SLOWER, SMALL))

    assert text.splitlines() == [
        "| What | Ours | Floor | Ratio | Wanted | Met |",
        "| --- | ---: | ---: | ---: | --- | --- |",
        "| sends | 52.0 requests/s | 100 requests/s | 0.60 (0.50 to 0.65) | at least 0.50, aim 0.65 | yes |",
        "| answers | 41.0 ms | 10.0 ms | 4.10 (4.00 to 4.20) | at most 2.00 | **missed** |",
        "| memory | 55.3 MB |  |  | at most 70.0 MB | yes |",
        "",
        "- sends: on 32 connections.",
        "",
        "`make bench` on 2026-01-02, commit abc1234: A Processor, 2 cores, Linux 6.1, Python 3.11.9, aiohttp 3.14.0.",
    ]


def test_the_spread_is_of_ours_where_there_is_no_floor() -> None:
    row = alone("life", "s", [5.0, 7.0, 6.5], "at most", 6)

    assert "| life | 6.50 s (5.00 to 7.00) |  |  | at most 6.00 s | **missed** |" in tables.as_markdown(report(row))


def test_the_main_rows_are_the_first_of_a_measure_without_spread_and_notes() -> None:
    text = tables.as_markdown(report(FASTER, SLOWER), main_only=True)

    assert "| sends | 52.0 requests/s | 100 requests/s | 0.60 | at least 0.50, aim 0.65 | yes |" in text
    assert "answers" not in text
    assert "32 connections" not in text


def test_a_figure_is_not_rounded_into_its_target() -> None:
    """2.003 would read 2.00: the word beside it says that it was missed."""
    text = tables.as_markdown(report(replace(SLOWER, ratio=2.003)))

    assert "| 2.00 (4.00 to 4.20) | at most 2.00 | **missed** |" in text


@pytest.mark.parametrize(
    ("value", "told"),
    [(12345.6, "12,346"), (1234, "1,234"), (100, "100"), (12.34, "12.3"), (1.234, "1.23"), (0, "0.00")],
)
def test_a_figure_has_the_digits_that_a_reader_needs(value: float, told: str) -> None:
    assert tables.figure(value) == told


def test_a_table_takes_the_place_of_the_one_before() -> None:
    page = "# Page\n\n<!-- benchmarks:begin -->\n\nold\n\n<!-- benchmarks:end -->\n\nMore.\n"

    once = tables.between_marks(page, "benchmarks", "new \\1")

    assert once == page.replace("old", "new \\1")
    assert tables.between_marks(once, "benchmarks", "new \\1") == once


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(tables.NoMarks, match="benchmarks:begin"):
        tables.between_marks("# Page\n", "benchmarks", "new")


def test_a_report_is_read_back_as_it_was_written() -> None:
    written = report(FASTER, SLOWER, SMALL)

    assert loads(dumps(written)) == written


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_row(wrong: float) -> None:
    with pytest.raises(Broken, match="no number"):
        lines_of("some", 1, [replace(SMALL, ours=wrong)])


def test_a_measure_without_rows_is_broken() -> None:
    with pytest.raises(Broken, match="no rows"):
        lines_of("some", 1, [])


def test_the_chart_keeps_what_is_far_off_within_its_frame() -> None:
    far = alone("idle year", "ms", [0.0], "at most", 50)
    lost = alone("lost", "posts/s", [0.0], "at least", 50)

    assert (chart.margin(far), chart.margin(lost)) == (20, 0.25)


def test_the_chart_names_every_row_and_is_the_same_for_the_same_report() -> None:
    told = report(FASTER, SLOWER, SMALL)

    drawn = chart.as_svg(told)

    assert drawn == chart.as_svg(told)
    words = " ".join(ElementTree.fromstring(drawn.encode()).itertext())  # noqa: S314 — our own
    for row in (FASTER, SLOWER, SMALL):
        assert row.name in words
    assert drawn.count(chart.MISSED) == chart.as_svg(report(FASTER, SMALL)).count(chart.MISSED) + 1


def test_rounds_can_be_said_of_a_measure_that_has_them() -> None:
    async def run() -> list[Row]:
        return [SMALL]

    with_rounds = Measure(name="a", run=run, full={"rounds": 9, "size": 5}, smoke={"rounds": 1, "size": 1})
    without = Measure(name="b", run=run, full={"size": 5}, smoke={"size": 1})

    assert with_rounds.parameters(smoke=False, rounds=3) == {"rounds": 3, "size": 5}
    assert with_rounds.parameters(smoke=True, rounds=None) == {"rounds": 1, "size": 1}
    assert without.parameters(smoke=False, rounds=3) == {"size": 5}


def test_every_measure_has_a_name_of_its_own() -> None:
    assert len({each.name for each in MEASURES}) == len(MEASURES)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_measure_takes_the_parameters_that_it_is_given(measure: Measure) -> None:
    for smoke in (False, True):
        inspect.signature(measure.run).bind(**measure.parameters(smoke=smoke, rounds=None))


def test_lines_say_which_measure_they_are_of() -> None:
    assert lines_of("some", 1, [FASTER, SLOWER]) == [
        Line(measure="some", main=True, row=FASTER),
        Line(measure="some", main=False, row=SLOWER),
    ]
