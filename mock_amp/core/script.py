"""A scenario from its document, which `schemas/scenario.json` has found well formed; what that cannot see is held here.

What is wrong is told with the JSON Pointer of its place.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from mock_amp.core.instants import parse_duration
from mock_amp.core.lifecycle import FAILED, NEXT
from mock_amp.core.matching import BadPattern, Criteria, Criterion, one_of, pattern, prefixes
from mock_amp.core.model import IM_CHANNELS, Act, Channel, Status, Step
from mock_amp.core.scenario import (
    ERROR_CODES,
    USUAL_CODE,
    CallbackFault,
    Choice,
    Delays,
    Habits,
    Nth,
    Outcome,
    Prices,
    Recipient,
    RequestFault,
    Rule,
    Scenario,
)
from mock_amp.core.windows import Window, read_window

T = TypeVar("T")

_WORDS: Final[Mapping[str, Outcome]] = {
    "seen": Outcome(status=Status.SEEN),
    "delivered": Outcome(status=Status.DELIVRD),
    "unreachable": Outcome(status=Status.UNDELIV),
    "undeliverable": Outcome(status=Status.UNDELIV),
    "expired": Outcome(status=Status.EXPIRED),
    "rejected": Outcome(status=Status.REJECTD),
    "deleted": Outcome(status=Status.DELETED),
    "unknown": Outcome(status=Status.UNKNOWN),
}
_READ: Final[Mapping[str, Callable[[Any], Criterion]]] = {
    "number": pattern,
    "country": prefixes,
    "channel": one_of,
    "sender": pattern,
    "text": pattern,
    "job_id": pattern,
    "custom_id": pattern,
    "promotional": one_of,
    "product": one_of,
    "method": one_of,
    "path": pattern,
    "kind": one_of,
    "status": one_of,
    "url": pattern,
}
"""How each key of a `match` is read."""
_DELAYS: Final = ("accepted", "delivered", "seen")
_SLOWEST: Final = 0.001
"""Messages a second: 50,000 then take a year and a half, and their end is still an instant."""


class BadScenario(ValueError):
    """A document that says what cannot be; `pointer` says where."""

    def __init__(self, text: str, pointer: str) -> None:
        super().__init__(text)
        self.pointer = pointer


def read_scenario(document: Mapping[str, Any], usual: Delays, prices: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario that a well-formed document describes; `usual` delays and `prices` hold where it says nothing.

    Raises BadScenario.
    """
    said, faulty = document.get("defaults", {}), has_faults_on(document)
    requests, callbacks = _each(document, "requests", _request_fault), _each(document, "callbacks", _callback_fault)
    return Scenario(
        name=document["name"],
        description=document.get("description", ""),
        delays=_delays(said, usual),
        jitter=_duration(said, "jitter", "/defaults") or 0,
        reach={Channel(name): share for name, share in said.get("reach", {}).items()},
        throughput=_throughput(said.get("throughput", {})),
        error_codes={**ERROR_CODES, **_codes(said.get("error_codes", {}))},
        habits=_habits(said, "/defaults"),
        recipients=_each(document, "recipients", _recipient),
        rules=_each(document, "rules", _rule),
        prices=_prices(document.get("prices"), prices or {}),
        requests=requests if faulty else (),
        callbacks=callbacks if faulty else (),
    )


def has_faults_on(document: Mapping[str, Any]) -> bool:
    """Whether the faults of a document are on, if it has any."""
    return bool(document.get("faults", True))


def with_faults(document: Mapping[str, Any], *, on: bool) -> Mapping[str, Any]:
    """The same document with its faults switched; it says nothing of it when they are on."""
    switched: dict[str, Any] = {}
    for key, value in document.items():
        if key != "faults":
            switched[key] = value
        if key == "name" and not on:
            switched["faults"] = False
    return switched


def _each(document: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any], str], T]) -> tuple[T, ...]:
    return tuple(read(item, f"/{key}/{at}") for at, item in enumerate(document.get(key, ())))


def _delays(said: Mapping[str, Any], usual: Delays) -> Delays:
    """The delays that are said; the others keep their distance to them."""
    accepted, delivered, seen = (_duration(said, f"{name}_after", "/defaults") for name in _DELAYS)
    if delivered is None:
        delivered = max(usual.delivered, accepted or 0)
    delays = Delays(
        accepted=min(usual.accepted, delivered) if accepted is None else accepted,
        delivered=delivered,
        seen=max(usual.seen, delivered + usual.seen - usual.delivered) if seen is None else seen,
    )
    if not delays.accepted <= delays.delivered <= delays.seen:
        raise BadScenario("accepted_after, delivered_after and seen_after have to be in this order", "/defaults")
    return delays


def _recipient(item: Mapping[str, Any], place: str) -> Recipient:
    apps, windows = item.get("apps"), enumerate(item.get("off_between", ()))
    return Recipient(
        name=item.get("name", _written(item.get("number", item.get("country", "everybody")))),
        number=_criteria(item, ("number", "country"), place),
        apps=None if apps is None else frozenset(Channel(name) for name in apps),
        off=tuple(_window(window, f"{place}/off_between/{at}") for at, window in windows),
        habits=_habits(item, place),
    )


def _rule(item: Mapping[str, Any], place: str) -> Rule:
    match, inside = item.get("match", {}), f"{place}/match"
    return Rule(
        name=item["name"],
        request=_criteria(match, ("product", "promotional", "job_id"), inside),
        offer=_criteria(match, ("channel", "sender"), inside),
        text=_criteria(match, ("text",), inside),
        number=_criteria(match, ("number", "country"), inside),
        other=_criteria(match, ("custom_id",), inside),
        choice=_choice(item, place),
        outcomes=_outcomes(item, place),
        habits=_habits(item, place),
    )


def _outcomes(item: Mapping[str, Any], place: str) -> Mapping[Channel, Outcome]:
    if "outcome" in item:
        found = _outcome(item["outcome"], f"{place}/outcome")
        return dict.fromkeys((*IM_CHANNELS, Channel.SMS), found)
    named = {name: _outcome(each, f"{place}/channels/{name}") for name, each in item.get("channels", {}).items()}
    of_im = dict.fromkeys(IM_CHANNELS, named.pop("IM")) if "IM" in named else {}
    if Status.SEEN in [step.status for step in named.get("SMS", Outcome()).steps]:
        raise BadScenario("an SMS is never SEEN (L-2)", f"{place}/channels/SMS/steps")
    return of_im | {Channel(name): outcome for name, outcome in named.items()}


def _outcome(wish: str | Mapping[str, Any], place: str) -> Outcome:
    if isinstance(wish, str):
        return _WORDS[wish]
    status = Status(wish["status"]) if "status" in wish else None
    if "error_code" in wish:
        _check_code(status, wish["error_code"], f"{place}/error_code")
    return Outcome(
        status=status,
        error_code=wish.get("error_code"),
        after=_duration(wish, "after", place),
        steps=_steps(wish["steps"], f"{place}/steps") if "steps" in wish else (),
        never_read=wish.get("never_read", False),
        jitter=_duration(wish, "jitter", place),
    )


def _steps(items: list[Mapping[str, Any]], place: str) -> tuple[Step, ...]:
    """The steps of a channel, each one that the lifecycle allows after the one before it."""
    found: list[Step] = []
    for at, item in enumerate(items):
        here, status, after = f"{place}/{at}", Status(item["status"]), _duration(item, "after", f"{place}/{at}") or 0
        before = found[-1].status if found else None
        legal = FAILED | {Status.ACCEPTD} if before is None else NEXT[before]
        if status not in legal:
            words = ", ".join(sorted(legal)) or "nothing"
            raise BadScenario(f"{status} cannot follow {before or 'the start'}; {words} can", f"{here}/status")
        if found and after < found[-1].after:
            raise BadScenario("a step cannot come before the one above it", f"{here}/after")
        if "error_code" in item:
            _check_code(status, item["error_code"], f"{here}/error_code")
        usual = USUAL_CODE if status in ERROR_CODES else 0
        found.append(Step(after=after, status=status, error_code=item.get("error_code", usual)))
    return tuple(found)


def _check_code(status: Status | None, code: int, place: str) -> None:
    if (status in ERROR_CODES) != bool(code):
        wanted = "a failure has a code other than 0" if status in ERROR_CODES else f"{status or 'DELIVRD'} has code 0"
        raise BadScenario(f"{wanted} (L-7)", place)


def _habits(item: Mapping[str, Any], place: str) -> Habits:
    acts = [_act("reply", each, f"{place}/replies/{at}") for at, each in enumerate(item.get("replies", ()))]
    acts += [_act("click", each, f"{place}/clicks/{at}") for at, each in enumerate(item.get("clicks", ()))]
    never = item.get("read_after") == "never"
    return Habits(
        ios={"ios": True, "android": False}.get(item.get("handset", "")),
        read_after=None if never else _duration(item, "read_after", place),
        never_reads=never,
        acts=tuple(acts) if "replies" in item or "clicks" in item else None,
    )


def _act(kind: str, item: Mapping[str, Any], place: str) -> Act:
    text = item.get("text", ())
    made = text if isinstance(text, Mapping) else {}
    return Act(
        kind=kind,
        after=_duration(item, "after", place) or 0,
        texts=(text,) if isinstance(text, str) else () if made else tuple(text),
        made=made.get("faker", ""),
        locale=made.get("locale", "en_US"),
    )


def _request_fault(item: Mapping[str, Any], place: str) -> RequestFault:
    return RequestFault(
        name=item["name"],
        criteria=_criteria(item.get("match", {}), ("method", "path", "product"), f"{place}/match"),
        choice=_choice(item, place),
        status=item.get("status"),
        retry_after=item.get("retry_after"),
        latency=_duration(item, "latency", place) or 0,
        jitter=_duration(item, "jitter", place) or 0,
        cut=item.get("cut"),
        slow_body=_duration(item, "slow_body", place) or 0,
        malformed=item.get("malformed", False),
    )


def _callback_fault(item: Mapping[str, Any], place: str) -> CallbackFault:
    asked = ("kind", "channel", "status", "url", "job_id", "product")
    return CallbackFault(
        name=item["name"],
        criteria=_criteria(item.get("match", {}), asked, f"{place}/match"),
        choice=_choice(item, place),
        fail_first=item.get("fail_first", 0),
        cut=item.get("cut", 0),
        delay=_duration(item, "delay", place) or 0,
        drop=item.get("drop", False),
        duplicate=item.get("duplicate", 0),
        reorder=item.get("reorder", False),
        split=item.get("split"),
        merge=_duration(item, "merge", place),
    )


def _criteria(match: Mapping[str, Any], names: tuple[str, ...], place: str) -> Criteria:
    found = []
    for name in names:
        if name in match:
            with _at(f"{place}/{name}"):
                found.append((name, _READ[name](match[name])))
    return tuple(found)


def _choice(item: Mapping[str, Any], place: str) -> Choice:
    match = item.get("match", {})
    return Choice(
        nth=_nth(match["nth"]) if "nth" in match else None,
        share=match.get("share", 1.0),
        during=_window(item["during"], f"{place}/during") if "during" in item else None,
    )


def _nth(wish: int | list[int] | Mapping[str, int]) -> Nth:
    if isinstance(wish, Mapping):
        return Nth(first=wish.get("first", 0), every=wish.get("every", 0), after=wish.get("after"))
    return Nth(these=frozenset([wish] if isinstance(wish, int) else wish))


def _window(wish: Mapping[str, Any], place: str) -> Window:
    with _at(place):
        return read_window(wish)


def _duration(item: Mapping[str, Any], key: str, place: str) -> int | None:
    if key not in item:
        return None
    with _at(f"{place}/{key}"):
        return parse_duration(item[key])


def _throughput(said: Mapping[str, float]) -> Mapping[Channel, float]:
    for name, rate in said.items():
        if rate < _SLOWEST:
            raise BadScenario(f"fewer than {_SLOWEST} messages a second come to no end", f"/defaults/throughput/{name}")
    return {Channel(name): rate for name, rate in said.items()}


def _codes(said: Mapping[str, int]) -> dict[Status, int]:
    for name, code in said.items():
        _check_code(Status(name), code, f"/defaults/error_codes/{name}")
    return {Status(name): code for name, code in said.items()}


def _prices(said: Mapping[str, Any] | None, usual: Mapping[str, Any]) -> Prices:
    """The table that is said; what it has no price for costs what it does in the rest of the usual world."""
    table = usual if said is None else {**said, "": {**usual.get("", {}), **said.get("", {})}}
    return Prices(zones={code: _zone(zone) for code, zone in table.items()})


def _zone(prices: Mapping[str, float]) -> Mapping[Channel, int]:
    return {Channel(name): round(price * 1_000_000) for name, price in prices.items()}


def _written(wish: Any) -> str:
    return wish if isinstance(wish, str) else str(wish)


@contextmanager
def _at(pointer: str) -> Iterator[None]:
    """Gives what is wrong inside its place."""
    try:
        yield
    except (BadPattern, ValueError) as error:
        raise BadScenario(str(error), pointer) from None
