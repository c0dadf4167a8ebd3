"""Server-sent events out of bytes, however they come (the HTML standard, as far as the control plane speaks it)."""

import pytest

from mock_amp.client import Event, NotReached
from mock_amp.client.stream import EventReader

STREAM = (
    "retry: 1000\n"
    "id: run-0\n"
    "\n"
    ": all is well\n"
    "\n"
    "id: run-1\n"
    "event: request\n"
    'data: {"reason":"Grüße: 你好\\r\\n🌊"}\n'
    "\n"
    'event:status\ndata:{"a":\ndata: 1}\ncolour: green\n\n'
    "event: clock\n\n"
    "data: {}\n\n"
    'event: gap\ndata: {"missed":null}\n'
)
"""The last event has no end, those before it not all that one needs."""

EVENTS = [
    Event(id="run-1", kind="request", data={"reason": "Grüße: 你好\r\n🌊"}),
    Event(id="run-1", kind="status", data={"a": 1}),
]


def read(*parts: bytes) -> list[Event]:
    reader = EventReader()
    return [event for part in parts for event in reader.feed(part)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CR LF", "CR"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_events_are_whole_however_the_bytes_come(size: int, end: str) -> None:
    stream = STREAM.replace("\n", end).encode()

    assert read(*(stream[at : at + size] for at in range(0, len(stream), size))) == EVENTS


def test_an_event_is_given_as_soon_as_it_is_whole() -> None:
    assert len(read(b"event: x\ndata: {}\n\n")) == 1


def test_a_place_without_an_event_is_kept_too() -> None:
    """Where to go on, for a client that has got none of the kinds that it wants."""
    reader = EventReader()

    list(reader.feed(b": all is well\nid: run-9\n\n"))

    assert reader.place == "run-9"


@pytest.mark.parametrize("data", ["<html>", "[1]", '{"a"'])
def test_what_is_no_event_of_ours_is_told(data: str) -> None:
    with pytest.raises(NotReached, match="that is no event of a mock-amp"):
        read(f"event: x\ndata: {data}\n\n".encode())
