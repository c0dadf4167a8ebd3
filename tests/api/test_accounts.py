"""Accounts are opened, looked at, reset and deleted (DESIGN: the control plane)."""

from typing import Any

import pytest

from mock_amp.core.identity import uuid4_of
from tests.api.holding import at, hand_clock, send_sms
from tests.harness import START, Amp, Receiver, running


async def _open(amp: Amp, wish: Any) -> Any:
    answer = await amp.call("POST", "/__admin/accounts", json=wish)
    assert answer.status == 201, answer.body
    return answer.body


async def test_an_opened_account_is_answered_201_with_a_fresh_token(server: Amp) -> None:
    """DESIGN, shapes: id, token, clock, scenario, seed."""
    body = await _open(server, {"clock": {"mode": "frozen", "now": START}, "seed": 7})

    assert body["clock"] == {"mode": "frozen", "rate": 1.0, "now": START}
    assert (body["seed"], body["scenario"]) == (7, "magic-numbers")
    answer = await server.send(sms_content={"message": "Hello"}, token=body["token"])
    assert answer.status == 200


async def test_an_account_without_wishes_runs_in_real_time() -> None:
    """D10: real is the default; a mode's name alone shows real time first."""
    async with running(clock=hand_clock()) as amp:
        bodies = [await _open(amp, wish) for wish in ({}, {"clock": "frozen"}, {"clock": {"mode": "scaled"}})]

    assert [body["clock"]["mode"] for body in bodies] == ["real", "frozen", "scaled"]
    assert [body["clock"]["now"] for body in bodies] == [START] * 3


async def test_ids_and_tokens_never_come_from_the_seed(server: Amp) -> None:
    """D11: two accounts of the same seed are two accounts."""
    one, other = await _open(server, {"seed": 7}), await _open(server, {"seed": 7})

    assert one["id"] != other["id"]
    assert one["token"] != other["token"]


async def test_an_account_is_answered_as_it_was_opened(server: Amp) -> None:
    """DESIGN, shapes: looking at one gives what opening it gave, alone and in the list."""
    opened = await _open(server, {"clock": {"mode": "frozen", "now": START}})

    one = await server.call("GET", f"/__admin/accounts/{opened['id']}")
    every = await server.call("GET", "/__admin/accounts")

    assert (one.status, one.body) == (200, opened)
    assert every.body["items"][1:] == [opened]


async def test_the_default_account_is_first_in_the_list(server: Amp) -> None:
    """DESIGN: it is there from the start, with the token that everybody knows."""
    every = await server.call("GET", "/__admin/accounts")

    (default,) = every.body["items"]
    assert (default["id"], default["token"]) == ("default", "00000000-0000-4000-8000-000000000042")
    assert (every.body["next"], every.body["evicted"]) == (None, 0)


async def test_the_default_account_has_the_short_paths_too(server: Amp) -> None:
    """DESIGN: every path exists for the default account, and for any other under its name."""
    await send_sms(server)

    short, long = await server.call("GET", "/__admin/messages"), await server.admin("GET", "/messages")

    assert len(short.body["items"]) == 1
    assert short.raw == long.raw


async def test_a_deleted_account_is_gone_with_its_token(server: Amp, amp: Amp) -> None:
    """A-2, A-4: its token opens nothing any more; the other accounts do not notice."""
    deleted = await amp.admin("DELETE", "")

    refused = await amp.send(sms_content={"message": "Hello"})
    assert (deleted.status, deleted.raw, refused.status) == (204, b"", 401)
    assert (await amp.admin("GET", "")).status == 404
    assert (await server.send(sms_content={"message": "Hello"})).status == 200


async def test_the_default_account_cannot_be_deleted(server: Amp) -> None:
    """DESIGN: 409; it is emptied by a reset."""
    answer = await server.admin("DELETE", "")

    assert (answer.status, answer.headers["Content-Type"]) == (409, "application/problem+json")
    assert (await server.send(sms_content={"message": "Hello"})).status == 200


async def test_a_reset_takes_an_account_back_to_how_it_was_opened(amp: Amp, receiver: Receiver) -> None:
    """DESIGN: clock, messages, callbacks, journal and agenda; the tokens stay, also those that came later."""
    opened = (await amp.admin("GET", "")).body
    token = (await amp.admin("POST", "/tokens", {"name": "later"})).body["token"]
    receiver.answers = (500,)
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by="1s")

    answer = await amp.admin("POST", "/reset")

    assert (answer.status, answer.body) == (200, opened)
    lists = [(await amp.admin("GET", f"/{what}")).body["items"] for what in ("messages", "callbacks", "agenda")]
    assert (lists, await amp.requests()) == ([[], [], []], [])
    assert (await amp.send(sms_content={"message": "Hello"}, token=token)).status == 200


async def test_the_same_requests_after_a_reset_give_the_same_bytes(amp: Amp, receiver: Receiver) -> None:
    """D11: the same seed, requests and clock."""
    lives = []
    for _ in range(2):
        answer = await amp.send(sms_content={"message": "Hello"}, callback_url=receiver.url)
        await amp.advance(until="idle")
        lives.append((answer.raw, [got.raw for got in receiver.received]))
        receiver.received.clear()
        await amp.admin("POST", "/reset")

    assert lives[0] == lives[1]
    assert len(lives[0][1]) == 3


async def test_an_account_opens_at_the_moment_that_was_wished(server: Amp) -> None:
    """D10: any zone is taken, UTC is answered."""
    body = await _open(server, {"clock": {"mode": "frozen", "now": "2026-01-01T02:00:03.5+02:00"}})

    assert body["clock"]["now"] == at(3.5)


async def test_the_seed_makes_the_ids_of_jobs(server: Amp) -> None:
    """D11: a server that was given a seed gives one to each account that names none; they differ."""
    seeds = [(await _open(server, {}))["seed"] for _ in range(2)]
    job = await send_sms(await server.open_account(seed=seeds[0]))

    assert seeds[0] != seeds[1]
    assert job["api_job_id"] == uuid4_of(seeds[0], "job", 1)


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"seed": -1}, "/seed"),
        ({"seed": "7"}, "/seed"),
        ({"clock": {"mode": "frozen", "now": "noon"}}, "/clock/now"),
        ({"clock": "freeze"}, "/clock"),
        ({"colour": "red"}, "/colour"),
        ({"clock": {"mode": "scaled", "rate": 5e-324}}, "/clock/rate"),
        ({"clock": {"mode": "frozen", "now": "2300-01-01T00:00:00Z"}}, "/clock/now"),
        ({"clock": {"mode": "frozen", "now": "1969-12-31T23:59:59Z"}}, "/clock/now"),
    ],
)
async def test_an_account_that_cannot_be_is_400(server: Amp, wish: Any, pointer: str) -> None:
    """RFC 9457, R-5: a clock that no message id of 20 digits could show, and one that will never move, are refused."""
    answer = await server.call("POST", "/__admin/accounts", json=wish)

    assert (answer.status, answer.body.get("pointer")) == (400, pointer)


async def test_no_clock_of_one_account_keeps_the_server_from_answering(server: Amp) -> None:
    """Isolation: whatever an account did to its own clock, the list of all and the health of the server are there."""
    await server.call("POST", "/__admin/accounts", json={"clock": {"mode": "frozen", "now": "9999-12-31T23:59:59.9Z"}})
    last = (await server.call("GET", "/__admin/accounts")).body["items"][-1]
    await server.call("POST", f"/__admin/accounts/{last['id']}/clock/advance", json={"by": "1h"})

    listed, ready = await server.call("GET", "/__admin/accounts"), await server.call("GET", "/readyz")

    assert (listed.status, ready.status) == (200, 200)
