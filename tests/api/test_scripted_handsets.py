"""Handsets that reply and click by script: when, what they say, and what the service makes of it (issue 4)."""

import json
import logging
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.bootstrap import Server, serving
from mock_amp.settings import DEFAULT_TOKEN
from tests.api.holding import after, answered, at, hand_clock, once
from tests.harness import NUMBER, Amp, Answer, Receiver, running, settings

ACTION: Final = {"title": "Book", "target_url": "https://harbour.example/book"}
VIBER: Final = {"channel": "VIBER", "content": "Your table is ready.", "sender_id": "Harbour"}
TRACKED: Final = {**VIBER, "actions": [ACTION], "track_clicks": True}
TEXTS: Final = ["Yes, please.", "No, thank you.", "Tomorrow?"]


async def _play(amp: Amp, scenario: str) -> Answer:
    """Puts a scenario in force."""
    return await amp.play(scenario)


async def _all_do(amp: Amp, **habits: Any) -> None:
    """A scenario in which every handset has the same habits."""
    answer = await _play(amp, json.dumps({"name": "people", "rules": [{"name": "all", **habits}]}))
    assert answer.status == 200, answer.body


async def _send(amp: Amp, *, numbers: int = 1, item: Any = None, **outer: Any) -> list[str]:
    """Sends an instant message to so many; says the message ids."""
    destinations = [{"number": str(int(NUMBER) + each)} for each in range(numbers)]
    answer = await amp.send({"destinations": destinations, "im_content": [item or VIBER], **outer})
    assert answer.status == 200, answer.body
    return [each["message_id"] for each in answer.body["results"].values()]


async def _detail(amp: Amp, message_id: str) -> Any:
    return (await amp.admin("GET", f"/messages/{message_id}")).body


def _acts(told: Any) -> list[Any]:
    return [each for each in told["events"] if each["kind"] in ("reply", "click")]


def _texts(receiver: Receiver) -> list[str]:
    return [each.body["message"]["text"] for each in receiver.received]


async def test_a_handset_replies_so_long_after_the_delivery(amp: Amp, receiver: Receiver) -> None:
    """Y-1: the message was delivered after a second; the reply has an id of its own and is from the handset."""
    await _all_do(amp, replies=[{"after": "5s", "text": "On our way."}])
    (message,) = await _send(amp, reply_url=receiver.url, job_id="evening-42")

    await amp.advance(until="idle")

    (got,) = receiver.received
    (reply,) = (await _detail(amp, message))["replies"]
    assert reply == {
        "reply_message_id": got.body["reply_message_id"],
        "message_id": message,
        "channel": "VIBER",
        "text": "On our way.",
        "at": at(6),
        "callback_id": "1",
        "silent": None,
    }
    assert (got.body["micro_timestamp"], got.body["from"], got.body["to"]) == (after(6) // 1_000, NUMBER, "Harbour")
    assert (got.body["orig_message_id"], got.body["client_job_id"]) == (message, "evening-42")
    assert reply["reply_message_id"] != message


async def test_a_number_with_07_at_its_end_replies_without_any_set_up(amp: Amp, receiver: Receiver) -> None:
    """Issue 4: magic numbers."""
    await amp.send(
        {"destinations": [{"number": "99900000007"}], "im_content": [VIBER], "reply_url": receiver.url},
    )

    await amp.advance(until="idle")

    assert _texts(receiver) == ["Thank you for your message."]
    assert receiver.received[0].body["from"] == "99900000007"


async def test_a_recipient_replies_and_others_do_not(amp: Amp, receiver: Receiver) -> None:
    """Issue 4: what a handset does can be said of it alone."""
    recipient = {"number": NUMBER, "replies": [{"text": "Yes"}]}
    await _play(amp, json.dumps({"name": "one", "recipients": [recipient]}))
    await _send(amp, numbers=3, reply_url=receiver.url)

    await amp.advance(until="idle")

    assert [each.body["from"] for each in receiver.received] == [NUMBER]


async def test_a_reply_without_a_text_has_none(amp: Amp, receiver: Receiver) -> None:
    """Y-1: text only if the reply has text."""
    await _all_do(amp, replies=[{}])
    (message,) = await _send(amp, reply_url=receiver.url)

    await amp.advance(until="idle")

    assert receiver.received[0].body["message"] == {}
    assert [(each["text"], each["at"]) for each in (await _detail(amp, message))["replies"]] == [(None, at(1))]


async def _posted(server: Amp, receiver: Receiver, text: Any, *, seed: int) -> list[bytes]:
    """The bodies that the replies of 40 handsets to one job are posted in."""
    before = len(receiver.received)
    amp = await server.open_account(seed=seed)
    await _all_do(amp, replies=[{"after": "5s", "text": text}])
    await _send(amp, numbers=40, reply_url=receiver.url)
    await amp.advance(until="idle")
    return sorted(each.raw for each in receiver.received[before:])


@pytest.mark.parametrize("text", [TEXTS, {"faker": "sentence"}, {"faker": "date", "locale": "de_DE"}], ids=str)
async def test_the_same_seed_says_the_same_and_another_seed_something_else(
    server: Amp, receiver: Receiver, text: Any
) -> None:
    """D11: to the byte, over two accounts; one of a list, and what Faker makes."""
    first, second, other = [await _posted(server, receiver, text, seed=seed) for seed in (5, 5, 6)]

    assert first == second
    assert len(first) == 40
    assert [_said(each) for each in first] != [_said(each) for each in other]


def _said(raw: bytes) -> str:
    return str(json.loads(raw)["message"]["text"])


async def test_every_text_of_a_list_is_said_by_somebody(amp: Amp, receiver: Receiver) -> None:
    """Issue 4: and nothing else."""
    await _all_do(amp, replies=[{"text": TEXTS}])
    await _send(amp, numbers=40, reply_url=receiver.url)

    await amp.advance(until="idle")

    assert set(_texts(receiver)) == set(TEXTS)


async def test_faker_says_something_else_to_each_message_and_in_each_reply(amp: Amp, receiver: Receiver) -> None:
    """Issue 4: made with the account's seed, in the language of a locale."""
    made = {"faker": "sentence", "locale": "ru_RU"}
    await _all_do(amp, replies=[{"after": "1s", "text": made}, {"after": "2s", "text": made}])
    await _send(amp, numbers=20, reply_url=receiver.url)

    await amp.advance(until="idle")

    assert len(set(_texts(receiver))) == 40
    assert not any(each.isascii() for each in _texts(receiver))


async def test_a_message_that_has_been_seen_is_replied_to_all_the_same(amp: Amp, receiver: Receiver) -> None:
    """Y-2: it was delivered; what came after changes nothing."""
    await _all_do(amp, read_after="1s", replies=[{"after": "1h", "text": "Sorry, only now."}])
    await _send(amp, reply_url=receiver.url)

    await amp.advance(until="idle")

    assert (await amp.messages())[0]["status"] == "SEEN"
    assert _texts(receiver) == ["Sorry, only now."]


async def test_the_reply_comes_on_the_channel_that_delivered(amp: Amp, receiver: Receiver) -> None:
    """Y-1, Y-2, L-3: to whom the message came from there, and counted from there."""
    habits = {"replies": [{"after": "5s", "text": "Yes"}], "channels": {"VIBER": "unreachable"}}
    await _all_do(amp, **habits)
    other = {"channel": "WHATSAPP", "content": "Hi", "sender_id": "Quay"}
    await amp.send(
        {"destinations": [{"number": NUMBER}], "im_content": [VIBER, other], "reply_url": receiver.url},
    )

    told = await amp.advance(until="idle")

    (got,) = receiver.received
    assert (got.body["channel"], got.body["to"]) == ("WHATSAPP", "Quay")
    assert [(each["at"], each["type"]) for each in _acts(told)] == [(at(7), "WHATSAPP")]


@pytest.mark.parametrize("ims", [[VIBER], []], ids=["after a messenger", "alone"])
async def test_what_came_by_sms_is_not_replied_to_and_not_clicked(amp: Amp, receiver: Receiver, ims: list[Any]) -> None:
    """Y-2, I-9: the real service would be silent, and the message's page says why."""
    await _all_do(amp, replies=[{"text": "Yes"}], clicks=[{}], channels={"IM": "unreachable"})
    sections = {"im_content": ims} if ims else {}
    await amp.send(
        {"destinations": [{"number": NUMBER}], "sms_content": {"message": "Hi"}, **sections, "reply_url": receiver.url},
    )

    told = await amp.advance(until="idle")

    (message,) = await amp.messages()
    detail = await _detail(amp, message["id"])
    assert (message["type"], message["status"]) == ("SMS", "DELIVRD")
    (silent,) = detail["replies"]
    assert silent["silent"] == "the message was delivered by SMS; only instant messages can be replied to"
    assert [each.get("outcome") for each in _acts(told)] == ["silent"]
    assert (detail["clicks"], receiver.received) == ([], [])


async def test_a_message_that_was_not_delivered_is_not_replied_to(amp: Amp, receiver: Receiver) -> None:
    """Y-2: the handset has nothing to reply to."""
    await _all_do(amp, replies=[{"text": "Yes"}], outcome="undeliverable")
    (message,) = await _send(amp, reply_url=receiver.url)

    await amp.advance(until="idle")

    assert (await _detail(amp, message))["replies"] == []


async def _two_way_off(amp: Amp) -> None:
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"two_way_senders": ["Quay"]})


async def _older(amp: Amp) -> None:
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"dialect": "im-gateway"})


async def _gone(amp: Amp) -> None:
    await amp.admin("DELETE", f"/tokens/{amp.token}")


async def _nothing(_amp: Amp) -> None:
    pass


@pytest.mark.parametrize(
    ("url", "channel", "meanwhile", "why"),
    [
        (None, "VIBER", _nothing, "the message was sent without a reply_url"),
        ("", "VIBER", _nothing, "the message was sent without a reply_url"),
        ("http://127.0.0.1:9/", "VIBER", _two_way_off, "two-way is not on for the sender Harbour"),
        (
            "http://127.0.0.1:9/",
            "VIBER",
            _gone,
            "the token that sent the message is gone, and with it whether two-way is on",
        ),
        (
            "http://127.0.0.1:9/",
            "RCS",
            _older,
            "in the dialect im-gateway only VIBER can be replied to; the message is on RCS",
        ),
    ],
    ids=["no reply_url", "an empty one", "two-way off", "token gone", "older dialect"],
)
async def test_a_reply_that_the_service_would_not_pass_on_says_why(
    amp: Amp, url: str | None, channel: str, meanwhile: Any, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Y-2: it is kept with the message and told as silent; nothing is posted, and the log says so once."""
    await _all_do(amp, replies=[{"after": "5s", "text": "Yes"}])
    outer = {} if url is None else {"reply_url": url}
    message, _ = await _send(amp, numbers=2, item={**VIBER, "channel": channel}, **outer)
    await meanwhile(amp)

    with caplog.at_level(logging.INFO, "mock_amp.engine.timeline"):
        told = await amp.advance(until="idle")

    assert (await _detail(amp, message))["replies"] == [
        {
            "reply_message_id": None,
            "message_id": message,
            "channel": channel,
            "text": "Yes",
            "at": at(6),
            "callback_id": None,
            "silent": why,
        }
    ]
    assert _acts(told)[0] == {"at": at(6), "kind": "reply", "message_id": message, "type": channel, "outcome": "silent"}
    assert await amp.callbacks() == []
    noted = [each for each in caplog.records if each.name == "mock_amp.engine.timeline"]
    assert [(each.levelname, each.getMessage().partition(": ")[2]) for each in noted] == [
        ("INFO", f"a reply by script came to nothing, 2 times: {why}")
    ]


async def test_two_way_counts_as_it_is_when_the_handset_replies(amp: Amp, receiver: Receiver) -> None:
    """Y-2: it was off when the message was sent, and again later."""
    await _all_do(amp, replies=[{"after": "1m", "text": "One"}, {"after": "2m", "text": "Two"}])
    await _two_way_off(amp)
    (message,) = await _send(amp, reply_url=receiver.url)
    await amp.advance(by="30s")
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"two_way_senders": None})
    await amp.advance(by="1m")
    await _two_way_off(amp)

    await amp.advance(until="idle")

    replies = (await _detail(amp, message))["replies"]
    assert _texts(receiver) == ["One"]
    assert [(each["text"], each["silent"] is None) for each in replies] == [("One", True), ("Two", False)]


async def test_three_attempts_of_a_reply_have_a_new_req_uuid_each(amp: Amp, receiver: Receiver) -> None:
    """Y-1, Y-3: five minutes apart, with the same reply_message_id, and then it is discarded."""
    receiver.answers = (500,)
    await _all_do(amp, replies=[{"after": "5s", "text": {"faker": "name"}}])
    await _send(amp, reply_url=receiver.url)

    await amp.advance(until="idle")

    (callback,) = await amp.callbacks()
    bodies = [each.body for each in receiver.received]
    assert [each["at"] for each in callback["attempts"]] == [
        at(6),
        "2026-01-01T00:05:06.000000Z",
        "2026-01-01T00:10:06.000000Z",
    ]
    assert (callback["kind"], callback["state"]) == ("reply", "discarded")
    assert len({each["req_uuid"] for each in bodies}) == 3
    assert len({json.dumps({**each, "req_uuid": ""}) for each in bodies}) == 1


async def test_replies_by_script_and_by_call_are_one_list(amp: Amp, receiver: Receiver) -> None:
    """Y-1: each with an id of its own, in their order."""
    await _all_do(amp, replies=[{"after": "5s", "text": "One"}, {"after": "15s", "text": "Three"}])
    (message,) = await _send(amp, reply_url=receiver.url)
    await amp.advance(by="10s")
    await amp.admin("POST", f"/messages/{message}/reply", {"text": "Two"})

    await amp.advance(until="idle")

    replies = (await _detail(amp, message))["replies"]
    assert [each["text"] for each in replies] == ["One", "Two", "Three"]
    assert len({each["reply_message_id"] for each in replies}) == 3
    assert _texts(receiver) == ["One", "Two", "Three"]


async def test_twelve_hundred_replies_at_one_moment_all_come(amp: Amp, receiver: Receiver) -> None:
    """Y-1, D5: each with an id of its own, at its moment; not in one go, so that others get their turn."""
    looks: list[Answer] = []
    await _all_do(amp, replies=[{"after": "5s", "text": "Yes"}])
    messages = await _send(amp, numbers=1_200, reply_url=receiver.url)
    receiver.on_post = once(lambda: amp.admin("GET", "/agenda?limit=10000"), looks)

    told = await amp.advance(until="idle")

    bodies = [each.body for each in receiver.received]
    assert [each["message_id"] for each in _acts(told)] == messages
    assert {each["orig_message_id"] for each in bodies} == set(messages)
    assert len({each["reply_message_id"] for each in bodies} | set(messages)) == 2_400
    assert {each["micro_timestamp"] for each in bodies} == {after(6) // 1_000}
    assert [each["at"] for each in looks[0].body["items"] if each["kind"] == "act"] == [at(6)]
    assert len(looks[0].body["items"]) < 600
    assert (await amp.admin("GET", "/agenda")).body["items"] == []


async def test_only_those_reply_whom_the_rule_means(amp: Amp, receiver: Receiver) -> None:
    """Issue 4: also where they lie scattered among the destinations of a job."""
    rule = {"name": "half", "match": {"share": 0.5}, "replies": [{"text": "Yes"}]}
    await _play(amp, json.dumps({"name": "half", "rules": [rule]}))
    messages = await _send(amp, numbers=1_000, reply_url=receiver.url)

    await amp.advance(until="idle")

    replied = [each.body["orig_message_id"] for each in receiver.received]
    assert (len(replied), len(set(replied))) == (500, 500)
    assert set(replied) < set(messages)


async def test_a_tracked_click_is_logged_at_its_moment(amp: Amp) -> None:
    """I-9: with the URL of this destination."""
    await _all_do(amp, clicks=[{"after": "2s"}, {"after": "1m"}])
    (message,) = await _send(amp, item=TRACKED)

    told = await amp.advance(until="idle")

    clicks = (await _detail(amp, message))["clicks"]
    assert clicks == [{"at": at(3), **ACTION}, {"at": "2026-01-01T00:01:01.000000Z", **ACTION}]
    assert _acts(told) == [
        {"at": each["at"], "kind": "click", "message_id": message, "type": "VIBER"} for each in clicks
    ]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ({**VIBER, "actions": [ACTION]}, "track_clicks is not on"),
        ({**TRACKED, "track_clicks": False}, "track_clicks is not on"),
        (VIBER, "the message has no action on VIBER"),
    ],
    ids=["not said", "off", "no action"],
)
async def test_a_click_that_is_not_tracked_leaves_nothing_behind(
    amp: Amp, item: Any, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """I-9: but a line of the log for who looks closely."""
    await _all_do(amp, clicks=[{"after": "2s"}])
    (message,) = await _send(amp, item=item)

    with caplog.at_level(logging.DEBUG, "mock_amp.engine.timeline"):
        told = await amp.advance(until="idle")

    assert (await _detail(amp, message))["clicks"] == []
    assert _acts(told) == []
    assert [(each.levelname, why in each.getMessage()) for each in caplog.records if "by script" in each.message] == [
        ("DEBUG", True)
    ]


async def test_acts_are_told_in_their_place_among_the_events(amp: Amp, receiver: Receiver) -> None:
    """D9: and an attempt after the reply that it posts."""
    await _all_do(amp, read_after="3s", replies=[{"after": "5s"}], clicks=[{"after": "2s"}])
    await _send(amp, item=TRACKED, reply_url=receiver.url)

    told = await amp.advance(until="idle")

    assert [(each["at"], each["kind"], each.get("status")) for each in told["events"]] == [
        (at(0.2), "status", "ACCEPTD"),
        (at(1), "status", "DELIVRD"),
        (at(3), "click", None),
        (at(4), "status", "SEEN"),
        (at(6), "reply", None),
        (at(6), "attempt", None),
    ]
    assert told["events_total"] == 6
    assert told["events"][4]["callback_id"] == told["events"][5]["callback_id"]


async def test_one_long_jump_gives_the_same_as_many_short_ones(server: Amp, receiver: Receiver) -> None:
    """D9: bodies and events."""
    found = []
    for step in ("1m", "700ms"):
        before = len(receiver.received)
        events: list[Any] = []
        amp = await server.open_account()
        await _all_do(amp, replies=[{"after": "5s", "text": TEXTS}, {"text": {"faker": "city"}}], clicks=[{}])
        await _send(amp, numbers=3, item=TRACKED, reply_url=receiver.url)
        while not events or (await amp.admin("GET", "/agenda")).body["items"]:
            events += (await amp.advance(by=step))["events"]
        found.append((sorted(each.raw for each in receiver.received[before:]), events))

    assert found[0] == found[1]
    assert len(found[0][0]) == 6


async def test_the_agenda_shows_what_handsets_will_do(amp: Amp) -> None:
    """DESIGN: the cohort acts together; before the delivery nothing is known of it."""
    await _all_do(amp, outcome="delivered", replies=[{"after": "5s"}], clicks=[{"after": "2s"}])
    await _send(amp, numbers=3)
    before = (await amp.admin("GET", "/agenda")).body["items"]
    await amp.advance(by="1s")

    items = (await amp.admin("GET", "/agenda")).body["items"]

    assert [each["kind"] for each in before] == ["status"]
    assert [(each["at"], each["kind"], each["act"], each["count"], each["cohort"]) for each in items] == [
        (at(3), "act", "click", 3, before[0]["cohort"]),
        (at(6), "act", "reply", 3, before[0]["cohort"]),
    ]


async def test_what_a_real_clock_comes_late_to_happens_at_its_moment(receiver: Receiver) -> None:
    """D9: a reply says when it was due, not when the server got to it."""
    hand = hand_clock()
    async with running(clock=hand) as server:
        amp = await server.open_account(clock={"mode": "real"})
        await _all_do(amp, replies=[{"after": "5s", "text": "Yes"}])
        await _send(amp, numbers=2, reply_url=receiver.url)

        hand.turn(after(60))

        got = await receiver.wait_for(2)
        assert [each.body["micro_timestamp"] for each in got] == [after(6) // 1_000] * 2


async def test_a_reset_ends_what_handsets_were_about_to_do(amp: Amp, receiver: Receiver) -> None:
    """DESIGN: also in the middle of a thousand replies; the same send afterwards is replied to as the first time."""
    answers: list[Answer] = []
    await _all_do(amp, replies=[{"text": "Yes"}])
    await _send(amp, numbers=1_000, reply_url=receiver.url)
    receiver.on_post = once(lambda: amp.admin("POST", "/reset"), answers)

    outer = await amp.admin("POST", "/clock/advance", {"until": "idle"})

    assert ((await answered(answers, amp)).status, outer.status) == (200, 409)
    assert len(receiver.received) <= 200
    assert (await amp.advance(until="idle"))["events"] == []
    assert (await amp.callbacks(), await amp.messages()) == ([], [])


async def test_a_server_that_starts_again_with_its_store_still_has_to_reply(tmp_path: Path, receiver: Receiver) -> None:
    """D5, D8: what handsets will do is in the store like all else; so is the scenario that Faker's texts come from."""
    replies = [{"after": "1h", "text": {"faker": "sentence"}}, {"after": "2h", "text": "Still here."}]
    for wish in ({"by": "10m"}, {"until": "idle"}):
        server = Server(settings(), store=SqliteStore(str(tmp_path / "store.db")))
        async with serving(server), aiohttp.ClientSession() as session:
            amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
            if not await amp.messages():
                await _all_do(amp, replies=replies)
                await _send(amp, numbers=2, reply_url=receiver.url)
            assert receiver.received == []
            await amp.advance(**wish)

    assert len(receiver.received) == 4
    assert _texts(receiver)[2:] == ["Still here."] * 2
    assert len({each.body["reply_message_id"] for each in receiver.received}) == 4


UNKNOWN: Final = """\
name: people
{section}
    replies:
      - after: 5s
      - after: 6s
        text:
          faker: {what}
          locale: {locale}
"""


@pytest.mark.parametrize(
    ("section", "what", "locale", "fault"),
    [
        (
            "rules:\n  - name: all",
            "name",
            "de_DD",
            (9, "/rules/0/replies/1/text/locale", "Faker has no locale de_DD; did you mean de_DE?"),
        ),
        (
            'recipients:\n  - number: "356"',
            "name",
            "fr_FA",
            (9, "/recipients/0/replies/1/text/locale", "Faker has no locale fr_FA; did you mean fr_FR?"),
        ),
        ("defaults:", "city", "xq", (8, "/defaults/replies/1/text/locale", "Faker has no locale xq")),
        (
            "rules:\n  - name: all",
            "phone_number",
            "en_PH",
            (8, "/rules/0/replies/1/text/faker", "Faker makes no phone_number in en_PH"),
        ),
    ],
    ids=["of a rule", "of a recipient", "of all", "not in this one"],
)
async def test_a_locale_that_faker_has_not_is_refused_with_its_line(
    amp: Amp, section: str, what: str, locale: str, fault: tuple[int, str, str]
) -> None:
    """D7: when the scenario is put in force, not when a reply is due; what was in force stays."""
    answer = await _play(amp, UNKNOWN.format(section=section, what=what, locale=locale))

    line, pointer, text = fault
    assert answer.status == 400
    assert answer.body["faults"] == [{"line": line, "pointer": pointer, "text": text}]
    assert (await amp.admin("GET", "/scenario")).body["name"] == "magic-numbers"
