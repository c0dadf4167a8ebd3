"""Trying a receiver out by a battery in this process, which needs no server.

A third place that chooses, for the command that certifies.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from mock_amp.adapters.clocks import SystemClock
from mock_amp.adapters.files import BadFile
from mock_amp.adapters.webhooks import WebhookTransport
from mock_amp.core.certifying import BOUND, CHECKS, Wish
from mock_amp.core.instants import SECOND, Duration, parse_duration
from mock_amp.core.probes import Making
from mock_amp.core.verdicts import Result, certificate
from mock_amp.engine.certifying import Battery

NAMES: Final = tuple(check.name for check in CHECKS)
"""The names of the checks, in their order."""

_SEED: Final = 1
_NODE: Final = 4003


class CannotRun(Exception):
    """Nothing was tried; the message is one line for a person."""


FAILURES: Final = (CannotRun, BadFile)
"""What the functions below raise."""


def certify(
    wish: dict[str, Any], *, ca_file: str | None = None, told: Callable[[str, str], None] | None = None
) -> dict[str, Any]:
    """The certificate of a receiver, by a battery in this process; `told` hears of each check its name and verdict.

    `wish` is the body of the control plane's call. Raises CannotRun and BadFile.
    """
    wanted = Wish(
        callback_url=_url(wish["callback_url"]),
        reply_url=_url(wish["reply_url"]) if wish.get("reply_url") else None,
        timeout=timeout_of(wish["timeout"]),
        only=tuple(wish.get("only", ())),
    )
    transport = WebhookTransport(timeout=BOUND / SECOND, ca_file=ca_file)
    return certificate(wanted, asyncio.run(_run(wanted, transport, told)))


def timeout_of(text: str) -> Duration:
    """How long an answer may take. Raises CannotRun."""
    try:
        timeout = parse_duration(text)
    except ValueError as error:
        raise CannotRun(f"--timeout: {error}") from None
    if not 0 < timeout <= BOUND:
        raise CannotRun(f"--timeout: {text} is not more than 0s and at most 60s")
    return timeout


async def _run(wish: Wish, transport: WebhookTransport, told: Callable[[str, str], None] | None) -> Sequence[Result]:
    clock = SystemClock()
    made = Making(seed=_SEED, now=clock.now(), node=_NODE)

    def tell(result: Result) -> None:
        if told:
            told(result.check.name, result.verdict)

    try:
        return await Battery(clock, transport).run(wish, made, tell)
    finally:
        await transport.close()


def _url(text: str) -> str:
    if not text.lower().startswith(("http://", "https://")):
        raise CannotRun(f"{text} is no URL that callbacks can be posted to: write http://… or https://…")
    return text
