"""Which clicks are logged (I-9)."""

from typing import Any, Final

import pytest

from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Answer

ACTION: Final = {"title": "Book, {#NAME}", "target_url": "https://harbour.example/{#NAME}"}
FILLED: Final = {"title": "Book, {#NAME}", "target_url": "https://harbour.example/ann"}


def _viber(*, outer: bool | None = None, inner: bool | None = None) -> dict[str, Any]:
    action = ACTION if inner is None else {**ACTION, "track_clicks": inner}
    item = {"channel": "VIBER", "content": "Hi", "actions": [action]}
    return item if outer is None else {**item, "track_clicks": outer}


async def _delivered(amp: Amp, number: str = NUMBER, **sections: Any) -> str:
    answer = await amp.send({"destinations": [{"number": number, "params": {"NAME": "ann"}}], **sections})
    assert answer.status == 200, answer.body
    await amp.advance(until="idle")
    return str(answer.body["results"][number]["message_id"])


async def _click(amp: Amp, message_id: str, **wish: Any) -> Answer:
    return await amp.admin("POST", f"/messages/{message_id}/click", wish)


async def _clicks(amp: Amp, message_id: str) -> Any:
    return (await amp.admin("GET", f"/messages/{message_id}")).body["clicks"]


@pytest.mark.parametrize(("outer", "inner"), [(True, None), (None, True), (True, True), (True, False), (False, True)])
async def test_a_tracked_click_is_logged(amp: Amp, outer: bool | None, inner: bool | None) -> None:  # noqa: FBT001 - the values of a field
    """I-9: true in the item or in the action; with the URL of this destination and the title as it was sent (D-5)."""
    message = await _delivered(amp, im_content=[_viber(outer=outer, inner=inner)])
    now = (await amp.admin("GET", "/clock")).body["now"]

    answer = await _click(amp, message)

    assert (answer.status, answer.body) == (201, {"message_id": message, "at": now, **FILLED, "logged": True})
    assert await _clicks(amp, message) == [{"at": now, **FILLED}]


@pytest.mark.parametrize(("outer", "inner"), [(None, None), (False, None), (None, False), (False, False)])
async def test_a_click_that_is_not_tracked_is_not_logged(amp: Amp, outer: bool | None, inner: bool | None) -> None:  # noqa: FBT001 - the values of a field
    """I-9: the handset can click all the same."""
    message = await _delivered(amp, im_content=[_viber(outer=outer, inner=inner)])

    answer = await _click(amp, message, channel="VIBER")

    assert (answer.status, answer.body["logged"]) == (201, False)
    assert await _clicks(amp, message) == []


async def test_clicks_are_logged_each_at_its_moment(amp: Amp) -> None:
    """I-9: in their order; looking at them changes nothing."""
    message = await _delivered(amp, im_content=[_viber(outer=True)])
    for _ in range(2):
        await _click(amp, message)
        await amp.advance(by="1m")

    first, second = await _clicks(amp, message)
    assert first["at"] < second["at"]
    assert await _clicks(amp, message) == [first, second]


@pytest.mark.parametrize("tracked", [True, False])
async def test_the_action_of_a_ubiquity_message_says_itself_whether_it_is_tracked(amp: Amp, *, tracked: bool) -> None:
    """I-9: beside the action, the key is unknown there (H-12)."""
    action = {**ACTION, "track_clicks": tracked}
    message = await _delivered(amp, message={"texts": [{"text": "Hi"}], "actions": [action], "track_clicks": True})

    assert (await _click(amp, message)).body["logged"] is tracked


async def test_the_action_is_that_of_the_channel_that_delivered(amp: Amp) -> None:
    """I-9: of several items, the one that the handset has."""
    other = {"channel": "RCS", "content": "Hi", "actions": [{"title": "No", "target_url": "https://no.example"}]}
    message = await _delivered(amp, im_content=[_viber(outer=True), other])

    assert (await _click(amp, message)).body["target_url"] == FILLED["target_url"]


async def _refused(amp: Amp, message_id: str, reason: str, **wish: Any) -> None:
    answer = await _click(amp, message_id, **wish)

    assert answer.status == 409
    assert reason in answer.body["detail"]
    assert await _clicks(amp, message_id) == []


async def test_a_message_without_an_action_cannot_be_clicked(amp: Amp) -> None:
    """I-9: nor one whose action is of another channel."""
    action = _viber(outer=True)
    plain = {"channel": "RCS", "content": "Hi"}
    message = await _delivered(amp, im_content=[plain, action])

    await _refused(amp, message, "no action on RCS")


async def test_an_sms_cannot_be_clicked(amp: Amp) -> None:
    """I-9: the item with the action did not reach the handset."""
    sections = {"im_content": [_viber(outer=True)], "sms_content": {"message": "Hi"}}
    message = await _delivered(amp, NO_IM_NUMBER, **sections)

    await _refused(amp, message, "no action on SMS")


async def test_a_message_that_is_not_delivered_cannot_be_clicked(amp: Amp) -> None:
    """I-9: neither before nor after it failed."""
    message = await _delivered(amp, NO_IM_NUMBER, im_content=[_viber(outer=True)])

    await _refused(amp, message, "not delivered")


async def test_a_message_cannot_be_clicked_on_another_channel(amp: Amp) -> None:
    """I-9: only where it was delivered."""
    message = await _delivered(amp, im_content=[_viber(outer=True)])

    await _refused(amp, message, "not on RCS", channel="RCS")


async def test_a_message_that_does_not_exist_cannot_be_clicked(amp: Amp) -> None:
    """I-9: 404."""
    assert (await _click(amp, "17672256000000014003")).status == 404


async def test_a_reset_forgets_clicks(amp: Amp) -> None:
    """I-9: the same message id has none in the next life."""
    message = await _delivered(amp, im_content=[_viber(outer=True)])
    await _click(amp, message)
    await amp.admin("POST", "/reset")

    assert await _delivered(amp, im_content=[_viber(outer=True)]) == message
    assert await _clicks(amp, message) == []
