"""A scenario from its document, and what is wrong with one."""

from typing import Any

import pytest

from mock_amp.core.instants import SECOND
from mock_amp.core.matching import pattern, prefixes
from mock_amp.core.model import IM_CHANNELS, Act, Channel, Status, Step
from mock_amp.core.scenario import USUAL_CODE, CallbackFault, Delays, Habits, Nth, Outcome, RequestFault
from mock_amp.core.script import BadScenario, has_faults_on, read_scenario, with_faults
from mock_amp.core.windows import Window
from tests.unit.builders import a_scenario

FULL: dict[str, Any] = {
    "name": "busy-hour",
    "description": "All that a scenario can say.",
    "defaults": {
        "accepted_after": "100ms",
        "delivered_after": 2,
        "seen_after": "1m",
        "jitter": "2s",
        "throughput": {"SMS": 100},
        "reach": {"VIBER": 0.8},
        "error_codes": {"EXPIRED": 28},
        "handset": "ios",
        "read_after": "10s",
    },
    "recipients": [
        {
            "name": "Ana",
            "number": "35699000001",
            "apps": ["VIBER"],
            "off_between": [{"from": "22:00", "to": "07:00"}, {"from": "10s"}],
            "handset": "android",
            "read_after": "never",
            "replies": [
                {"after": "20s", "text": ["Yes", "No"]},
                {"text": "Hm"},
                {"text": {"faker": "sentence", "locale": "de_DE"}},
            ],
            "clicks": [{"after": 5}],
        },
        {"number": {"prefix": "44"}, "country": "44", "apps": []},
        {"handset": "ios"},
    ],
    "rules": [
        {
            "name": "all keys",
            "match": {
                "number": {"glob": "999*01"},
                "country": ["999", "1"],
                "channel": ["SMS", "VIBER"],
                "sender": "Quay",
                "text": {"regex": "(?i)sale"},
                "job_id": {"contains": "x"},
                "custom_id": {"prefix": "c"},
                "promotional": True,
                "product": "im",
                "nth": {"every": 3},
                "share": 0.3,
            },
            "during": {"to": "1h"},
            "channels": {
                "SMS": "expired",
                "VIBER": {"never_read": True},
                "IM": {"status": "REJECTD", "error_code": 41},
            },
            "read_after": 0,
        },
        {"name": "everywhere", "outcome": {"steps": [{"status": "ACCEPTD", "after": 1}], "jitter": "1s"}},
    ],
    "prices": {"": {"SMS": 0.06}, "356": {"SMS": 0.0301}},
    "requests": [
        {
            "name": "busy",
            "match": {"method": "POST", "path": {"prefix": "/1/"}, "nth": [1, 2]},
            "status": 429,
            "retry_after": 5,
            "latency": "1s",
            "jitter": "2s",
        },
        {"name": "cut", "cut": "middle", "slow_body": "3s", "malformed": True},
    ],
    "callbacks": [
        {"name": "twice", "match": {"status": "DELIVRD"}, "duplicate": 1, "delay": "1s", "reorder": True, "split": 2},
        {"name": "lost", "drop": True, "merge": "5s", "fail_first": 2, "cut": 1},
    ],
}


def read(**sections: Any) -> Any:
    return read_scenario({"name": "test", **sections}, Delays())


def test_a_scenario_says_how_things_are_by_default() -> None:
    found = read_scenario(FULL, Delays())

    assert (found.name, found.description) == ("busy-hour", "All that a scenario can say.")
    assert found.delays == Delays(accepted=SECOND // 10, delivered=2 * SECOND, seen=60 * SECOND)
    assert (found.jitter, found.throughput, found.reach) == (2 * SECOND, {Channel.SMS: 100}, {Channel.VIBER: 0.8})
    assert (found.error_code(Status.EXPIRED), found.error_code(Status.UNDELIV)) == (28, 5)
    assert found.habits == Habits(ios=True, read_after=10 * SECOND)


def test_a_scenario_describes_handsets() -> None:
    ana, britain, everybody = read_scenario(FULL, Delays()).recipients

    assert (ana.name, ana.number, ana.apps) == (
        "Ana",
        (("number", pattern("35699000001")),),
        frozenset({Channel.VIBER}),
    )
    assert ana.off == (
        Window(start=22 * 3_600 * SECOND, end=7 * 3_600 * SECOND, daily=True),
        Window(start=10 * SECOND, start_since=True),
    )
    assert ana.habits == Habits(
        ios=False,
        never_reads=True,
        acts=(
            Act("reply", 20 * SECOND, ("Yes", "No"), "", "en_US"),
            Act("reply", 0, ("Hm",), "", "en_US"),
            Act("reply", 0, (), "sentence", "de_DE"),
            Act("click", 5 * SECOND, (), "", "en_US"),
        ),
    )
    assert britain.number == (("number", pattern({"prefix": "44"})), ("country", prefixes("44")))
    assert (britain.apps, britain.habits) == (frozenset(), Habits())
    assert (everybody.name, everybody.number, everybody.apps) == ("everybody", (), None)


def test_a_rule_asks_request_offer_text_and_destination() -> None:
    rule = read_scenario(FULL, Delays()).rules[0]

    assert [name for name, _ in rule.request] == ["product", "promotional", "job_id"]
    assert [name for name, _ in rule.offer] == ["channel", "sender"]
    assert [name for name, _ in rule.text] == ["text"]
    assert [name for name, _ in rule.number] == ["number", "country"]
    assert [name for name, _ in rule.other] == ["custom_id"]
    assert (rule.choice.nth, rule.choice.share) == (Nth(every=3), 0.3)
    assert rule.choice.during == Window(end=3_600 * SECOND, end_since=True)
    assert rule.habits == Habits(read_after=0)


def test_im_stands_for_the_instant_messengers_that_are_not_named() -> None:
    outcomes = read_scenario(FULL, Delays()).rules[0].outcomes

    assert outcomes[Channel.SMS] == Outcome(status=Status.EXPIRED)
    assert outcomes[Channel.VIBER] == Outcome(never_read=True)
    others = [outcomes[each] for each in IM_CHANNELS if each is not Channel.VIBER]
    assert others == [Outcome(status=Status.REJECTD, error_code=41)] * 4


def test_an_outcome_is_that_of_every_channel() -> None:
    outcomes = read_scenario(FULL, Delays()).rules[1].outcomes

    assert set(outcomes) == {*IM_CHANNELS, Channel.SMS}
    assert outcomes[Channel.SMS] == Outcome(steps=(Step(after=SECOND, status=Status.ACCEPTD),), jitter=SECOND)


def test_prices_are_millionths_of_a_euro() -> None:
    """L-3: by calling code and channel."""
    prices = read_scenario(FULL, Delays()).prices

    assert prices.of("356", Channel.SMS) == 30_100


def test_a_scenario_without_prices_has_those_that_hold_elsewhere() -> None:
    """L-3: every channel has a price."""
    usual = {"": {"SMS": 0.06, "RCS": 0.04}, "356": {"SMS": 0.03}}

    assert read_scenario({"name": "test"}, Delays(), usual).prices.of("356", Channel.SMS) == 30_000


def test_what_a_table_of_prices_leaves_out_costs_what_it_does_elsewhere() -> None:
    """L-3: a channel that somebody forgot is not for nothing, and so not first."""
    usual = {"": {"SMS": 0.06, "RCS": 0.04}, "356": {"SMS": 0.03}}

    prices = read_scenario({"name": "test", "prices": {"": {"SMS": 0.05}}}, Delays(), usual).prices

    assert (prices.of("", Channel.SMS), prices.of("", Channel.RCS)) == (50_000, 40_000)
    assert prices.zone("35699000001") == ""


def test_faults_are_read() -> None:
    found = read_scenario(FULL, Delays())
    busy, cut = found.requests
    twice, lost = found.callbacks

    assert [name for name, _ in busy.criteria] == ["method", "path"]
    assert (busy.status, busy.retry_after, busy.latency, busy.jitter) == (429, 5, SECOND, 2 * SECOND)
    assert busy.choice.nth == Nth(these=frozenset({1, 2}))
    assert cut == RequestFault(name="cut", cut="middle", slow_body=3 * SECOND, malformed=True)
    assert (twice.duplicate, twice.delay, twice.reorder, twice.split) == (1, SECOND, True, 2)
    assert lost == CallbackFault(name="lost", drop=True, merge=5 * SECOND, fail_first=2, cut=1)


def test_a_scenario_that_says_nothing_is_good() -> None:
    delays = Delays(accepted=1, delivered=2, seen=3)
    found = read_scenario({"name": "test"}, delays)

    assert (found.delays, found.rules, found.recipients, found.habits) == (delays, (), (), Habits())


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (3, Nth(these=frozenset({3}))),
        ([1, 4], Nth(these=frozenset({1, 4}))),
        ({"first": 2}, Nth(first=2)),
        ({"every": 3}, Nth(every=3)),
        ({"after": 0}, Nth(after=0)),
    ],
    ids=str,
)
def test_nth_is_written_in_five_ways(wish: Any, expected: Nth) -> None:
    assert a_scenario({"match": {"nth": wish}}).rules[0].choice.nth == expected


def test_a_step_without_code_has_that_of_the_scenario() -> None:
    """L-7."""
    steps = [{"status": "ACCEPTD", "after": 0}, {"status": "UNDELIV", "after": 1}]
    [outcome] = {*a_scenario({"outcome": {"steps": steps}}).rules[0].outcomes.values()}

    assert [step.error_code for step in outcome.steps] == [0, USUAL_CODE]


def steps(*names: str) -> dict[str, Any]:
    """An outcome of steps: a name, and how many seconds after the start."""
    pairs = (name.split("@") for name in names)
    return {"steps": [{"status": status, "after": int(after)} for status, after in pairs]}


@pytest.mark.parametrize(
    ("sections", "pointer", "fault"),
    [
        ({"defaults": {"seen_after": "500ms"}}, "/defaults", "in this order"),
        ({"defaults": {"accepted_after": "5s", "delivered_after": "4s"}}, "/defaults", "in this order"),
        ({"defaults": {"jitter": "200000d"}}, "/defaults/jitter", "is not a duration"),
        ({"defaults": {"read_after": "1x"}}, "/defaults/read_after", "is not a duration"),
        ({"defaults": {"error_codes": {"UNDELIV": 0}}}, "/defaults/error_codes/UNDELIV", "other than 0"),
        ({"defaults": {"throughput": {"SMS": 1e-9}}}, "/defaults/throughput/SMS", "come to no end"),
        ({"recipients": [{"number": {"regex": "("}}]}, "/recipients/0/number", "is not a regular expression"),
        (
            {"recipients": [{"apps": []}, {"off_between": [{"to": 1}, {"from": "22:00"}]}]},
            "/recipients/1/off_between/1",
            "at its side",
        ),
        ({"recipients": [{"read_after": "40000d"}]}, "/recipients/0/read_after", "is not a duration"),
        (
            {"recipients": [{"replies": [{}, {"after": "40000d"}]}]},
            "/recipients/0/replies/1/after",
            "is not a duration",
        ),
        ({"recipients": [{"clicks": [{"after": "40000d"}]}]}, "/recipients/0/clicks/0/after", "is not a duration"),
        ({"rules": [{"name": "a", "match": {"text": {"regex": "(?=a)"}}}]}, "/rules/0/match/text", "look-around"),
        ({"rules": [{"name": "a"}, {"name": "b", "during": {"to": "1d1"}}]}, "/rules/1/during", "is not a duration"),
        ({"rules": [{"name": "a", "outcome": {"after": "40000d"}}]}, "/rules/0/outcome/after", "is not a duration"),
        ({"rules": [{"name": "a", "outcome": {"jitter": "40000d"}}]}, "/rules/0/outcome/jitter", "is not a duration"),
        (
            {"rules": [{"name": "a", "outcome": {"status": "UNDELIV", "error_code": 0}}]},
            "/rules/0/outcome/error_code",
            "a code other than 0",
        ),
        (
            {"rules": [{"name": "a", "channels": {"VIBER": {"error_code": 5}}}]},
            "/rules/0/channels/VIBER/error_code",
            "DELIVRD has code 0",
        ),
        (
            {"rules": [{"name": "a", "outcome": steps("DELIVRD@1")}]},
            "/rules/0/outcome/steps/0/status",
            "DELIVRD cannot follow the start; ACCEPTD, EXPIRED, REJECTD, UNDELIV can",
        ),
        (
            {"rules": [{"name": "a", "outcome": steps("ACCEPTD@1", "SEEN@2")}]},
            "/rules/0/outcome/steps/1/status",
            "SEEN cannot follow ACCEPTD",
        ),
        (
            {"rules": [{"name": "a", "outcome": steps("UNDELIV@1", "ACCEPTD@2")}]},
            "/rules/0/outcome/steps/1/status",
            "ACCEPTD cannot follow UNDELIV; nothing can",
        ),
        (
            {"rules": [{"name": "a", "channels": {"IM": steps("ACCEPTD@2", "DELIVRD@1")}}]},
            "/rules/0/channels/IM/steps/1/after",
            "before the one above it",
        ),
        (
            {"rules": [{"name": "a", "outcome": {"steps": [{"status": "ACCEPTD", "after": 0, "error_code": 5}]}}]},
            "/rules/0/outcome/steps/0/error_code",
            "ACCEPTD has code 0",
        ),
        (
            {"rules": [{"name": "a", "channels": {"SMS": steps("ACCEPTD@1", "DELIVRD@2", "SEEN@3")}}]},
            "/rules/0/channels/SMS/steps",
            "an SMS is never SEEN",
        ),
        ({"requests": [{"name": "a", "latency": "40000d"}]}, "/requests/0/latency", "is not a duration"),
        (
            {"requests": [{"name": "a", "malformed": True, "match": {"path": {"regex": "["}}}]},
            "/requests/0/match/path",
            "is not a regular expression",
        ),
        ({"callbacks": [{"name": "a", "merge": "40000d"}]}, "/callbacks/0/merge", "is not a duration"),
        (
            {"callbacks": [{"name": "a", "drop": True, "during": {"from": 5, "to": 5}}]},
            "/callbacks/0/during",
            "the same moment",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("/") else "",
)
def test_what_cannot_be_is_told_with_its_place(sections: dict[str, Any], pointer: str, fault: str) -> None:
    """L-2, L-7, L-8: what the schema cannot see."""
    with pytest.raises(BadScenario, match=fault) as refused:
        read(**sections)

    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("said", "delays"),
    [
        ({}, (1, 5, 15)),
        ({"delivered_after": "20s"}, (1, 20, 30)),
        ({"accepted_after": "8s"}, (8, 8, 18)),
        ({"delivered_after": "500ms"}, (0.5, 0.5, 15)),
        ({"seen_after": "7s"}, (1, 5, 7)),
    ],
)
def test_delays_that_are_not_said_keep_their_distance(said: dict[str, str], delays: tuple[float, float, float]) -> None:
    """L-8: one delay can be given without the others."""
    usual = Delays(accepted=SECOND, delivered=5 * SECOND, seen=15 * SECOND)

    found = read_scenario({"name": "test", "defaults": said}, usual).delays

    assert (found.accepted / SECOND, found.delivered / SECOND, found.seen / SECOND) == delays


# faults on and off


def test_with_its_faults_off_a_scenario_is_the_same_without_them() -> None:
    on, off = (read_scenario({**FULL, "faults": said}, Delays()) for said in (True, False))

    assert (len(on.requests), len(on.callbacks)) == (len(FULL["requests"]), len(FULL["callbacks"])) != (0, 0)
    assert (off.requests, off.callbacks) == ((), ())
    assert (len(off.rules), len(off.recipients), off.jitter) == (len(on.rules), len(on.recipients), on.jitter)


def test_faults_that_are_off_are_checked_all_the_same() -> None:
    with pytest.raises(BadScenario) as caught:
        read_scenario({"name": "x", "faults": False, "callbacks": [{"name": "a", "delay": "1 month"}]}, Delays())

    assert caught.value.pointer == "/callbacks/0/delay"


@pytest.mark.parametrize("said", [{}, {"faults": True}, {"faults": False}])
def test_switching_says_off_once_and_of_on_nothing(said: dict[str, bool]) -> None:
    document = {"description": "d", "name": "x", **said, "rules": []}
    bare = {"description": "d", "name": "x", "rules": []}

    off, on = with_faults(document, on=False), with_faults(document, on=True)

    assert (list(off), off["faults"], on) == (["description", "name", "faults", "rules"], False, bare)
    assert (has_faults_on(off), has_faults_on(on)) == (False, True)
