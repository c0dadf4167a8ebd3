"""A scenario is put in force for an account, and things go as it says (issue 4)."""

import asyncio
from collections import Counter
from io import BytesIO
from typing import Any

import pytest
import yaml

from tests.api.holding import at, hand_clock, send_sms, send_viber
from tests.harness import NO_IM_NUMBER, NUMBER, START, Amp, Answer, Receiver, running

REJECTING = {"name": "rejecting", "description": "No luck.", "rules": [{"name": "all", "outcome": "rejected"}]}
FIRST_TWO = {"name": "first-two", "rules": [{"name": "two", "match": {"nth": {"first": 2}}, "outcome": "rejected"}]}


async def put(amp: Amp, document: Any) -> Answer:
    """Puts a scenario in force: a text as it is, or a value as YAML."""
    text = document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False)
    return await amp.play(text)


async def in_force(amp: Amp, document: Any) -> Any:
    answer = await put(amp, document)
    assert answer.status == 200, answer.body
    return answer.body


async def name_of(amp: Amp) -> str:
    return str((await amp.admin("GET", "/scenario")).body["name"])


async def ends(amp: Amp) -> list[str]:
    """How every message stands, once nothing is left to happen."""
    await amp.advance(until="idle")
    return [message["status"] for message in await amp.messages(limit="10000")]


async def campaign(amp: Amp, size: int, **sections: Any) -> None:
    """One send to many: an SMS unless a section says something else."""
    what = sections or {"sms_content": {"message": "Hello"}}
    answer = await amp.send({"destinations": [{"number": f"356990{at:05}"} for at in range(size)], **what})
    assert answer.status == 200, answer.body


async def tally(amp: Amp, **wanted: str) -> int:
    return len(await amp.messages(limit="10000", **wanted))


async def test_a_scenario_is_put_in_force_as_yaml(amp: Amp) -> None:
    """Answered as it will be answered from now on."""
    answer = await put(amp, REJECTING)

    assert (answer.status, answer.body) == (200, (await amp.admin("GET", "/scenario")).body)
    assert {key: answer.body[key] for key in ("name", "description", "usual", "since", "document")} == {
        "name": "rejecting",
        "description": "No luck.",
        "usual": False,
        "since": START,
        "document": REJECTING,
    }
    await send_sms(amp)
    assert await ends(amp) == ["REJECTD"]


async def test_a_scenario_is_put_in_force_as_json(amp: Amp) -> None:
    """YAML has JSON in it, whatever the Content-Type says."""
    answer = await amp.admin("PUT", "/scenario", REJECTING)

    assert (answer.status, answer.body["document"]) == (200, REJECTING)


@pytest.mark.parametrize(
    "text", ["magic-numbers", '"magic-numbers"', "name: magic-numbers", '{"name":"magic-numbers"}']
)
async def test_a_shipped_scenario_is_put_in_force_by_its_name(amp: Amp, text: str) -> None:
    await in_force(amp, REJECTING)

    answer = await put(amp, text)

    assert (answer.status, answer.body["name"], answer.body["usual"]) == (200, "magic-numbers", False)
    await send_sms(amp)
    assert await ends(amp) == ["DELIVRD"]


async def test_an_account_has_the_server_s_scenario_since_it_was_opened(amp: Amp) -> None:
    body = (await amp.admin("GET", "/scenario")).body

    assert (body["name"], body["usual"], body["since"]) == ("magic-numbers", True, START)
    assert body["document"]["prices"]


async def test_a_scenario_is_in_force_since_it_was_put(amp: Amp) -> None:
    """On the account's clock: what it says of durations counts from there."""
    await amp.advance(by="30s")
    rules = [{"name": "later", "during": {"from": "10s", "to": "20s"}, "outcome": "rejected"}]

    body = await in_force(amp, {"name": "later", "rules": rules})
    for moment in ("0s", "15s", "10s"):
        await amp.advance(by=moment)
        await send_sms(amp)

    assert body["since"] == at(30)
    assert await ends(amp) == ["DELIVRD", "REJECTD", "DELIVRD"]


@pytest.mark.parametrize(
    ("text", "line", "pointer", "told"),
    [
        ("name: a\nrules:\n  - name: b\n    outcom: seen\n", 4, "/rules/0/outcom", "outcome"),
        ("name: a\nrecipents: []\n", 2, "/recipents", "recipients"),
        ("name: a\nrules:\n  - name: b\n    outcome: sean\n", 4, "/rules/0/outcome", "seen"),
        ("name: a\ndefaults:\n  jitter: soon\n", 3, "/defaults/jitter", "soon"),
        ("name: a\nrules:\n- {name: b, match: {text: {regex: '(?=a)'}}}\n", 3, "/rules/0/match/text", "look-around"),
        ("name: a\ndefaults:\n  error_codes:\n    UNDELIV: 0\n", 4, "/defaults/error_codes/UNDELIV", "L-7"),
        ("name: a\nname: b\n", 2, "/name", "twice"),
        ("rules: []\n", 1, "", "name"),
        ("name: [\n", 1, "/name", ""),
        ("outages\n", None, None, "outage"),
        ("", 1, "", ""),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_scenario_that_cannot_be_is_400_with_line_place_and_what_is_near(
    amp: Amp, text: str, line: int | None, pointer: str | None, told: str
) -> None:
    """RFC 9457; what was in force stays so."""
    answer = await put(amp, text)

    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
    faults = answer.body["faults"]
    if line is not None:
        assert (faults[0]["line"], faults[0]["pointer"]) == (line, pointer)
        assert set(faults[0]) == {"line", "pointer", "text"}
    assert told in answer.body["detail"]
    assert await name_of(amp) == "magic-numbers"


async def test_all_faults_of_a_scenario_are_told_in_the_order_of_lines(amp: Amp) -> None:
    answer = await put(amp, "name: A b\nrules:\n  - outcome: seen\nprice: {}\n")

    assert [(fault["line"], fault["pointer"]) for fault in answer.body["faults"]] == [
        (1, "/name"),
        (3, "/rules/0"),
        (4, "/price"),
    ]


async def test_an_account_is_opened_with_a_scenario(server: Amp) -> None:
    """By name or as a whole document."""
    named, whole = [await server.open_account(scenario=each) for each in ("magic-numbers", REJECTING)]

    assert [await name_of(amp) for amp in (named, whole)] == ["magic-numbers", "rejecting"]
    assert (await whole.admin("GET", "")).body["scenario"] == "rejecting"
    await send_sms(whole)
    assert await ends(whole) == ["REJECTD"]


async def test_an_account_with_a_scenario_that_cannot_be_is_not_opened(server: Amp) -> None:
    wish = {"scenario": {"name": "a", "rules": [{"name": "b", "outcome": {"status": "LOST"}}]}}

    answer = await server.call("POST", "/__admin/accounts", json=wish)

    assert (answer.status, [fault["pointer"] for fault in answer.body["faults"]]) == (400, ["/rules/0/outcome/status"])
    assert len((await server.call("GET", "/__admin/accounts")).body["items"]) == 1


async def test_a_reset_goes_back_to_the_scenario_of_the_beginning(server: Amp) -> None:
    amps = [await server.open_account(), await server.open_account(scenario=REJECTING)]
    for amp in amps:
        await in_force(amp, FIRST_TWO)
        await amp.advance(by="5s")
        await amp.admin("POST", "/reset")

    bodies = [(await amp.admin("GET", "/scenario")).body for amp in amps]
    assert [(body["name"], body["usual"], body["since"]) for body in bodies] == [
        ("magic-numbers", True, START),
        ("rejecting", False, START),
    ]


async def test_other_accounts_keep_their_scenarios(server: Amp) -> None:
    """G-4: and their counts."""
    one, other = await server.open_account(), await server.open_account(scenario=FIRST_TWO)
    await send_sms(other)
    await in_force(one, REJECTING)
    for amp in (one, other, other, server):
        await send_sms(amp)

    assert [await name_of(amp) for amp in (one, other, server)] == ["rejecting", "first-two", "magic-numbers"]
    assert [await ends(amp) for amp in (one, other, server)] == [
        ["REJECTD"],
        ["REJECTD", "REJECTD", "DELIVRD"],
        ["DELIVRD"],
    ]


async def test_counting_goes_on_over_requests_and_begins_anew_with_a_scenario(amp: Amp) -> None:
    """The same document too."""
    await in_force(amp, FIRST_TWO)
    for _ in range(3):
        await send_sms(amp)
    await in_force(amp, FIRST_TWO)
    await send_sms(amp, NUMBER, "35699000002", "35699000003")

    assert await ends(amp) == ["REJECTD", "REJECTD", "DELIVRD", "REJECTD", "REJECTD", "DELIVRD"]


async def test_messages_under_way_keep_their_plan(amp: Amp) -> None:
    """A scenario is for requests to come."""
    await send_sms(amp)
    await amp.advance(by="500ms")
    await in_force(amp, REJECTING)
    await send_sms(amp)

    assert await ends(amp) == ["DELIVRD", "REJECTD"]


PACED = {"name": "paced", "defaults": {"throughput": {"SMS": 500}}}


async def test_a_large_job_comes_back_over_time(amp: Amp) -> None:
    """1,200 destinations at 500 a second: three slices, each with the times of its own second."""
    await in_force(amp, PACED)
    await campaign(amp, 1_200)

    delivered = []
    for moment in ("999ms", "1ms", "1s", "1s"):
        await amp.advance(by=moment)
        delivered.append((await tally(amp, status="DELIVRD"), await tally(amp, channel="INTERNAL")))

    assert delivered == [(0, 700), (500, 700), (1_000, 200), (1_200, 0)]
    messages = await amp.messages(limit="10000")
    assert [messages[position]["to"] for position in (0, 700)] == ["35699000000", "35699000700"]
    for position, start in ((0, 0.0), (499, 0.0), (500, 1.0), (999, 1.0), (1_000, 2.0), (1_199, 2.0)):
        assert [(line["at"], line["type"], line["status"]) for line in messages[position]["timeline"]] == [
            (at(0), "INTERNAL", "ACCEPTD"),
            (at(start + 0.2), "SMS", "ACCEPTD"),
            (at(start + 1), "SMS", "DELIVRD"),
        ]


async def test_the_next_job_queues_behind_the_one_before(amp: Amp) -> None:
    """The channel is busy until 1.2 s; other channels are not."""
    await in_force(amp, PACED)
    await campaign(amp, 600)
    await campaign(amp, 1)
    await send_viber(amp)
    await amp.advance(until="idle")

    sms, viber = (await amp.messages(limit="10000"))[600:]
    assert [line["at"] for line in sms["timeline"]] == [at(0), at(1.4), at(2.2)]
    assert viber["timeline"][1]["at"] == at(0.2)


async def test_a_queue_that_is_through_delays_nobody(amp: Amp) -> None:
    await in_force(amp, PACED)
    await campaign(amp, 600)
    await amp.advance(by="10s")
    await campaign(amp, 1)
    await amp.advance(until="idle")

    assert (await amp.messages(limit="10000"))[600]["changed_at"] == at(11)


async def test_a_fallback_channel_has_its_queue_too(amp: Amp, receiver: Receiver) -> None:
    """L-4: all fail on VIBER at once, and their SMS begin 100 a second; each is reported once for every status."""
    rules = [{"name": "no viber", "channels": {"VIBER": "unreachable"}}]
    await in_force(amp, {"name": "slow-sms", "rules": rules, "defaults": {"throughput": {"SMS": 100}}})
    sections = {"im_content": [{"channel": "VIBER", "content": "Hi"}], "sms_content": {"message": "Hi"}}
    await campaign(amp, 250, callback_url=receiver.url, **sections)

    counts = []
    for moment in ("1s", "500ms", "500ms", "1s", "1s"):
        await amp.advance(by=moment)
        wanted = ({"channel": "VIBER"}, {"channel": "SMS"}, {"status": "DELIVRD"})
        counts.append([await tally(amp, **each) for each in wanted])

    assert counts == [[250, 0, 0], [150, 100, 0], [150, 100, 100], [50, 200, 200], [0, 250, 250]]
    messages = await amp.messages(limit="10000")
    for position, start in ((0, 1), (99, 1), (100, 2), (249, 3)):
        assert [line["at"] for line in messages[position]["timeline"]] == [
            at(0),
            at(0.2),
            at(1),
            at(start + 0.2),
            at(start + 1),
        ]
    told = [(each["to"], *each_status) for got in receiver.received for each, each_status in zip_reports(got.body)]
    assert len(told) == len(set(told))
    assert sum(status == "DELIVRD" for _, _, status in told) == 250


def zip_reports(body: Any) -> list[tuple[Any, tuple[str, str]]]:
    return [(each, (each["type"], each["status"])) for each in body["data"]]


async def test_one_long_way_through_a_queue_is_the_same_as_many_short_ones(server: Amp) -> None:
    """L-8: wherever the clock stops."""
    lives = []
    for step in ({"until": "idle"}, {"by": "700ms"}):
        amp = await server.open_account(scenario={**PACED, "defaults": {"throughput": {"SMS": 3}}})
        await campaign(amp, 10)
        for _ in range(8):
            await amp.advance(**step)
        lives.append([message["timeline"] for message in await amp.messages()])

    assert lives[0] == lives[1]


async def test_a_message_to_a_handset_that_is_off_waits_until_it_is_on(amp: Amp) -> None:
    """L-8, L-4: until its ttl at most."""
    recipients = [{"number": NUMBER, "off_between": [{"from": "10s", "to": "40s"}]}]
    await in_force(amp, {"name": "off", "recipients": recipients})
    await amp.advance(by="10s")
    await send_sms(amp)
    await amp.send({"destinations": [{"number": NUMBER}], "sms_content": {"message": "Hi", "ttl": 15}})
    await send_sms(amp, NO_IM_NUMBER)
    await amp.advance(until="idle")

    told = [[(line["at"], line["status"]) for line in each["timeline"][1:]] for each in await amp.messages()]
    assert told == [
        [(at(10.2), "ACCEPTD"), (at(40), "DELIVRD")],
        [(at(10.2), "ACCEPTD"), (at(25), "EXPIRED")],
        [(at(10.2), "ACCEPTD"), (at(11), "DELIVRD")],
    ]


async def test_a_handset_that_is_off_when_the_fallback_begins_gets_it_later(amp: Amp) -> None:
    """L-4: what VIBER could not deliver, SMS delivers in the morning."""
    recipients = [{"number": NUMBER, "apps": [], "off_between": [{"from": "00:00", "to": "00:00:30"}]}]
    await in_force(amp, {"name": "off", "recipients": recipients})
    await send_viber(amp, sms_content={"message": "Hi"})
    await amp.advance(until="idle")

    (message,) = await amp.messages()
    assert [(line["at"], line["type"], line["status"]) for line in message["timeline"][2:]] == [
        (at(1), "VIBER", "UNDELIV"),
        (at(1.2), "SMS", "ACCEPTD"),
        (at(30), "SMS", "DELIVRD"),
    ]


RICH: dict[str, Any] = {
    "name": "rich",
    "defaults": {"jitter": "5s", "throughput": {"SMS": 4, "VIBER": 7}, "reach": {"VIBER": 0.7}},
    "recipients": [{"number": {"glob": "*3"}, "read_after": "1m", "off_between": [{"from": "5s", "to": "20s"}]}],
    "rules": [
        {"name": "some", "match": {"share": 0.3}, "channels": {"VIBER": "rejected", "SMS": {"jitter": "9s"}}},
        {"name": "third", "match": {"nth": {"every": 3}}, "outcome": "expired"},
    ],
}


async def test_the_same_scenario_seed_and_requests_give_the_same_bytes(receiver: Receiver) -> None:
    """D11: journal, messages, callbacks and what the receiver got, of two servers."""
    lives = []
    for _ in range(2):
        receiver.received.clear()
        async with running(clock=hand_clock()) as amp:
            answers = [await put(amp, RICH)]
            for size in (40, 1, 3):
                sections = {"im_content": [{"channel": "VIBER", "content": "Hi"}], "sms_content": {"message": "Hi"}}
                await campaign(amp, size, callback_url=receiver.url, **sections)
                await amp.advance(by="2s")
            await amp.advance(until="idle")
            lists = ("messages", "callbacks", "requests")
            answers += [await amp.admin("GET", f"/{what}?limit=10000") for what in lists]
        lives.append(([answer.raw for answer in answers], [got.raw for got in receiver.received]))

    assert lives[0] == lives[1]
    assert len(lives[0][1]) > 20


async def test_another_seed_has_other_luck(server: Amp) -> None:
    """D11: whom a share takes comes from the seed."""
    rules = [{"name": "half", "match": {"share": 0.5}, "outcome": "rejected"}]
    found = []
    for seed in (1, 1, 2):
        amp = await server.open_account(seed=seed, scenario={"name": "half", "rules": rules})
        await campaign(amp, 40)
        found.append(await ends(amp))

    assert found[0] == found[1] != found[2]
    assert [each.count("REJECTD") for each in found] == [20, 20, 20]


async def test_a_large_send_under_a_counting_scenario_lets_others_in_between(server: Amp) -> None:
    """Its plans are found beside the event loop, and hold though they were found before the transaction."""
    rules = [{"name": f"r{at}", "match": {"number": {"regex": f"{at:03}$"}}, "outcome": "rejected"} for at in range(40)]
    counting = {"name": "n", "rules": [{"name": "odd", "match": {"nth": {"every": 2}}, "outcome": "delivered"}, *rules]}
    one = await server.open_account(scenario=counting)
    other = await server.open_account()
    numbers = [{"number": str(35600000000 + at)} for at in range(3_000)]

    large = asyncio.create_task(one.send({"destinations": numbers, "sms_content": {"message": "Hi"}}))
    beside = [await other.send(sms_content={"message": "Hi"}) for _ in range(20)]
    answer = await large
    again = await one.send({"destinations": numbers[:3], "sms_content": {"message": "Hi"}})

    assert {each.status for each in (answer, *beside, again)} == {200}
    await one.advance(until="idle")
    first = await one.messages(to="35600000000", limit="2")
    assert [each["status"] for each in first] == ["REJECTD", "REJECTD"]
    second = await one.messages(to="35600000001", limit="2")
    assert [each["status"] for each in second] == ["DELIVRD", "DELIVRD"]


async def test_a_scenario_of_more_than_four_mebibytes_is_refused_unread(amp: Amp) -> None:
    answer = await amp.call(
        "PUT",
        f"/__admin/accounts/{amp.account}/scenario",
        data=BytesIO(b"name: x\n# " + b"y" * (4 * 1024 * 1024)),
        headers={"Content-Type": "application/yaml"},
    )

    assert answer.status == 400
    assert answer.body["detail"] == "the body is larger than 4 MiB, too large for a scenario"


async def test_large_sends_side_by_side_are_counted_one_after_the_other(amp: Amp) -> None:
    """Plans that were found before another request counted do not hold: the 1,500 after the first 1,500 differ."""
    slow = "".join(
        f"  - {{name: r{at}, match: {{number: {{regex: '{at:04}$'}}}}, outcome: seen}}\n" for at in range(80)
    )
    await amp.play(f"name: n\nrules:\n  - {{name: late, match: {{nth: {{after: 1500}}}}, outcome: rejected}}\n{slow}")

    def body(first: int) -> dict[str, Any]:
        return {"destinations": [{"number": str(first + at)} for at in range(1_500)], "sms_content": {"message": "Hi"}}

    answers = await asyncio.gather(amp.send(body(35600000000)), amp.send(body(35700000000)))
    await amp.advance(until="idle", limit=0)

    assert [each.status for each in answers] == [200, 200]
    by_end = Counter(each["status"] for each in await amp.messages(limit="10000"))
    assert by_end == {"DELIVRD": 1_500, "REJECTD": 1_500}
