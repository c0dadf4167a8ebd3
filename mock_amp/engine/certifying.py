"""Running the battery against a receiver: real posts, one after the other, and nothing of it in the store."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from mock_amp.core.certifying import BOUND, Check, When, Wish, battery, is_https
from mock_amp.core.instants import SECOND, Duration, Instant, format_duration
from mock_amp.core.probes import Making, Post
from mock_amp.core.retry import Unreachable
from mock_amp.core.verdicts import Result, Tried, Verdict, certificate, judge, skipped
from mock_amp.engine.world import World
from mock_amp.ports import Clock, Transport

Hangup = Callable[[Callable[[], object]], AbstractContextManager[None]]
"""Calls something once the client has hung up, as long as the block lasts."""


class Battery:
    """The battery by itself: it needs a clock and a transport, and no server."""

    def __init__(self, clock: Clock, transport: Transport) -> None:
        self._clock, self._transport = clock, transport

    async def run(self, wish: Wish, made: Making, told: Callable[[Result], None] | None = None) -> list[Result]:
        """The checks one after the other; `told` hears of each as it is done. It takes BOUND at most."""
        until = Instant(self._clock.now() + BOUND)
        results: list[Result] = []
        for check, making in battery(wish, made):
            why = self._why_not(wish, check, results, until)
            result = skipped(check, why) if why else await self._try(wish, check, making, until)
            results.append(result)
            if told:
                told(result)
        return results

    def _why_not(self, wish: Wish, check: Check, results: list[Result], until: Instant) -> str:
        """Why a check is not tried; empty when it is."""
        url = wish.url(check)
        if url is None:
            return f"no {check.target} was given"
        if check.when is When.HTTPS and not is_https(url):
            return "the URL is not https"
        first = next((each for each in results if each.check.target is check.target and each.tried), None)
        if first and first.verdict is Verdict.FAILED and first.unreachable:
            return f"nobody answered to {first.check.name}"
        return _over() if self._clock.now() >= until else ""

    async def _try(self, wish: Wish, check: Check, making: Making, until: Instant) -> Result:
        tried: list[Tried] = []
        url = wish.url(check) or ""
        for post in check.posts(making):
            tried.append(await self._post(url, post, wish, until))
            if isinstance(tried[-1].outcome, Unreachable):
                if self._clock.now() >= until:
                    return skipped(check, _over(), tried)
                if check.gives_up:
                    break
        return judge(check, tried, wish.timeout)

    async def _post(self, url: str, post: Post, wish: Wish, until: Instant) -> Tried:
        began = self._clock.now()
        within = max(0, min(wish.timeout + post.drip, until - began))
        try:
            async with asyncio.timeout(within / SECOND):
                outcome = await self._transport.post(url, post.body, drip=post.drip / SECOND)
        except TimeoutError:
            outcome = Unreachable(f"no answer within {format_duration(within)}")
        return Tried(url=url, post=post, outcome=outcome, took=Duration(self._clock.now() - began))


class Certifying:
    """The battery for an account: ids come from its seed, times from its clock."""

    def __init__(self, world: World, transport: Transport) -> None:
        self._world, self._battery = world, Battery(world.clock, transport)

    async def certify(self, account_id: str, wish: Wish, hangup: Hangup) -> dict[str, Any] | None:
        """The certificate; None when the client has hung up, which ends the battery. Raises NoSuch."""
        account = self._world.account(account_id)
        made = Making(seed=account.seed, now=self._world.shown(account), node=self._world.terms.node)
        run = asyncio.create_task(self._battery.run(wish, made))
        try:
            with hangup(run.cancel):
                await asyncio.wait({run})
            return None if run.cancelled() else certificate(wish, run.result())
        finally:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)


def _over() -> str:
    return f"the battery ends after {format_duration(BOUND)}"
