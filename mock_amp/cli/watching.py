"""What becomes of a job: looked at whenever something has come about, until nothing more is to come of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mock_amp.cli.words import STATES, STATUSES

if TYPE_CHECKING:
    from mock_amp.client import AsyncAccount, Callback, Clock, Message, Reply

FEW: Final = 20
"""Messages that are shown one by one; of more, the counts."""

KINDS: Final = ("status", "attempt", "reply", "click", "clock", "reset")
"""Of live events: after any of these it is worth looking again."""

_SOME: Final = 500
_ALL: Final = 10_000
"""Of the agenda: what tells enough, usually, and as much as the server tells at once."""

_AGAIN: Final = 2.0
"""Real seconds after which it is looked again: a click that nobody logs leaves the agenda without an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A job at a moment. Of many messages `messages`, `callbacks` and `replies` are left out."""

    clock: "Clock"
    total: int
    statuses: Mapping[str, int]
    states: Mapping[str, int]
    rest: bool
    messages: "tuple[Message, ...]" = ()
    callbacks: "tuple[Callback, ...]" = ()
    replies: "tuple[Reply, ...]" = ()

    @property
    def ended(self) -> int:
        """Messages that have come out of ACCEPTD."""
        return self.total - self.statuses.get("ACCEPTD", 0)


async def looks(account: "AsyncAccount", job: str) -> AsyncIterator[Look]:
    """The job as it is, and again whenever something has come about; the last one is at rest."""
    total = await account.count(api_job_id=job)
    woken = asyncio.Event()
    listener = asyncio.create_task(_wake(account, woken))
    try:
        look = await _look(account, job, total)
        yield look
        while not look.rest:
            await _first(woken, listener)
            woken.clear()
            look = await _look(account, job, total)
            yield look
    finally:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener


async def _wake(account: "AsyncAccount", woken: asyncio.Event) -> None:
    """From as far back as is known: what came about before the stream was open wakes too."""
    async for _ in account.events(kinds=KINDS, last_event_id="0"):
        woken.set()


async def _first(woken: asyncio.Event, listener: "asyncio.Task[None]") -> None:
    """Until it is woken. What ends the listener is raised here; a stream that ended was of an account that is gone."""
    from mock_amp.client import NotReached

    waiter = asyncio.create_task(woken.wait())
    try:
        await asyncio.wait((waiter, listener), timeout=_AGAIN, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiter.cancel()
    if listener.done():
        listener.result()
        raise NotReached("the server has stopped, or the account is gone")


async def _look(account: "AsyncAccount", job: str, total: int) -> Look:
    # whether more is to come first: what comes about while the rest is asked for is in the rest
    rest = await _at_rest(account, job)
    clock = await account.clock()
    if total <= FEW:
        return await _closely(account, job, clock, rest=rest)
    statuses = {each: await account.count(api_job_id=job, status=each) for each in STATUSES}
    states = {each: await account.count("callbacks", body__api_job_id=job, state=each) for each in STATES}
    return Look(clock=clock, total=total, statuses=_some(statuses), states=_some(states), rest=rest)


async def _closely(account: "AsyncAccount", job: str, clock: "Clock", *, rest: bool) -> Look:
    # callbacks before messages: what comes about in between is a status without its report, never the other way round
    callbacks = await account.callbacks(body__api_job_id=job)
    messages = await account.messages(api_job_id=job)
    replies = await account.replies(message_id=[each.id for each in messages]) if messages else []
    statuses = [each.status for each in messages]
    states = [each.state for each in callbacks]
    return Look(
        clock=clock,
        total=len(messages),
        statuses=_some({each: statuses.count(each) for each in STATUSES}),
        states=_some({each: states.count(each) for each in STATES}),
        rest=rest,
        messages=tuple(messages),
        callbacks=tuple(callbacks),
        replies=tuple(replies),
    )


async def _at_rest(account: "AsyncAccount", job: str) -> bool:
    for most in (_SOME, _ALL):
        agenda = await account.agenda(limit=most)
        if any(each.api_job_id == job for each in agenda):
            return False
        if len(agenda) < most:
            break
    else:
        return False
    return not await account.count("callbacks", body__api_job_id=job, state=["due", "retrying"])


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
