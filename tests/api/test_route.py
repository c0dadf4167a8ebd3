"""Why a message went where it went: each channel, chosen or passed over, with the reason."""

from typing import Any

from tests.harness import NO_IM_NUMBER, NUMBER, Amp

VIBER = {"channel": "VIBER", "content": "Hi"}

UNREACHED = {"destinations": [{"number": NO_IM_NUMBER}], "im_content": [VIBER], "sms_content": {"message": "Hi"}}


async def routes(amp: Amp) -> list[list[Any]]:
    return [each["route"] for each in await amp.messages()]


def verdicts(route: list[Any]) -> list[tuple[str, str]]:
    return [(stop["channel"], stop["verdict"]) for stop in route]


async def test_a_route_tells_each_channel_as_the_message_goes_on(amp: Amp) -> None:
    """L-3, L-4: the item first, then SMS; the other channels have no item."""
    await amp.send(UNREACHED)
    seen = [verdicts((await routes(amp))[0])[:2]]
    for moment in ("1s", "1s"):
        await amp.advance(by=moment)
        seen.append(verdicts((await routes(amp))[0])[:2])

    assert seen == [
        [("VIBER", "trying"), ("SMS", "waiting")],
        [("VIBER", "failed"), ("SMS", "trying")],
        [("VIBER", "failed"), ("SMS", "delivered")],
    ]


async def test_a_failure_names_the_rule_that_made_it(amp: Amp) -> None:
    await amp.send(UNREACHED)
    await amp.advance(until="idle")

    [route] = await routes(amp)
    assert route[0]["why"] == "first of im_content; UNDELIV (error 5); rule '999…03 is on no instant messenger'"
    assert route[1]["why"] == "SMS comes last; took over after VIBER UNDELIV (error 5); DELIVRD"


async def test_a_channel_that_was_not_needed_says_so(amp: Amp) -> None:
    await amp.send(im_content=[VIBER], sms_content={"message": "Hi"})
    await amp.advance(until="idle")

    [route] = await routes(amp)
    assert verdicts(route)[:2] == [("VIBER", "delivered"), ("SMS", "not needed")]


async def test_channels_that_the_request_leaves_out_say_why(amp: Amp) -> None:
    await amp.send(im_content=[VIBER])

    [route] = await routes(amp)
    left_out = {stop["channel"]: stop["why"] for stop in route if stop["verdict"] == "left out"}
    assert left_out["WHATSAPP"] == "im_content has no item for it"
    assert left_out["SMS"] == "the request has no sms_content"


async def test_ubiquity_goes_by_price_and_says_what_cannot_carry_it(amp: Amp) -> None:
    """U-2, U-3."""
    message = {"texts": [{"text": "Hi"}], "images": [{"url": "https://harbour.example/a.png"}]}
    await amp.send({"destinations": [{"number": NUMBER}], "message": message})

    [route] = await routes(amp)
    assert [stop["channel"] for stop in route] == ["TELEGRAM", "MESSENGER", "WHATSAPP", "RCS", "VIBER", "SMS"]
    assert route[0]["why"] == "first by price at 0.0150 EUR"
    assert route[4]["why"] == "it does not carry this combination of text, image and action (I-5)"
    assert route[5]["why"] == "it does not carry this combination of text, image and action (U-3)"


async def test_a_ubiquity_text_of_six_pages_leaves_sms_out(amp: Amp) -> None:
    """U-3."""
    await amp.send({"destinations": [{"number": NUMBER}], "message": {"texts": [{"text": "a" * 766}]}})

    [route] = await routes(amp)
    assert route[-1] == {"channel": "SMS", "verdict": "left out", "why": "the text passes five pages (U-3)"}


async def test_a_message_that_the_platform_rejects_says_so(server: Amp) -> None:
    """O-9."""
    amp = await server.open_account(reject_first_promotional=True)
    await amp.send(im_content=[VIBER], promotional=True)
    await amp.advance(until="idle")

    [route] = await routes(amp)
    assert route[0]["verdict"] == "not needed"
    assert "the platform rejected the message (O-9)" in route[0]["why"]
