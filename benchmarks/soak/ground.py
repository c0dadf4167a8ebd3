"""Where the clients of a soak with faults act: the server, the receivers, the accounts, and what an action is."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple

import orjson

from benchmarks import bodies
from benchmarks.load import WrongAnswer, ask, connect
from benchmarks.soak.sockets import reset

_CREATED: Final = 201
_SLOW: Final = ("hangs", "drips", "floods", "late")


class Account(NamedTuple):
    """Whom requests are about."""

    token: str = bodies.TOKEN
    path: str = "/__admin"


@dataclass(slots=True, kw_only=True)
class Field:
    """Where actions take place: the server, the receivers, and the accounts that are there from begin to end."""

    port: int
    dice: Random
    receivers: Mapping[str, str]
    frozen: Account
    faulty: list[Account]
    messages: int = 0
    """How many have been accepted of polite requests."""
    number: int = 35_600_000_000
    known: "deque[str]" = field(default_factory=lambda: deque(maxlen=1_000))
    """Messages of the default account."""

    def numbers(self, size: int = 1) -> int:
        """The first of so many fresh numbers."""
        self.number += size
        return self.number - size

    def told(self, *, slow: bool = True) -> str:
        """Where reports go: most to nobody or to the good receiver, few to those that cost the server time.

        An advance waits for what it posts, moment by moment: where one follows, none may be `slow`.
        """
        drawn = self.dice.random()
        if drawn < 0.4:
            return ""
        if drawn < 0.7:
            return self.receivers["good"]
        if slow and drawn < 0.72:
            return self.receivers[self.dice.choice(_SLOW)]
        return self.receivers[self.dice.choice([name for name in self.receivers if name not in _SLOW])]

    async def accepted(self, account: Account, size: int, body: bytes) -> None:
        """Sends it, and counts its messages. Raises WrongAnswer."""
        results = orjson.loads(await ask(self.port, body))["results"]
        if len(results) != size:
            raise WrongAnswer(f"{len(results)} of {size} destinations are in the answer")
        self.messages += size
        if account.token == bodies.TOKEN:
            self.known.append(next(iter(results.values()))["message_id"])

    async def raw(self, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection on which something has been written."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        return reader, writer


Act = Callable[[Field], Awaitable[None]]


class Action(NamedTuple):
    """One row: what is done, how often beside the others, and whether it has to be answered right."""

    weight: float
    act: Act
    polite: bool = True

    @property
    def name(self) -> str:
        return self.act.__name__.replace("_", " ")


async def open_account(port: int, document: Mapping[str, Any]) -> Account:
    opened = orjson.loads(await ask(port, bodies.post("/__admin/accounts", orjson.dumps(document)), _CREATED))
    return Account(opened["token"], f"/__admin/accounts/{opened['id']}")


async def delete(port: int, account: Account) -> None:
    """An answer to a DELETE has no body, and no length."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"DELETE {account.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()
    if not answer.startswith(b"HTTP/1.1 204"):
        raise WrongAnswer(answer.decode(errors="replace"))


async def ask_whatever(it: Field, request: bytes) -> None:
    """Asks, and takes any answer."""
    line = await connect(it.port)
    try:
        await line.ask(request)
    finally:
        line.close()


async def leave(it: Field, writer: asyncio.StreamWriter) -> None:
    """Goes, sometimes by a reset."""
    if it.dice.random() < 0.5:
        reset(writer)
    else:
        writer.close()
