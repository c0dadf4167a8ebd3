"""Calls that wait for items, or hold that there are so many: what fails tells what came nearest."""

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

from mock_amp.client import lists
from mock_amp.client.errors import AmpError
from mock_amp.client.frozen import unmoved
from mock_amp.client.here import Here
from mock_amp.client.lists import Since, line_of
from mock_amp.client.matches import Span, Wanted, What, match_of, number_of_items, one_of, wait_of
from mock_amp.client.plans import PATIENCE, Ask, Plan, ask, check, problem, read, shaped
from mock_amp.client.shapes import Attempt, Callback, Message, Reply, Report, Request, Shape
from mock_amp.client.words import came, late, other_number, restless, unwanted

T = TypeVar("T")

USUAL: Final = "5s"
"""How long a wait lasts unless it says so, in real time."""

_MOST: Final = 10_000


class _Found(Shape, Generic[T], frozen=True):
    items: tuple[T, ...]


def wait_for(
    here: Here, /, *, count: int = 1, timeout: Span = USUAL, since: Since = None, **match: Wanted
) -> Plan[list[Message]]:
    """Waits until there are at least `count` messages like this, and returns them, oldest first.

    Returns the moment it is true, at once when it is already. Time here is real, whatever the account's clock does.
    With `since`, a request or its id, only what came after that line of the journal counts; so in all of these.
    Raises NotSeen when the time is up, with the messages that came nearest and why they were not meant.
    """
    return _wait(here, "messages", Message, count, timeout, since, match)


def wait_for_requests(
    here: Here, /, *, count: int = 1, timeout: Span = USUAL, since: Since = None, **match: Wanted
) -> Plan[list[Request]]:
    """Waits for requests to the service, refused ones too: `wait_for_requests(status=403)`."""
    return _wait(here, "requests", Request, count, timeout, since, match)


def wait_for_reports(
    here: Here, /, *, count: int = 1, timeout: Span = USUAL, since: Since = None, **match: Wanted
) -> Plan[list[Report]]:
    """Waits for delivery reports; with `state="delivered"` for those that a receiver has taken."""
    return _wait(here, "reports", Report, count, timeout, since, match)


def wait_for_callbacks(
    here: Here, /, *, count: int = 1, timeout: Span = USUAL, since: Since = None, **match: Wanted
) -> Plan[list[Callback]]:
    """Waits for callbacks: `wait_for_callbacks(state="discarded")`."""
    return _wait(here, "callbacks", Callback, count, timeout, since, match)


def wait_for_attempts(here: Here, /, *, count: int = 1, timeout: Span = USUAL, **match: Wanted) -> Plan[list[Attempt]]:
    """Waits for attempts to post callbacks: `wait_for_attempts(outcome="failed", count=3)`."""
    return _wait(here, "attempts", Attempt, count, timeout, None, match)


def wait_for_replies(
    here: Here, /, *, count: int = 1, timeout: Span = USUAL, since: Since = None, **match: Wanted
) -> Plan[list[Reply]]:
    """Waits for replies of handsets."""
    return _wait(here, "replies", Reply, count, timeout, since, match)


def wait_until_idle(here: Here, /, *, timeout: Span = USUAL) -> Plan[None]:
    """Waits until the account has nothing to do now: nothing is due, and no callback is in the air. Raises NotSeen."""
    answer = yield _ask(here, timeout, what="idle")
    if answer.status == 408 and "found" in problem(answer):
        raise restless(problem(answer), wait_of(timeout))
    check(answer)


def expect(here: Here, /, *, count: int | None = None, since: Since = None, **match: Wanted) -> Plan[list[Message]]:
    """Holds that there are messages like this, now: at least one, or exactly `count`. Waits for nothing.

    Returns them, oldest first. Raises NotSeen, an AssertionError, with what came nearest and why it was not meant.
    """
    return _expect(here, "messages", Message, count, since, match)


def expect_requests(
    here: Here, /, *, count: int | None = None, since: Since = None, **match: Wanted
) -> Plan[list[Request]]:
    """Holds that there are requests like this: at least one, or exactly `count`."""
    return _expect(here, "requests", Request, count, since, match)


def expect_reports(
    here: Here, /, *, count: int | None = None, since: Since = None, **match: Wanted
) -> Plan[list[Report]]:
    """Holds that there are delivery reports like this: at least one, or exactly `count`."""
    return _expect(here, "reports", Report, count, since, match)


def expect_callbacks(
    here: Here, /, *, count: int | None = None, since: Since = None, **match: Wanted
) -> Plan[list[Callback]]:
    """Holds that there are callbacks like this: at least one, or exactly `count`."""
    return _expect(here, "callbacks", Callback, count, since, match)


def expect_replies(
    here: Here, /, *, count: int | None = None, since: Since = None, **match: Wanted
) -> Plan[list[Reply]]:
    """Holds that there are replies like this: at least one, or exactly `count`."""
    return _expect(here, "replies", Reply, count, since, match)


def expect_none(
    here: Here, /, *, what: What = "messages", during: Span = 0, since: Since = None, **match: Wanted
) -> Plan[None]:
    """Holds that nothing like this is there, nor comes about `during` this real time. Raises NotSeen with what did, or
    when it cannot be told since some were evicted.
    """
    wanted = match_of(match)
    answer = yield _ask(here, during, what=one_of("what", what, What), match=wanted, absent=True, **_after(since))
    if answer.status == 409:
        raise unwanted(problem(answer), what, wanted)
    check(answer)


def _wait(
    here: Here, what: What, shape: type[T], count: int, timeout: Span, since: Since, match: Mapping[str, Wanted]
) -> Plan[list[T]]:
    wanted, least = match_of(match), number_of_items(count, 1)
    answer = yield _ask(here, timeout, what=what, match=wanted, count=least, limit=_MOST, **_after(since))
    if answer.status == 408:
        raise late(problem(answer), what, wanted, count, came(wait_of(timeout)), (yield from _why(here, what)))
    found: _Found[T] = read(answer, _Found[shape])  # type: ignore[valid-type]
    return list(found.items)


def _expect(
    here: Here, what: What, shape: type[T], count: int | None, since: Since, match: Mapping[str, Wanted]
) -> Plan[list[T]]:
    """Of an exact number one more is asked for: then it is right when that is not there, and all others are."""
    wanted, least = match_of(match), 1 if count is None else number_of_items(count, 0) + 1
    answer = yield _ask(here, 0, what=what, match=wanted, count=least, limit=_MOST, **_after(since))
    if answer.status == 408:
        told = problem(answer)
        items = shaped(told.get("items"), tuple[dict[str, Any], ...])
        if len(items) != count:
            why = yield from _why(here, what)
            raise late(told, what, wanted, 1 if count is None else count, came(0), why)
        return [shaped(each, shape) for each in items]
    if count is not None:
        found = read(answer, _Found[dict[str, Any]]).items
        there = (yield from _total(here, what, since, match)) if len(found) >= max(_MOST, least) else len(found)
        raise other_number(found, what, wanted, count, there)
    given: _Found[T] = read(answer, _Found[shape])  # type: ignore[valid-type]
    return list(given.items)


def _ask(here: Here, timeout: Span, **wish: object) -> Ask:
    most = wait_of(timeout)
    patience, lives = most / 1000 + PATIENCE, most > 0
    return ask("POST", here.path("wait"), {**wish, "timeout_ms": most}, patience=patience, lives=lives, repeatable=True)


def _why(here: Here, what: str) -> Plan[str]:
    """Why nothing came about, when that is because nobody moves the clock, which requests do not wait for."""
    return "" if what == "requests" else (yield from unmoved(here))


def _total(here: Here, what: What, since: Since, match: Mapping[str, Wanted]) -> Plan[int | None]:
    """How many there are; None where a list cannot be asked for that, or nobody answers any more."""
    try:
        return (yield from lists.total(here, what, lists.filters(match, since)))
    except (AmpError, ValueError):
        return None


def _after(since: Since) -> Mapping[str, int]:
    return {} if since is None else {"since": line_of(since)}
