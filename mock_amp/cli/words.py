"""How the commands call what they show: statuses and their colours, callbacks, spans of time."""

from typing import TYPE_CHECKING, Final

from mock_amp.core.instants import format_duration
from mock_amp.core.veils import visible

if TYPE_CHECKING:
    from datetime import datetime

    from mock_amp.client import Callback

STATUSES: Final = ("ACCEPTD", "DELIVRD", "SEEN", "EXPIRED", "DELETED", "UNDELIV", "REJECTD", "UNKNOWN")
STATES: Final = ("due", "retrying", "delivered", "discarded")

COLOURS: Final = {"DELIVRD": "green", "SEEN": "cyan", "ACCEPTD": "white", "UNDELIV": "red", "REJECTD": "red"}
"""Of statuses; what is not here has ended badly too, and is yellow."""


def colour_of(status: str) -> str:
    return COLOURS.get(status, "yellow")


def about(callback: "Callback") -> str:
    """What a callback carries: `report of VIBER SEEN`, `3 reports`, `reply`."""
    data = callback.body.get("data")
    if callback.kind != "report" or not isinstance(data, list) or not data:
        return callback.kind
    if len(data) > 1:
        return f"{len(data):,} reports"
    return f"report of {visible(str(data[0].get('type')))} {visible(str(data[0].get('status')))}"


def since(at: "datetime", begin: "datetime") -> str:
    """`+1.000 s`; from a minute on `+5m0.25s`."""
    span = at - begin
    seconds = span.total_seconds()
    if abs(seconds) < 60:
        return f"{seconds:+.3f} s"
    return f"+{format_duration(round(seconds * 1_000) * 1_000)}"
