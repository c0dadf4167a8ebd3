"""Request bodies of POST /1/im and POST /1/sms out of options, checked for nothing but what nobody can mean."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import click

ANY: Final = "ANY"
"""Of an instant message that names no channel."""

UBIQUITY: Final = "MESSAGE"
"""Of a text for whatever channel is cheapest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the options say. `texts` are instant messages in the order of the command line, by channel."""

    to: Sequence[str] = ()
    count: int = 1
    custom_ids: Sequence[str] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    sms: str | None = None
    encoding: str | None = None
    texts: Sequence[tuple[str, str]] = ()
    sender: str | None = None
    image: str | None = None
    button: str | None = None
    track_clicks: bool = False
    top: Mapping[str, Any] = field(default_factory=dict)


def built(wish: Wish) -> dict[str, Any]:
    """The keys of a body that the options make. Raises click.UsageError for what nobody can mean."""
    body: dict[str, Any] = {}
    if wish.to:
        body["destinations"] = _destinations(wish)
    elif wish.custom_ids or wish.params or wish.count > 1:
        raise click.UsageError("--custom-id, --param and --count go with --to")
    body |= _contents(wish)
    return _heard(body | {key: value for key, value in wish.top.items() if value is not None})


def whole(wish: Wish) -> dict[str, Any]:
    """A body by options alone."""
    body = built(wish)
    if "destinations" not in body:
        raise click.UsageError("to whom? Say --to NUMBER, or a FILE with a body")
    if not body.keys() & {"sms_content", "im_content", "message"}:
        raise click.UsageError("what shall it say? --sms TEXT, --viber TEXT, another channel, or a FILE with a body")
    return body


def changed(raw: bytes, wish: Wish) -> bytes:
    """The body of a file, as it is when no option has anything to say about it; else with these keys replaced.

    The values of all other keys stay as they are written: a number keeps its digits, whatever they are.
    """
    from msgspec import MsgspecError, Raw
    from msgspec.json import decode, encode

    keys = built(wish)
    if not keys:
        return raw
    try:
        body = decode(_in_utf_8(raw), type=dict[str, Raw])
    except RecursionError:
        raise click.UsageError("options change a body, and that of the file is nested too deep for that") from None
    except (MsgspecError, ValueError) as error:
        raise click.UsageError(f"options change a body, and the file holds no JSON object ({error})") from error
    return encode({**body, **keys})


def encoded(body: Mapping[str, Any]) -> bytes:
    """As it is posted. Raises click.UsageError for a text that no request can hold."""
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise _unheard(error) from error


def _in_utf_8(raw: bytes) -> bytes:
    """A file as Windows may write it: with a mark at its beginning, or in UTF-16."""
    written_in = json.detect_encoding(raw)
    return raw if written_in == "utf-8" else raw.decode(written_in).encode()


def _heard(body: dict[str, Any]) -> dict[str, Any]:
    """What was meant where Python takes the command line for ASCII and it is UTF-8: its bytes are kept (PEP 383)."""
    text = json.dumps(body, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        try:
            body = json.loads(text.encode("utf-8", "surrogateescape").decode())
        except UnicodeError as error:
            raise _unheard(error) from error
    return body


def _unheard(error: UnicodeError) -> click.UsageError:
    return click.UsageError(f"a text of the request is not UTF-8: {error}")


def _destinations(wish: Wish) -> list[dict[str, Any]]:
    numbers = _numbers(wish)
    if len(wish.custom_ids) > len(numbers):
        raise click.UsageError(f"there are {len(wish.custom_ids)} --custom-id for {len(numbers)} numbers")
    found: list[dict[str, Any]] = [{"number": number} for number in numbers]
    for one, custom_id in zip(found, wish.custom_ids, strict=False):
        one["custom_id"] = custom_id
    for one in found if wish.params else ():
        one["params"] = dict(wish.params)
    return found


def _numbers(wish: Wish) -> list[str]:
    if wish.count == 1:
        return list(wish.to)
    if len(wish.to) > 1 or not wish.to[0].isdecimal():
        raise click.UsageError("--count takes so many numbers in a row, from the one of --to on")
    return [str(int(wish.to[0]) + step) for step in range(wish.count)]


def _contents(wish: Wish) -> dict[str, Any]:
    more = _rich(wish)
    body: dict[str, Any] = {}
    if wish.sms is not None:
        body["sms_content"] = {"message": wish.sms} | _given(sender_id=wish.sender, encoding=wish.encoding)
    ubiquity = [text for channel, text in wish.texts if channel == UBIQUITY]
    items = [(channel, text) for channel, text in wish.texts if channel != UBIQUITY]
    if items:
        clicks = {"track_clicks": True} if wish.track_clicks else {}
        body["im_content"] = [
            ({} if channel == ANY else {"channel": channel})
            | ({"content": text} if text else {})
            | _given(sender_id=wish.sender)
            | more
            | clicks
            for channel, text in items
        ]
    if ubiquity:
        body["message"] = {"texts": [{"text": text} for text in ubiquity if text]} | more
    _hold(wish, body)
    return body


def _hold(wish: Wish, body: Mapping[str, Any]) -> None:
    """Nothing is left out without a word."""
    rich = "im_content" in body or "message" in body
    for option, value, fits in (
        ("--image", wish.image, rich),
        ("--button", wish.button, rich),
        ("--track-clicks", wish.track_clicks, "im_content" in body),
        ("--encoding", wish.encoding, "sms_content" in body),
        ("--from", wish.sender, "im_content" in body or "sms_content" in body),
    ):
        if value and not fits:
            where = {"--encoding": "--sms", "--from": "--sms or an instant message"}.get(option, "an instant message")
            raise click.UsageError(f"{option} goes with {where}, and the options make none")


def _rich(wish: Wish) -> dict[str, Any]:
    found: dict[str, Any] = {"images": [{"url": wish.image}]} if wish.image else {}
    if wish.button:
        title, equals, url = wish.button.partition("=")
        if not equals:
            raise click.UsageError(f"--button {wish.button!r} has no =; write TITLE=URL")
        found["actions"] = [{"title": title, "target_url": url}]
    return found


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
