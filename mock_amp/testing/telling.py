"""What an account has seen, and what has passed it by, for whoever looks at a failed test."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from mock_amp.client import Account, AmpError, Callback, Message, Request
from mock_amp.client.here import DEFAULT_ACCOUNT, Here
from mock_amp.client.matches import What
from mock_amp.testing.amp import Amp

T = TypeVar("T")

_MOST: Final = 10
_PAGE: Final = 1_000
_LISTS: Final[Mapping[str, What]] = {"request": "requests", "message": "messages", "callback": "callbacks"}
_LONG: Final = 60


def tell(amp: Amp, *, shared: bool = False) -> str:
    """The last requests, messages and callbacks in words; never raises for a server or an account that is gone.

    What came to the server with another token is told too; where the server is `shared` that may be another test's, so
    only when nothing came with this one.
    """
    try:
        clock = amp.clock()
        return "\n".join(
            [
                f"clock {clock.mode}, {clock.now:%Y-%m-%d %H:%M:%S}; token {amp.token}; {amp.url}",
                *_section(amp, "request", amp.requests, _request),
                *_strangers(amp, shared=shared),
                *_section(amp, "message", amp.messages, _message),
                *_section(amp, "callback", amp.callbacks, _callback),
            ]
        )
    except AmpError as error:
        return f"nobody can say: {error}"


def _section(amp: Amp, name: str, listed: Callable[..., Sequence[T]], told: Callable[[T], str]) -> list[str]:
    """The last of a list; of a list of many pages the first, since to come to its end takes seconds."""
    items = listed(limit=_PAGE)
    if not items:
        return [f"no {name}s"]
    total = len(items) if len(items) < _PAGE else amp.count(_LISTS[name])
    lines, whole = [f"{total:,} {name}{'s' if total > 1 else ''}"], total == len(items)
    shown = [f"  {told(each)}" for each in (items[-_MOST:] if whole else items[:_MOST])]
    gap = [f"  … {total - len(shown):,} {'before' if whole else 'after'}"] if total > len(shown) else []
    return lines + (gap + shown if whole else shown + gap)


def _strangers(amp: Amp, *, shared: bool) -> Iterator[str]:
    """What came since the account was opened and stands in the journal of the default one: that has whatever came
    without a valid token, and what came with the token that every server has.
    """
    alone = not amp.requests(limit=1)
    if shared and not alone:
        return
    opened, default = amp.info().created_at, Account(amp.link, Here(DEFAULT_ACCOUNT, None))
    found = [each for each in default.latest_requests(_PAGE) if each.real_at >= opened]
    if found:
        requests = "1 request" if len(found) == 1 else f"{len(found):,} requests"
        yield f"{requests} came to this server without this token{', perhaps of another test' if shared else ''}:"
        yield from (f"  {_answered(each)}{_token(each)}" for each in found[-_MOST:])
        yield "  the application needs amp.token"
    elif alone:
        yield f"nothing came to {amp.url}, with this token or a wrong one: does the application use amp.url?"


def _token(each: Request) -> str:
    """Of tokens the journal keeps the end, and none of a request that it cannot tell the token of."""
    return f" (token {each.token})" if each.token else ""


def _request(each: Request) -> str:
    lines = [
        _answered(each),
        *(
            f"      {found.rule} at {found.pointer or '/'}: {_short(found.value)}, right would be {found.expected}"
            for found in each.violations[:3]
        ),
    ]
    return "\n".join(lines)


def _answered(each: Request) -> str:
    refused = f" [{each.rule}] {each.reason}" if each.rule else ""
    return f"{each.method} {each.path} -> {each.status}{refused}"


def _message(each: Message) -> str:
    life = " ".join(f"{step.type}:{step.status}" for step in each.timeline)
    return f"{each.id} to {each.to} {_short(each.text or '')}: {life}"


def _callback(each: Callback) -> str:
    tries = ", ".join(str(attempt.status or attempt.error) for attempt in each.attempts)
    return f"{_carried(each)}: {each.state}{f' ({tries})' if tries else ''} at {each.url}"


def _carried(each: Callback) -> str:
    """`report of SMS DELIVRD to 35699000001`, `3 reports`, `reply 'Yes' from 35699000001`."""
    if each.kind == "reply":
        message = each.body.get("message")
        text = message.get("text") if isinstance(message, dict) else None
        return f"reply {_short(text) if text else 'without a text'} from {each.body.get('from')}"
    reports = each.body.get("data")
    if not isinstance(reports, list) or not reports:
        return each.kind
    if len(reports) > 1:
        return f"{len(reports):,} reports"
    [report] = reports
    return f"report of {report.get('type')} {report.get('status')} to {report.get('to')}"


def _short(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= _LONG else f"{told[:_LONG]}…"
