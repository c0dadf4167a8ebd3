"""The connection that there is no room for: answered at once, and gone once its client has read that or soon after."""

import asyncio
from http import HTTPStatus
from typing import Final, cast

from mock_amp.web.problems import say_problem

LINGER: Final = 1.0
"""A second for a client to read the answer: closed at once, with what it has sent unread, it might never see it."""

_MOST: Final = 256
"""Such connections at a time; any more are closed at once."""


class TurnedAway(asyncio.Protocol):
    """Takes over a connection. What its client says is not listened to."""

    def __init__(self, transport: asyncio.Transport, answer: bytes, others: set["TurnedAway"]) -> None:
        self._transport, self._others = transport, others
        self._alarm: asyncio.TimerHandle | None = None
        transport.set_protocol(self)
        transport.write(answer)
        if len(others) >= _MOST:
            transport.close()
            return
        others.add(self)
        if transport.can_write_eof():  # over TLS it cannot: there, closing says it
            transport.write_eof()
        self._alarm = asyncio.get_running_loop().call_later(LINGER, transport.abort)

    def cut_off(self) -> None:
        self._transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self._others.discard(self)
        if self._alarm:
            self._alarm.cancel()


def problem_in_bytes(status: int, detail: str) -> bytes:
    """A problem of the control plane as the whole answer on a connection, the last one."""
    phrase = HTTPStatus(status).phrase
    body = cast("bytes", say_problem(status, phrase, detail).body)
    lines = (
        f"HTTP/1.1 {status} {phrase}",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        "Retry-After: 1",
        "Connection: close",
    )
    return "\r\n".join([*lines, "", ""]).encode() + body
