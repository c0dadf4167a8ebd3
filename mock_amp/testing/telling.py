"""What an account has seen, for whoever looks at a failed test."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from mock_amp.client import AmpError, Callback, Message, Request
from mock_amp.testing.amp import Amp

T = TypeVar("T")

_MOST: Final = 10
_PAGE: Final = 1_000
_LONG: Final = 60


def tell(amp: Amp) -> str:
    """The last requests, messages and callbacks in words; never raises for a server or an account that is gone."""
    try:
        clock = amp.clock()
        return "\n".join(
            [
                f"clock {clock.mode}, {clock.now:%Y-%m-%d %H:%M:%S}; token {amp.token}; {amp.url}",
                *_section(amp, "request", amp.requests, _request),
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
    total = len(items) if len(items) < _PAGE else amp.count(f"{name}s")
    lines, whole = [f"{total:,} {name}{'s' if total > 1 else ''}"], total == len(items)
    shown = [f"  {told(each)}" for each in (items[-_MOST:] if whole else items[:_MOST])]
    gap = [f"  … {total - len(shown):,} {'before' if whole else 'after'}"] if total > len(shown) else []
    return lines + (gap + shown if whole else shown + gap)


def _request(each: Request) -> str:
    refused = f" [{each.rule}] {each.reason}" if each.rule else ""
    lines = [f"{each.method} {each.path} -> {each.status}{refused}"]
    lines += [
        f"      {found.rule} at {found.pointer or '/'}: {_short(found.value)}, right would be {found.expected}"
        for found in each.violations[:3]
    ]
    return "\n".join(lines)


def _message(each: Message) -> str:
    life = " ".join(f"{step.type}:{step.status}" for step in each.timeline)
    return f"{each.id} to {each.to} {_short(each.text or '')}: {life}"


def _callback(each: Callback) -> str:
    tries = ", ".join(str(attempt.status or attempt.error) for attempt in each.attempts)
    return f"{each.kind} to {each.url}: {each.state}{f' ({tries})' if tries else ''}"


def _short(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= _LONG else f"{told[:_LONG]}…"
