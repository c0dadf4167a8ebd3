"""Receivers that a test holds open, and a real clock that it turns. Nothing here waits for time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from mock_amp.adapters.clocks import HandClock
from mock_amp.core.instants import SECOND, Instant, parse_instant
from mock_amp.engine.flights import Flight
from tests.harness import NUMBER, START, Amp, Answer, Received, Receiver

T0 = parse_instant(START)


def after(seconds: float) -> Instant:
    """So many seconds after START."""
    return Instant(T0 + round(seconds * SECOND))


def at(seconds: float) -> str:
    """The same, as the control plane writes it; less than a minute after START."""
    return f"2026-01-01T00:00:{seconds:09.6f}Z"


def hand_clock() -> HandClock:
    return HandClock(T0)


@dataclass(slots=True)
class Gate:
    """Holds the posts of a receiver: `reached` once one is there, and all go on when it is opened."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _got: Received) -> None:
        self.reached.set()
        await self.opened.wait()

    async def until_reached(self) -> None:
        await asyncio.wait_for(self.reached.wait(), 10)


def once(deed: Callable[[], Awaitable[Answer]], answers: list[Any]) -> Callable[[Received], Awaitable[None]]:
    """Does something from inside a receiver, with its first post only, and keeps the answer."""

    async def on_post(_got: Received) -> None:
        if not answers:
            answers.append(None)
            answers[0] = await asyncio.wait_for(deed(), 10)

    return on_post


async def answered(answers: list[Any], amp: Amp) -> Answer:
    """Talks to the server until what was done from inside a receiver is answered; its post may end before."""
    async with asyncio.timeout(10):
        while answers[0] is None:
            await amp.call("GET", "/livez")
    answer: Answer = answers[0]
    return answer


async def send_sms(amp: Amp, *numbers: str, **outer: Any) -> Any:
    """A good SMS to each number; answers the body."""
    destinations = [{"number": number} for number in numbers or (NUMBER,)]
    answer = await amp.send({"destinations": destinations, "sms_content": {"message": "Hello"}, **outer})
    assert answer.status == 200, answer.body
    return answer.body


async def send_viber(amp: Amp, number: str = NUMBER, **outer: Any) -> Any:
    """A good instant message; answers the body."""
    content = [{"channel": "VIBER", "content": "Hi"}]
    answer = await amp.send({"destinations": [{"number": number}], "im_content": content, **outer})
    assert answer.status == 200, answer.body
    return answer.body


def told(events: list[Any]) -> list[tuple[Any, ...]]:
    """What an advance lived through, without the ids."""
    return [
        (each["at"], each["kind"], each.get("status") or (each.get("attempt"), each.get("outcome"))) for each in events
    ]


def posts_in_the_air() -> int:
    """How many callbacks this process carries: those that wait behind another one too."""
    frames = [getattr(task.get_coro(), "cr_frame", None) for task in asyncio.all_tasks()]
    held = [frame.f_locals.get("flight") for frame in frames if frame]
    return sum(flight.carried for flight in {each for each in held if isinstance(each, Flight)})


async def posts_arrive(count: int, receiver: Receiver, amp: Amp) -> None:
    """Talks to the server until the receiver has so many posts: those that it holds open too."""
    async with asyncio.timeout(10):
        while len(receiver.received) < count:
            await amp.admin("GET", "/clock")


async def posts_come_to(count: int, amp: Amp) -> None:
    """Talks to the server until so many posts are in the air: those that wait behind another one too."""
    async with asyncio.timeout(10):
        while posts_in_the_air() != count:
            await amp.admin("GET", "/clock")
