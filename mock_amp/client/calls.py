"""Calls about an account: its clock, its handsets, its scenario, its state."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mock_amp.client.errors import AmpError, Conflict, NotFound, NotSeen
from mock_amp.client.frozen import unmoved
from mock_amp.client.here import Here
from mock_amp.client.lists import messages
from mock_amp.client.matches import Mode, Moment, Span, Until, moment, one_of, rate_of, span
from mock_amp.client.plans import PATIENCE, Answer, Ask, Plan, ask, check, read, refused, shaped
from mock_amp.client.shapes import (
    AccountInfo,
    Advanced,
    Callback,
    Certificate,
    Click,
    Clock,
    Job,
    Message,
    Reply,
    Request,
    Scenario,
    Sent,
    SentCode,
    Shape,
    Token,
)

Whom = Message | str
"""A message, the id of one, or a number: then its last message is meant."""

_LONGEST_NUMBER = 15


def info(here: Here, /) -> Plan[AccountInfo]:
    """The account as it stands."""
    return read((yield ask("GET", here.path())), AccountInfo)


def clock(here: Here, /) -> Plan[Clock]:
    """What the clock shows, and how it runs."""
    return read((yield ask("GET", here.path("clock"))), Clock)


def set_clock(
    here: Here, /, mode: Mode | None = None, *, rate: float | None = None, now: Moment | None = None
) -> Plan[Clock]:
    """Changes how the clock runs: `"real"`, `"frozen"`, or `"scaled"` with a rate. A later `now` is lived up to."""
    wish = _given(mode=one_of("mode", mode, Mode), rate=rate_of(rate), now=None if now is None else moment(now))
    lives = now is not None
    return read((yield ask("PUT", here.path("clock"), wish, patience=None if lives else PATIENCE, lives=lives)), Clock)


def advance(
    here: Here,
    /,
    by: Span | None = None,
    *,
    to: Moment | None = None,
    until: Until | None = None,
    limit: int | None = None,
) -> Plan[Advanced]:
    """Moves the clock by a duration (`"10m"`), to an instant, or until `"next"` or `"idle"`.

    All that falls due on the way happens at its own moment; callbacks are posted and their outcome is awaited before
    this returns. Exactly one of the three is given. Raises Conflict from inside a receiver that this account posts to.
    """
    if sum(each is not None for each in (by, to, until)) != 1:
        raise ValueError('advance takes one of: a duration ("10m"), to=an instant, until="idle" or "next"')
    until = one_of("until", until, Until)
    target = _given(
        by=None if by is None else span(by), to=None if to is None else moment(to), until=until, limit=limit
    )
    return read((yield ask("POST", here.path("clock", "advance"), target, patience=None, lives=True)), Advanced)


def message(here: Here, /, whom: Whom) -> Plan[Message]:
    """One message with its callbacks, replies and clicks. Raises NotFound, Evicted."""
    found = yield from _id_of(here, whom)
    return read((yield ask("GET", here.path("messages", found))), Message)


def job(here: Here, /, whose: Job | Message | Sent | str) -> Plan[Job]:
    """One job: that of a send, of a message, or with an `api_job_id`. Raises NotFound, Evicted."""
    found = whose if isinstance(whose, str) else whose.api_job_id
    return read((yield ask("GET", here.path("jobs", found))), Job)


def callback(here: Here, /, id: str) -> Plan[Callback]:  # noqa: A002 - the shape's own name
    """One callback with its attempts."""
    return read((yield ask("GET", here.path("callbacks", id))), Callback)


def request(here: Here, /, id: str) -> Plan[Request]:  # noqa: A002 - the shape's own name
    """One request, with the beginning of its body."""
    return read((yield ask("GET", here.path("requests", id))), Request)


def reply(here: Here, /, whom: Whom, text: str | None = None, *, channel: str | None = None) -> Plan[Reply]:
    """Replies from the handset to a message, or to the last one to a number.

    Raises Conflict, with the reason, where the real service would post nothing (Y-2).
    """
    found = yield from _id_of(here, whom)
    answer = yield ask("POST", here.path("messages", found, "reply"), _given(text=text, channel=channel))
    yield from _hold_arrived(here, found, answer)
    return read(answer, Reply)


def click(here: Here, /, whom: Whom, *, channel: str | None = None) -> Plan[Click]:
    """Clicks the button of a message on the handset. Raises Conflict for one that has none or is not delivered."""
    found = yield from _id_of(here, whom)
    answer = yield ask("POST", here.path("messages", found, "click"), _given(channel=channel))
    yield from _hold_arrived(here, found, answer)
    return read(answer, Click)


def force(
    here: Here, /, whom: Whom, status: str, *, channel: str | None = None, error_code: int | None = None
) -> Plan[Message]:
    """Moves a message to another status, now. Raises Conflict for a move that cannot be."""
    found = yield from _id_of(here, whom)
    wish = _given(status=status, channel=channel, error_code=error_code)
    return read((yield ask("POST", here.path("messages", found, "status"), wish)), Message)


def resend(here: Here, /, callback: Callback | str) -> Plan[Callback]:
    """Posts a callback again, now by the account's clock."""
    found = callback.id if isinstance(callback, Callback) else callback
    return read((yield ask("POST", here.path("callbacks", found, "resend"), {})), Callback)


def code_for(here: Here, /, number: str) -> Plan[str]:
    """The one-time code that the number was sent last: a two-factor code, or else the first group of 4 to 10 digits in
    the last text there (F-6). Raises NotSeen when there is none.
    """
    try:
        found = yield from sent_code(here, number)
    except NotFound:
        others = dict.fromkeys(each.to for each in (yield from messages(here, limit=1_000)))
        told = f"messages went to {', '.join([*others][:5])}" if others else "nothing was sent to anybody"
        raise NotSeen(f"no code was sent to {number}: {told}{', …' if len(others) > 5 else ''}") from None
    if found.code is None and not found.digits:
        raise NotSeen(f"the last text to {number} has no group of 4 to 10 digits: {found.text!r}")
    return found.code or found.digits[0]


def sent_code(here: Here, /, number: str) -> Plan[SentCode]:
    """All that is known of the last one-time code to a number. Raises NotFound."""
    return read((yield ask("GET", here.path("codes"), query=[("to", number)])), SentCode)


def scenario(here: Here, /, wish: str | os.PathLike[str] | Mapping[str, Any] | None = None) -> Plan[Scenario]:
    """Puts a scenario in force: a shipped one by name, a file of YAML, YAML as text, or a document as a mapping.

    Without one, the scenario in force. A str with a line break is YAML, one that ends in .yaml or .yml a file of ours,
    any other a name. Raises Refused with every fault of one that cannot be played.
    """
    if wish is None:
        return read((yield ask("GET", here.path("scenario"))), Scenario)
    return read((yield play("PUT", here.path("scenario"), read_scenario(wish))), Scenario)


def reset(here: Here, /) -> Plan[AccountInfo]:
    """Takes the account back to how it was created; its tokens stay."""
    return read((yield ask("POST", here.path("reset"), {})), AccountInfo)


def snapshot(here: Here, /) -> Plan[dict[str, Any]]:
    """The account as one JSON document, for `restore`."""
    return read((yield ask("GET", here.path("snapshot"), patience=None)), dict[str, Any])


def restore(here: Here, /, document: Mapping[str, Any]) -> Plan[AccountInfo]:
    """Takes a snapshot over, all of it or nothing."""
    return read((yield ask("PUT", here.path("snapshot"), document, patience=None)), AccountInfo)


def delete(here: Here, /) -> Plan[None]:
    """Forgets the account, with all that it has. One that is gone already is no error."""
    answer = yield ask("DELETE", here.path())
    try:
        check(answer)
    except NotFound:
        return


def add_token(here: Here, /, **wish: Any) -> Plan[Token]:
    """A further token; what it may do is as in docs/control-plane.md: `networks`, `senders`, `rate`, …"""
    return read((yield ask("POST", here.path("tokens"), wish)), Token)


def change_token(here: Here, /, token: str, **change: Any) -> Plan[Token]:
    """Changes what a token may do; what is not named stays."""
    return read((yield ask("PATCH", here.path("tokens", token), change)), Token)


def end_token(here: Here, /, token: str) -> Plan[None]:
    """Ends a token for ever."""
    check((yield ask("DELETE", here.path("tokens", token))))


def certify(
    here: Here,
    /,
    callback_url: str,
    *,
    reply_url: str | None = None,
    timeout: Span | None = None,
    only: Sequence[str] | None = None,
) -> Plan[Certificate]:
    """Tries a receiver out by real posts, with a verdict for each rule."""
    wish = _given(
        callback_url=callback_url, reply_url=reply_url, timeout=None if timeout is None else span(timeout), only=only
    )
    return read((yield ask("POST", here.path("certify"), wish, patience=None, lives=True)), Certificate)


def send(here: Here, /, body: Mapping[str, Any], *, path: str = "/1/im", token: str | None = None) -> Plan[Sent]:
    """Sends as an application does: `body` to the service, with the account's token. Raises Refused with the rule."""
    answer = yield ask("POST", path, body, headers=here.authorization(token))
    if answer.status >= 400:
        raise refused(answer)
    found = read(answer, dict[str, Any])
    taken = shaped(found, _Taken)
    ids = {number: each.message_id for number, each in taken.results.items()}
    if taken.result is not None:
        ids[str(body.get("phone_number", ""))] = taken.result.message_id
    return Sent(api_job_id=taken.api_job_id, message_ids=ids, body=found)


class _Result(Shape, frozen=True):
    message_id: str = ""


class _Taken(Shape, frozen=True):
    """`results` of a send, the one `result` of a two-factor code."""

    api_job_id: str
    results: Mapping[str, _Result] = {}
    result: _Result | None = None


def read_scenario(wish: str | os.PathLike[str] | Mapping[str, Any]) -> str | Mapping[str, Any]:
    """A scenario as a body names it: a name or YAML as a text, or a mapping; a file is read. Raises OSError."""
    if isinstance(wish, Mapping):
        return wish
    if isinstance(wish, str) and ("\n" in wish or not wish.endswith((".yaml", ".yml"))):
        return wish
    return Path(wish).read_text(encoding="utf-8")


def play(method: str, path: str, wish: str | Mapping[str, Any]) -> Ask:
    """A request whose body is a scenario: YAML for a text of several lines, or else JSON."""
    if isinstance(wish, str) and "\n" in wish:
        return Ask(method=method, path=path, body=wish.encode(), headers={"Content-Type": "application/yaml"})
    return ask(method, path, wish)


def _hold_arrived(here: Here, /, message: str, answer: Answer) -> Plan[None]:
    """Raises Conflict, with what helps, when it is one since the message has not arrived and nobody moves the clock."""
    if answer.status != 409:
        return
    said = refused(answer)
    try:
        found = read((yield ask("GET", here.path("messages", message))), Message)
        why = (yield from unmoved(here)) if found.status == "ACCEPTD" else ""
    except AmpError:
        return
    if why:
        raise Conflict(f"{said}; {why}", status=said.status, problem=said.problem, rule=said.rule)


def _id_of(here: Here, /, whom: Whom) -> Plan[str]:
    """The id of a message; of a number, that of its last one. Raises NotSeen when it has none."""
    if isinstance(whom, Message):
        return whom.id
    if len(whom) > _LONGEST_NUMBER:
        return whom
    found = yield from messages(here, to=whom)
    if not found:
        raise NotSeen(f"no message was sent to {whom}")
    return found[-1].id


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
