"""The life of a message and its way through the channels (L-1 to L-4, L-8)."""

from typing import Final

import pytest

from tests.conformance.verdicts import LEFT_OUT, VIBER, send
from tests.harness import NO_IM_NUMBER, START, Amp

_IM: Final = ("MESSENGER", "VIBER", "TELEGRAM", "RCS", "WHATSAPP")
_OFF: Final = [{"number": NO_IM_NUMBER}]
Line = tuple[str, str, str]


def _at(milliseconds: int) -> str:
    return START.replace("00:00:00.000000", f"00:00:{milliseconds // 1000:02d}.{milliseconds % 1000:03d}000")


def _items(*channels: str) -> list[dict[str, str]]:
    return [{"channel": channel, "content": f"Hi on {channel}"} for channel in channels]


async def _lived(amp: Amp) -> list[Line]:
    """The timeline of the only message, once nothing is left to happen."""
    await amp.advance(until="idle")
    (message,) = await amp.messages()
    return [(entry["at"], entry["type"], entry["status"]) for entry in message["timeline"]]


@pytest.mark.parametrize("channel", _IM)
async def test_a_good_instant_message_is_seen(amp: Amp, channel: str) -> None:
    """L-1, L-2: the channel's name is the type."""
    await send(amp, sms_content=LEFT_OUT, im_content=_items(channel))

    assert await _lived(amp) == [
        (_at(0), "INTERNAL", "ACCEPTD"),
        (_at(200), channel, "ACCEPTD"),
        (_at(1_000), channel, "DELIVRD"),
        (_at(3_000), channel, "SEEN"),
    ]


async def test_a_good_sms_is_delivered_and_never_seen(amp: Amp) -> None:
    """L-1, L-2: it ends with DELIVRD."""
    await send(amp)

    assert [(kind, status) for _, kind, status in await _lived(amp)] == [
        ("INTERNAL", "ACCEPTD"),
        ("SMS", "ACCEPTD"),
        ("SMS", "DELIVRD"),
    ]


@pytest.mark.parametrize("order", [("VIBER", "TELEGRAM", "RCS"), ("RCS", "VIBER", "TELEGRAM")], ids=">".join)
async def test_feature_rich_tries_the_items_in_their_order_and_then_sms(amp: Amp, order: tuple[str, ...]) -> None:
    """L-3, L-4: each is tried when the one before has failed."""
    await send(amp, destinations=_OFF, im_content=_items(*order))

    lines = await _lived(amp)
    assert [kind for _, kind, status in lines if status == "UNDELIV"] == list(order)
    assert lines[-1][1:] == ("SMS", "DELIVRD")


async def test_low_cost_tries_the_cheapest_first_for_each_destination(amp: Amp) -> None:
    """L-3: the price depends on country and channel."""
    numbers = ["35699000001", "15550000001", "919000000001", "4915100000001"]
    await send(
        amp,
        destinations=[{"number": number} for number in numbers],
        im_content=_items("WHATSAPP", "RCS", "VIBER"),
        message_plan="LOW_COST",
    )

    assert {message["to"]: message["channels"] for message in await amp.messages()} == {
        "35699000001": ["VIBER", "SMS", "WHATSAPP", "RCS"],
        "15550000001": ["SMS", "RCS", "WHATSAPP", "VIBER"],
        "919000000001": ["SMS", "RCS", "VIBER", "WHATSAPP"],
        "4915100000001": ["VIBER", "RCS", "WHATSAPP", "SMS"],
    }


@pytest.mark.parametrize("order", [("TELEGRAM", "MESSENGER"), ("MESSENGER", "TELEGRAM")], ids=">".join)
async def test_at_equal_prices_the_order_of_the_request_decides(amp: Amp, order: tuple[str, str]) -> None:
    """L-3: these two cost the same."""
    await send(amp, im_content=_items(*order), message_plan="LOW_COST")

    (message,) = await amp.messages()
    assert message["channels"] == [*order, "SMS"]


async def test_the_failure_of_the_last_channel_is_final(amp: Amp) -> None:
    """L-4, L-8: nothing follows it, however long one waits."""
    await send(amp, destinations=_OFF, sms_content=LEFT_OUT, im_content=_items("VIBER"))
    lines = await _lived(amp)
    await amp.advance(by="30d")

    assert lines[-1] == (_at(1_000), "VIBER", "UNDELIV")
    assert await _lived(amp) == lines


async def test_delays_count_from_the_start_of_each_channel(amp: Amp) -> None:
    """L-8: from acceptance at first, then from the failure of the channel before."""
    await amp.advance(by="7s")
    await send(amp, destinations=_OFF, im_content=_items("VIBER", "RCS"))

    assert await _lived(amp) == [
        (_at(7_000), "INTERNAL", "ACCEPTD"),
        (_at(7_200), "VIBER", "ACCEPTD"),
        (_at(8_000), "VIBER", "UNDELIV"),
        (_at(8_200), "RCS", "ACCEPTD"),
        (_at(9_000), "RCS", "UNDELIV"),
        (_at(9_200), "SMS", "ACCEPTD"),
        (_at(10_000), "SMS", "DELIVRD"),
    ]


async def test_one_long_way_is_the_same_as_many_short_ones(server: Amp) -> None:
    """L-8: every moment has its own time, wherever the clock stops."""
    long, short = await server.open_account(), await server.open_account()
    for amp in (long, short):
        await send(amp, destinations=_OFF, im_content=[VIBER])
    for _ in range(25):
        await short.advance(by="100ms")

    assert await _lived(short) == await _lived(long)


@pytest.mark.parametrize("call", [("POST", "/clock/advance", "to"), ("PUT", "/clock", "now")], ids=["advance", "set"])
async def test_time_never_runs_backwards(amp: Amp, call: tuple[str, str, str]) -> None:
    """L-8: neither by an advance nor by setting the clock."""
    method, path, key = call
    await amp.advance(by="1h")
    answer = await amp.admin(method, path, {key: START})

    clock = await amp.admin("GET", "/clock")
    assert (answer.status, clock.body["now"]) == (409, "2026-01-01T01:00:00.000000Z")
