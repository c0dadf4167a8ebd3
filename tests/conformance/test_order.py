"""H-1: which error wins. Faults are combined in one request, two by two."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final

import pytest

from mock_amp.settings import DEFAULT_TOKEN
from mock_amp.web.stages import STAGES
from tests.conformance.verdicts import SMS, refused, verdict
from tests.harness import NUMBER, Amp, Answer, running

_LIMIT: Final = 1_024
SPENT_TOKEN: Final = "spent-token-0001"
_BROKEN_PATH: Final = "/1/broken"
"""Takes sends as `/1/im` does, if the scenario let it."""


@dataclass(slots=True)
class Call:
    """A good request, for faults to spoil."""

    method: str = "POST"
    path: str = "/1/im"
    headers: dict[str, str] = field(
        default_factory=lambda: {"Authorization": f"Token {DEFAULT_TOKEN}", "Content-Type": "application/json"}
    )
    document: dict[str, Any] = field(default_factory=lambda: {"destinations": [{"number": NUMBER}], "sms_content": SMS})

    async def ask(self, amp: Amp) -> Answer:
        data = json.dumps(self.document).encode()
        return await amp.call(self.method, self.path, headers=self.headers, data=data)


def _no_such_path(call: Call) -> None:
    call.path = "/1/nothing"


def _wrong_method(call: Call) -> None:
    call.method = "DELETE"


def _no_token(call: Call) -> None:
    del call.headers["Authorization"]


def _broken(call: Call) -> None:
    call.path = _BROKEN_PATH


def _too_soon(call: Call) -> None:
    call.headers["Authorization"] = f"Token {SPENT_TOKEN}"


def _wrong_media_type(call: Call) -> None:
    call.headers["Content-Type"] = "text/plain"


def _too_large(call: Call) -> None:
    call.document["padding"] = "." * _LIMIT


def _not_understood(call: Call) -> None:
    call.document["job_id"] = 1


def _illegal_value(call: Call) -> None:
    call.document["destinations"] = [{"number": "avc"}]


FAULTS: Final[Mapping[int, tuple[str, Callable[[Call], None]]]] = {
    404: ("H-3", _no_such_path),
    405: ("H-1", _wrong_method),
    401: ("A-2", _no_token),
    503: ("H-8", _broken),
    429: ("H-7", _too_soon),
    415: ("H-4", _wrong_media_type),
    413: ("H-6", _too_large),
    400: ("O-2", _not_understood),
    403: ("D-1", _illegal_value),
}
"""By status, in the order of H-1: the rule behind the refusal, and how to deserve it."""


@pytest.fixture
async def small() -> AsyncIterator[Amp]:
    """A server that takes little bodies only."""
    async with running(body_limit=_LIMIT, send_path=[_BROKEN_PATH]) as amp:
        await amp.admin("POST", "/tokens", {"token": SPENT_TOKEN, "rate": {"requests": 1, "per": "1h"}})
        await amp.send(sms_content=SMS, token=SPENT_TOKEN)
        fault = {"name": "outage", "match": {"path": _BROKEN_PATH}, "status": 503}
        await amp.admin("PUT", "/scenario", {"name": "broken", "requests": [fault]})
        yield amp


def test_the_stages_stand_in_the_order_of_the_contract() -> None:
    """H-1: the order is data, and the same as here."""
    order = [stage.status for stage in STAGES]

    assert order == list(FAULTS)


@pytest.mark.parametrize("status", FAULTS)
async def test_a_fault_alone_gives_its_own_status(small: Amp, status: int) -> None:
    """H-1: so that a pair below has two faults indeed."""
    rule, spoil = FAULTS[status]
    call = Call()
    spoil(call)

    answer = await call.ask(small)

    assert await verdict(small, answer) == refused(status, rule)


@pytest.mark.parametrize(("earlier", "later"), list(combinations(FAULTS, 2)))
async def test_of_two_faults_the_earlier_stage_wins(small: Amp, earlier: int, later: int) -> None:
    """H-1: in whichever order they came about."""
    rule, spoil = FAULTS[earlier]
    call = Call()
    FAULTS[later][1](call)
    spoil(call)

    answer = await call.ask(small)

    assert await verdict(small, answer) == refused(earlier, rule)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/1/im", "POST"),
        ("PUT", "/1/im", "POST"),
        ("PURGE", "/1/im", "POST"),
        ("POST", "/1/im/status/17672256000000014003", "GET"),
        ("DELETE", "/1/im/status/17672256000000014003", "GET"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(server: Amp, method: str, path: str, allow: str) -> None:
    """H-1: 405 comes with Allow."""
    answer = await server.call(method, path)

    assert await verdict(server, answer) == refused(405, "H-1")
    assert answer.headers["Allow"] == allow
