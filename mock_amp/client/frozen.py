"""Why nothing comes about: the clock is frozen, and nobody has moved it."""

from mock_amp.client.errors import AmpError
from mock_amp.client.here import Here
from mock_amp.client.lists import agenda
from mock_amp.client.plans import Plan, ask, read
from mock_amp.client.shapes import Clock


def unmoved(here: Here, /) -> Plan[str]:
    """That in words, when there is something that waits for the clock; empty when not, and when nobody answers."""
    try:
        clock = read((yield ask("GET", here.path("clock"))), Clock)
        coming = (yield from agenda(here, limit=1)) if clock.mode == "frozen" else []
    except AmpError:
        return ""
    if not coming or coming[0].at <= clock.now:
        return ""
    now, then = (each.isoformat().replace("+00:00", "Z") for each in (clock.now, coming[0].at))
    return f"the clock is frozen at {now}; the next thing is due at {then}: advance moves it"
