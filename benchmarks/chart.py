"""The chart of a report: how far each figure keeps from what is wanted of it, to the right of the line or short of it.

It has a ground of its own, so that it reads the same on a light page and on a dark one.
"""

import io
from collections.abc import Sequence
from textwrap import fill
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from benchmarks.model import Row
from benchmarks.report import Report
from benchmarks.tables import figure, wanted

MET: Final = "#1f6fb2"
MISSED: Final = "#c8511b"

_GROUND, _INK, _FAINT = "#fbfbfa", "#1f2328", "#8b949e"
_MOST: Final = 20.0
"""A figure that is better or worse by more than this is drawn as if by this; the words beside it say what it was."""
_LEAST: Final = 1 / 4
_INCH_A_ROW: Final = 0.36
_LETTERS: Final = 40
_LETTERS_BELOW: Final = 180
_DASHES: Final = (0, (2, 1.5))


def as_svg(report: Report) -> str:
    """The same report gives the same bytes. Words are kept as words, in the plain letters that the reader has."""
    with mpl.rc_context(
        {"svg.hashsalt": "mock-amp", "svg.fonttype": "none", "font.family": "DejaVu Sans", "font.size": 9}
    ):
        drawn = io.StringIO()
        _draw([line.row for line in report.lines], report.conditions.as_text().replace("`", "")).savefig(
            drawn, format="svg", facecolor=_GROUND, metadata={"Date": None}
        )
    return drawn.getvalue()


def margin(row: Row) -> float:
    """How many times better than wanted; below 1 it is missed. Kept to what the chart has room for."""
    judged, target = max(row.judged, 1e-9), max(row.target, 1e-9)
    times = judged / target if row.sense == "at least" else target / judged
    return min(max(times, _LEAST), _MOST)


def _draw(rows: Sequence[Row], conditions: str) -> Figure:
    height = _INCH_A_ROW * len(rows) + 1.3
    drawn = Figure(figsize=(11, height))
    axes = drawn.add_axes((0.30, 0.75 / height, 0.40, _INCH_A_ROW * len(rows) / height), facecolor=_GROUND)
    places = range(len(rows))
    for at, row in zip(places, rows, strict=True):
        times = margin(row)
        axes.barh(at, times - 1, left=1, height=0.62, color=MET if row.met else MISSED)
        if row.aim is not None:
            aim = row.aim / row.target if row.sense == "at least" else row.target / row.aim
            axes.plot([aim, aim], [at - 0.4, at + 0.4], color=_INK, linewidth=1.2, linestyle=_DASHES)
        axes.annotate(
            _words(row), (1, at), (8, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center"
        )
    axes.axvline(1, color=_INK, linewidth=1.4)
    axes.set_xscale("log")
    axes.set_xlim(_LEAST, _MOST)
    ticks = [1 / 4, 1 / 2, 1, 2, 5, 10, 20]
    axes.set_xticks(ticks, ["1/4 or less", "1/2", "wanted", "2 times", "5", "10", "20 or more"])
    axes.minorticks_off()
    axes.set_yticks(places, [fill(row.name, _LETTERS) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(length=0, colors=_INK)
    axes.grid(axis="x", color=_FAINT, alpha=0.35, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    drawn.legend(
        handles=[
            Patch(color=MET, label="met"),
            Patch(color=MISSED, label="missed"),
            Line2D([], [], color=_INK, linewidth=1.2, linestyle=_DASHES, label="aim"),
        ],
        loc="upper right",
        bbox_to_anchor=(0.99, 1 - 0.08 / height),
        frameon=False,
        ncols=3,
        labelcolor=_INK,
    )
    drawn.text(0.012, 1 - 0.32 / height, "How many times better than wanted", fontsize=12, weight="bold", color=_INK)
    drawn.text(0.012, 0.12 / height, fill(conditions, _LETTERS_BELOW), fontsize=7, color="#57606a")
    return drawn


def _words(row: Row) -> str:
    if row.ratio is None:
        return f"{figure(row.ours)} {row.unit}; {wanted(row)}"
    return f"ratio {figure(row.ratio)}; {wanted(row)}"
