"""What a call asks of a server and makes of the answers, without a byte sent: generators that both faces play."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from mock_amp.client.errors import Conflict, Evicted, NotFound, NotReached, Refused

T = TypeVar("T")

PATIENCE: Final = 60.0
"""Seconds of silence that a call bears which waits for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. `patience` is how many seconds the server may be silent, from the request to the answer and between
    two parts of it, or None for as long as it likes. While one that `lives` is not answered, the server may call
    receivers, who must not be held up by whoever waits for the answer. One that changes nothing is `repeatable`: when
    a connection that was kept has ended, nobody need know whether it was heard.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    patience: float | None = PATIENCE
    lives: bool = False
    repeatable: bool = False

    @property
    def twice(self) -> bool:
        """Whether it may be asked once more."""
        return self.repeatable or self.method == "GET"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers by lower-case name, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Plan = Generator[Ask, Answer, T]
"""Asks, is sent the answer to each, and returns what the call is about."""


def ask(method: str, path: str, body: object = None, **more: Any) -> Ask:
    """A request with a JSON body, or none. Raises ValueError for a body that JSON cannot say."""
    if body is None:
        return Ask(method=method, path=path, **more)
    headers = {"Content-Type": "application/json", **more.pop("headers", {})}
    try:
        written = msgspec.json.encode(body)
    except (TypeError, UnicodeEncodeError) as error:
        raise ValueError(f"this cannot be said in JSON: {error}") from error
    return Ask(method=method, path=path, body=written, headers=headers, **more)


def read(answer: Answer, shape: type[T]) -> T:
    """The answer as a shape. Raises Refused for one that says no, NotReached for one that is not of a mock-amp."""
    check(answer)
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _strange(answer, str(error)) from error


def shaped(value: object, shape: type[T]) -> T:
    """A part of an answer as a shape. Raises NotReached for one that is not of a mock-amp."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise NotReached(f"that is not the answer of a mock-amp of this version: {error}") from error


def check(answer: Answer) -> None:
    """Raises Refused when the answer says no, NotReached for one that is not of a mock-amp."""
    if answer.status >= 400:
        raise refusal(answer)
    if answer.status >= 300:
        raise _strange(answer, f"{answer.status} to {answer.headers.get('location', 'nowhere')}")


def text(answer: Answer, beginning: str) -> str:
    """The answer as a text that begins like this. Raises Refused and NotReached."""
    check(answer)
    found = answer.body.decode("utf-8", "replace")
    if not found.startswith(beginning):
        raise _strange(answer, f"no {beginning}")
    return found


def problem(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer that says no; empty when it is none."""
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


_KINDS: Final[Mapping[int, type[Refused]]] = {404: NotFound, 409: Conflict, 410: Evicted}


def refusal(answer: Answer) -> Refused | NotReached:
    """An answer of the control plane as an error: a problem, the service's envelope, or that it is no mock-amp's."""
    told = problem(answer)
    if "result_info" in told or ("title" in told and isinstance(told.get("detail"), str)):
        return refused(answer)
    return _strange(answer, str(answer.status))


def refused(answer: Answer) -> Refused:
    """An answer that says no as an error, whatever its words are: a scenario can give the service any."""
    told = problem(answer)
    places = [f" (at {told['pointer']})" if told.get("pointer") else ""]
    places += [f"; right would be: {told['expected']}" if told.get("expected") else ""]
    rule = answer.headers.get("x-mock-amp-rule")
    said = _said(told) or _excerpt(answer.body) or "it said nothing"
    words = f"{answer.status}: {said}{''.join(places)}{f' [rule {rule}]' if rule else ''}{_faults(told)}"
    return _KINDS.get(answer.status, Refused)(words, status=answer.status, problem=told, rule=rule)


def _said(told: Mapping[str, Any]) -> str:
    """The words of a problem, or of the service's envelope."""
    info = told.get("result_info")
    said = told.get("detail") or (info.get("description") if isinstance(info, dict) else None)
    return said if isinstance(said, str) else ""


def _faults(told: Mapping[str, Any]) -> str:
    """Every mistake of a scenario, a line each."""
    found = told.get("faults")
    faults = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return "".join(
        f"\n  line {each.get('line', '?')}, {each.get('pointer') or 'top'}: {each.get('text', '')}" for each in faults
    )


def _strange(answer: Answer, why: str) -> NotReached:
    """What answers is no mock-amp."""
    shown = _excerpt(answer.body)
    return NotReached(
        f"that is not the answer of a mock-amp of this version ({why})" + (f"; it begins: {shown}" if shown else "")
    )


def _excerpt(body: bytes) -> str:
    return " ".join(body[:200].decode("utf-8", "replace").split())
