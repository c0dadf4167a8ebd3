"""What polite clients do: they are answered as the contract says, or it is an error of the server."""

import asyncio
from typing import Final

import orjson

from benchmarks import bodies
from benchmarks.load import ask
from benchmarks.soak.ground import Account, Action, Field, ask_whatever, delete, open_account

_FORBIDDEN: Final = 403


async def send_one(it: Field) -> None:
    await it.accepted(Account(), 1, bodies.one(it.told(), at=it.numbers()))


async def send_a_hundred(it: Field) -> None:
    await it.accepted(Account(), 100, bodies.send(100, it.told(), it.numbers(100)))


async def send_thousands(it: Field) -> None:
    await it.accepted(Account(), 5_000, bodies.send(5_000, it.told(), it.numbers(5_000)))


async def send_on_a_clock_that_stands_still(it: Field) -> None:
    await it.accepted(it.frozen, 10, bodies.send(10, it.told(slow=False), it.numbers(10), it.frozen.token))


async def send_what_is_refused(it: Field) -> None:
    body = orjson.dumps({"destinations": [{"number": "avc"}], "sms_content": {"message": "Hello"}})
    await ask(it.port, bodies.post("/1/im", body), _FORBIDDEN)


async def read_a_status(it: Field) -> None:
    if it.known:
        await ask(it.port, bodies.get(f"/1/im/status/{it.known[-1]}"))


async def read_lists(it: Field) -> None:
    what = it.dice.choice(("messages", "callbacks", "requests", "reports", "agenda"))
    await ask(it.port, bodies.get(f"/__admin/{what}?limit=200"))


async def check_a_code(it: Field) -> None:
    number = it.numbers()
    wanted = {"client_ref": f"login-{number}", "phone_number": str(number), "callback_url": it.told()}
    await ask(it.port, bodies.post("/1/2fa", orjson.dumps(wanted)))
    it.messages += 1
    await ask(it.port, bodies.post(f"/1/2fa/login-{number}/123456", b""))


async def wait_for_a_message(it: Field) -> None:
    number = it.numbers()
    body = {"what": "messages", "match": {"to": str(number), "status": "DELIVRD"}, "timeout_ms": 15_000}
    waiting = asyncio.create_task(ask(it.port, bodies.post("/__admin/wait", orjson.dumps(body))))
    try:
        await it.accepted(Account(), 1, bodies.send(1, "", number))
        await waiting
    finally:
        waiting.cancel()


async def wait_in_vain(it: Field) -> None:
    body = orjson.dumps({"what": "replies", "match": {"text": "never"}, "timeout_ms": 300})
    await ask(it.port, bodies.post("/__admin/wait", body), 408)


async def watch_events(it: Field) -> None:
    """A while, and goes without a word."""
    reader, writer = await it.raw(bodies.get("/__admin/events"))
    try:
        async with asyncio.timeout(it.dice.uniform(0.1, 3)):
            while await reader.read(65_536):
                pass
    except TimeoutError:
        pass
    finally:
        writer.close()


async def live_and_die(it: Field) -> None:
    """An account from its opening to its end: some are deleted, some expire, some are reset before."""
    clock = it.dice.choice(("real", "frozen", {"mode": "scaled", "rate": 60}))
    scenario = it.dice.choice(({"name": f"of-its-own-{it.numbers()}"}, "flaky-receiver", "two-way", "all-good"))
    account = await open_account(it.port, {"clock": clock, "scenario": scenario, "expires_after": "20s"})
    for _ in range(3):
        await it.accepted(account, 3, bodies.send(3, it.told(slow=clock != "frozen"), it.numbers(3), account.token))
    if clock == "frozen":
        await ask_whatever(
            it, bodies.post(f"{account.path}/clock/advance", b'{"by":"1s"}')
        )  # 409 while a receiver hangs
    if it.dice.random() < 0.3:
        await ask(it.port, bodies.post(f"{account.path}/reset", b""))
    if it.dice.random() < 0.7:
        await delete(it.port, account)


async def open_by_a_token(it: Field) -> None:
    """An account that nobody opened and nobody closes."""
    account = Account(f"test-{it.numbers():x}-{it.dice.getrandbits(64):x}")
    await it.accepted(account, 1, bodies.one(it.told(), account.token))


async def advance(it: Field) -> None:
    """It may be told that another one has been waiting for its receiver for too long."""
    await ask_whatever(it, bodies.post(f"{it.frozen.path}/clock/advance", b'{"by":"20s","limit":0}'))


POLITE: Final = (
    Action(40, send_one),
    Action(5, send_a_hundred),
    Action(0.1, send_thousands),
    Action(3, send_on_a_clock_that_stands_still),
    Action(10, send_what_is_refused),
    Action(15, read_a_status),
    Action(3, read_lists),
    Action(3, check_a_code),
    Action(2, wait_for_a_message),
    Action(1, wait_in_vain),
    Action(1, watch_events),
    Action(1, live_and_die),
    Action(1, open_by_a_token),
    Action(0.5, advance),
)
