"""In what words a wait or an expectation fails: what was wanted, what there is, and what came nearest."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mock_amp.client.errors import NotSeen
from mock_amp.client.plans import shaped
from mock_amp.client.shapes import Miss

Told = Mapping[str, Any]

_SHOWN: Final = (
    *("to", "type", "channel", "status", "text", "url", "kind", "state", "outcome", "error", "method", "path"),
    *("rule", "reason", "custom_id"),
)
"""What a person knows an item by."""

_LONG: Final = 70
_MANY: Final = 10


def late(told: Told, what: str, wanted: Told, count: int, so_many: Callable[[int], str], why: str = "") -> NotSeen:
    """Too few: those that there are, and of those that came near the nearest first, each difference on its own line.

    `why` is what is to be said of the reason. Raises NotReached for what is not told by a mock-amp.
    """
    items, near = shaped(told.get("items"), tuple[Told, ...]), shaped(told.get("near", ()), tuple[Miss, ...])
    lines = [f"wanted {_number(count, what)}{_like(wanted)}, and {so_many(len(items))}", *_lines(items)]
    lines.append("nearest:" if near else f"nothing came near: there are no {'other ' if items else ''}{what}")
    for miss in near:
        lines.append(_line(miss.item))
        lines += [f"      {each.field}: wanted {say(each.wanted)}, got {_got(each.got)}" for each in miss.differences]
    if told.get("evicted"):
        lines.append(f"the server says: {told.get('detail', '')}")
    lines += [why] if why else []
    return NotSeen("\n".join(lines), items=items, near=near)


def other_number(items: Sequence[Told], what: str, wanted: Told, count: int, total: int | None) -> NotSeen:
    """Not so many, or not none: `total` of them, or at least these when nobody knows."""
    known = total is not None and total >= len(items)
    there = f"wanted {_number(count, what)}{_like(wanted)}, and {came(0)(total if total and known else len(items))}"
    if not known:
        there = there.removesuffix(":") + " or more:"
    return NotSeen("\n".join([there, *_lines(items, total)]), items=items)


def unwanted(told: Told, what: str, wanted: Told) -> NotSeen:
    """Some where there were to be none; or nobody knows, since some were evicted."""
    items = shaped(told.get("items"), tuple[Told, ...])
    if not items:
        return NotSeen(str(told.get("detail") or f"whether there are {what} cannot be told"))
    return other_number(items, what, wanted, 0, len(items))


def restless(told: Told, milliseconds: int) -> NotSeen:
    """There is still something to do."""
    return NotSeen(f"after {milliseconds / 1000:g} s the account is not idle: {_left(told)}")


def came(milliseconds: int) -> Callable[[int], str]:
    """How so many came about in so much time; in none, how many there are."""

    def there(number: int) -> str:
        if milliseconds:
            return f"within {milliseconds / 1000:g} s {f'{number:,}' if number else 'none'} came{':' if number else ''}"
        return f"there {'are' if number > 1 else 'is'} {f'{number:,}' if number else 'none'}{':' if number else ''}"

    return there


def say(value: object) -> str:
    """A value as Python writes it, a long text cut; one of several; or a way to compare."""
    if isinstance(value, Mapping) and len(value) == 1:
        [(way, text)] = value.items()
        return f"{way} {say(text)}"
    if isinstance(value, list):
        return f"one of {', '.join(map(say, value))}"
    if isinstance(value, str) and len(value) > _LONG:
        return f"{value[:_LONG]!r}…"
    return repr(value)


def _left(told: Told) -> str:
    return str(told.get("detail") or "it does not say why").removeprefix("not idle in time: ")


def _number(count: int, what: str) -> str:
    one = {"replies": "reply"}.get(what, what.removesuffix("s"))
    return f"no {one}" if count == 0 else f"{count:,} {one if count == 1 else what}"


def _like(wanted: Told) -> str:
    """Of each field what is wanted: `to='35699000001', text contains 'code'`."""
    told = [f"{name}{' ' if isinstance(value, Mapping | list) else '='}{say(value)}" for name, value in wanted.items()]
    return f" with {', '.join(told)}" if told else ""


def _got(value: object) -> str:
    """What a field has: all of its values, where it has several."""
    return ", ".join(map(say, value)) or "nothing" if isinstance(value, list) else say(value)


def _lines(items: Sequence[Told], total: int | None = None) -> list[str]:
    more = max(len(items), total or 0) - _MANY
    return [*map(_line, items[:_MANY]), *([f"  … and {more:,} more"] if more > 0 else [])]


def _line(item: Told) -> str:
    """An item in one line."""
    shown = [f"{name}={say(item[name])}" for name in _SHOWN if item.get(name) not in (None, "")]
    return f"  {' '.join([str(_id_of(item)), *shown])}"


def _id_of(item: Told) -> object:
    """Replies and reports have no id of their own, attempts a number."""
    for name in ("id", "reply_message_id", "message_id"):
        if item.get(name):
            return item[name]
    return f"callback {item.get('callback_id', '?')}, attempt {item.get('number', '?')}:"
