"""Calls of the control plane about accounts: their tokens and clocks."""

from collections.abc import Mapping
from typing import Any, Final

from mock_amp.core import shapes
from mock_amp.core.account import OwnLimits
from mock_amp.core.clock import ClockChange, ClockMode
from mock_amp.core.documents import written
from mock_amp.core.instants import Duration, parse_duration
from mock_amp.engine.errors import Illegal
from mock_amp.engine.opening import Wish
from mock_amp.engine.targets import By, Target, To, UntilIdle, UntilNext
from mock_amp.web.calls import MOST, Answer, Call, Route, instant_of


async def list_accounts(call: Call) -> Answer:
    return call.services.steering.accounts(call.query.get("token"))


async def create_account(call: Call) -> Answer:
    clock = call.body.get("clock", {})
    wished: Mapping[str, Any] = {"mode": clock} if isinstance(clock, str) else clock
    return await call.services.steering.create(
        Wish(
            mode=ClockMode(wished.get("mode", ClockMode.REAL)),
            rate=float(wished["rate"]) if "rate" in wished else None,
            now=instant_of(wished["now"], "/clock/now") if "now" in wished else None,
            seed=int(call.body["seed"]) if "seed" in call.body else None,
            reject_first_promotional=call.body.get("reject_first_promotional", False),
            scenario=await _scenario(call) if "scenario" in call.body else None,
            limits=_limits(call.body.get("limits", {})),
            expires_after=_duration(call.body.get("expires_after") or 0, "/expires_after") or None,
        )
    )


async def get_account(call: Call) -> Answer:
    return call.services.steering.account(call.account)


async def delete_account(call: Call) -> Answer:
    await call.services.steering.delete(call.account)
    return None


async def list_tokens(call: Call) -> Answer:
    return call.services.tokens.all(call.account)


async def create_token(call: Call) -> Answer:
    return await call.services.tokens.add(call.account, call.body)


async def delete_token(call: Call) -> Answer:
    await call.services.tokens.delete(call.account, call.path["token"])
    return None


async def change_token(call: Call) -> Answer:
    return await call.services.tokens.change(call.account, call.path["token"], call.body)


async def get_clock(call: Call) -> Answer:
    return call.services.steering.clock(call.account)


async def put_clock(call: Call) -> Answer:
    mode, now = call.body.get("mode"), call.body.get("now")
    change = ClockChange(mode=ClockMode(mode) if mode else None, rate=call.body.get("rate"))
    return await call.services.steering.set_clock(
        call.account, change, instant_of(now, "/now") if now is not None else None
    )


async def advance(call: Call) -> Answer:
    done = await call.services.timeline.advance(call.account, _target(call.body), call.body.get("limit", MOST))
    return shapes.advance(done.start, done.end, done.happenings, done.total)


async def reset(call: Call) -> Answer:
    return await call.services.steering.reset(call.account)


ROUTES: Final = (
    Route("GET", "/accounts", list_accounts, "All accounts", of_account=False, filters=("token",), gives="AccountPage"),
    Route(
        "POST",
        "/accounts",
        create_account,
        "Open an account",
        takes="AccountWish",
        status=201,
        of_account=False,
        gives="Account",
    ),
    Route("GET", "/accounts/{account}", get_account, "One account", of_account=False, gives="Account"),
    Route("DELETE", "/accounts/{account}", delete_account, "Forget an account", status=204, of_account=False),
    Route("GET", "/tokens", list_tokens, "The account's tokens", gives="TokenPage"),
    Route("POST", "/tokens", create_token, "A further token", takes="TokenWish", status=201, gives="Token"),
    Route("PATCH", "/tokens/{token}", change_token, "Change what a token may do", takes="TokenChange", gives="Token"),
    Route("DELETE", "/tokens/{token}", delete_token, "End a token for ever", status=204),
    Route("GET", "/clock", get_clock, "What the clock shows and how it runs", gives="Clock"),
    Route("PUT", "/clock", put_clock, "Change how the clock runs", takes="ClockWish", gives="Clock"),
    Route(
        "POST",
        "/clock/advance",
        advance,
        "Move the clock, living through all on the way",
        takes="Advance",
        gives="Advanced",
    ),
    Route("POST", "/reset", reset, "Take the account back to how it was created", gives="Account"),
)


def _limits(wish: Mapping[str, Any]) -> OwnLimits:
    age = _duration(wish["age"] or 0, "/limits/age") if "age" in wish else None
    return OwnLimits(messages=wish.get("messages"), requests=wish.get("requests"), age=age)


def _duration(value: object, pointer: str) -> Duration:
    try:
        return parse_duration(value)
    except ValueError as error:
        raise Illegal(str(error), pointer) from None


def _target(body: Mapping[str, Any]) -> Target:
    if "by" in body:
        return By(duration=_duration(body["by"], "/by"))
    if "to" in body:
        return To(instant=instant_of(body["to"], "/to"))
    return UntilIdle() if body["until"] == "idle" else UntilNext()


async def _scenario(call: Call) -> Mapping[str, Any]:
    return await call.services.steering.read_scenario(written(call.body["scenario"]), "scenario")
