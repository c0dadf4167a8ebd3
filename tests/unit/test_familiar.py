"""What was said of a request is what the rules would say of one like it: the short way and the long way agree."""

import copy
import json
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_amp.adapters.files import read_schema
from mock_amp.core.familiar import Familiar, Pattern, form_of
from mock_amp.core.model import Channel, Content, Dialect, Token
from mock_amp.core.validation import RequestRules
from tests.unit.builders import IMAGE, NUMBER, a_body, a_token, refused, understood
from tests.unit.documents import changed, good

NAMES: Final = ("im-request", "sms-request")
SCHEMAS: Final = {name: read_schema(name) for name in NAMES}
LEARNED: Final = {name: RequestRules(schema) for name, schema in SCHEMAS.items()}
MANY: Final = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
TOKENS: Final = (
    a_token(),
    a_token(senders=("Quay",), routes=("G1", "G2")),
    a_token(channels=(Channel.RCS,)),
    a_token(dialect=Dialect.IM_GATEWAY),
    a_token(value="another", sms_sender="", im_sender="Other"),
)

TEXTS: Final = st.sampled_from(
    (
        *("Ready.", "Not yet.", "x" * 335, "x" * 336, "x" * 766, "x" * 1_001, "@$_", "", "a:b", '":'),
        *("{#A}", "{", "~", "€", "é", "č", "\U0001f600", "\n", "`"),
    )
)
TTLS: Final = st.sampled_from((0, 15, 60, 60.0, 61.5, 172_801, "60", None, True))
SENDERS: Final = st.sampled_from(("Quay", "Bistro", "", "x" * 12, None))
CHANNELS: Final = st.sampled_from(("VIBER", "RCS", "SMS", None))


def some(required: dict[str, Any], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


SMS: Final = some(
    {"message": TEXTS},
    encoding=st.sampled_from(("GSM7", "UCS2", "BINARY")),
    sender_id=SENDERS,
    route=st.sampled_from(("G1", "G2")),
    ttl=TTLS,
    udh=st.sampled_from(("", "BQAD", "no")),
    pid=st.sampled_from((0, 1.0)),
)
IM: Final = some(
    {"content": TEXTS},
    channel=CHANNELS,
    sender_id=SENDERS,
    ttl=TTLS,
    images=st.just([IMAGE]),
    expiry_text=st.just("Too late."),
)
DESTINATION: Final = some(
    {"number": st.sampled_from((NUMBER, "35699000002", "x"))},
    custom_id=st.sampled_from(("order-1", "order-2", "")),
    params=st.sampled_from(({"A": "x"}, {"A": 4.1}, {})),
)
USUAL: Final = some(
    {"destinations": st.lists(DESTINATION, min_size=1, max_size=2)},
    sms_content=SMS,
    im_content=st.lists(IM, min_size=1, max_size=2),
    ttl=TTLS,
    job_id=st.sampled_from(("evening-42", "")),
    message_plan=st.sampled_from(("LOW_COST", "FEATURE_RICH")),
    promotional=st.booleans(),
    callback_url=st.sampled_from(("http://a.example/x", "a.example")),
)
"""What applications send and what they nearly do."""

GOOD_TEXTS: Final = st.sampled_from(("Ready.", "Not yet.", "x" * 335))
GOOD_TTLS: Final = st.sampled_from((15, 60))
GOOD_SENDERS: Final = st.sampled_from(("Quay", "Bistro"))
GOOD: Final = some(
    {"destinations": st.lists(some({"number": st.just(NUMBER)}, custom_id=st.just("1")), min_size=1, max_size=1)},
    sms_content=some(
        {"message": GOOD_TEXTS},
        encoding=st.sampled_from(("GSM7", "UCS2")),
        sender_id=GOOD_SENDERS,
        route=st.sampled_from(("G1", "G2")),
        ttl=GOOD_TTLS,
    ),
    im_content=st.lists(
        some({"content": GOOD_TEXTS}, channel=st.sampled_from(("VIBER", "RCS")), sender_id=GOOD_SENDERS, ttl=GOOD_TTLS)
        | st.just({}),
        min_size=1,
        max_size=2,
    ),
    ttl=GOOD_TTLS,
)
"""What nearly always has a form, and differs by what counts in it."""

PLAIN: Final = {"destinations": [{"number": NUMBER, "custom_id": "order-1"}], "sms_content": {"message": "Ready."}}


@pytest.mark.parametrize("name", NAMES)
@MANY
@given(data=st.data())
def test_the_short_way_and_the_long_way_say_the_same(name: str, data: st.DataObject) -> None:
    """H-9, H-10: of good and bad documents, whatever was judged before them, under whichever token."""
    schema = SCHEMAS[name]
    document = data.draw(USUAL | changed(USUAL) | good(schema) | changed(good(schema)))
    body, token = json.dumps(document).encode(), data.draw(st.sampled_from(TOKENS))

    for _ in range(2):
        assert repr(LEARNED[name].judge(body, token)) == repr(RequestRules(schema).judge(body, token))


@pytest.mark.parametrize("name", NAMES)
@MANY
@given(documents=st.lists(GOOD, min_size=2, max_size=8), token=st.sampled_from(TOKENS))
def test_what_was_said_of_others_changes_nothing(name: str, documents: list[dict[str, Any]], token: Token) -> None:
    """L-3, O-3, O-8, M-9, M-10: a form holds all that what is said depends on."""
    rules = RequestRules(SCHEMAS[name])

    for document in documents:
        body = json.dumps(document).encode()
        assert repr(rules.judge(body, token)) == repr(RequestRules(SCHEMAS[name]).judge(body, token))


@MANY
@given(first=TEXTS, second=TEXTS, im=IM, sms=SMS, sections=st.sampled_from(("sms", "im", "both")))
def test_another_text_is_said_as_if_it_were_the_first(
    first: str, second: str, im: dict[str, Any], sms: dict[str, Any], sections: str
) -> None:
    """L-3, O-3: the text belongs to the request, all else to its form."""
    rules, token = RequestRules(SCHEMAS["im-request"]), a_token()

    def body(text: str) -> bytes:
        found: dict[str, Any] = {}
        if sections != "im":
            found["sms_content"] = {**sms, "message": text}
        if sections != "sms":
            found["im_content"] = [{**im, "content": text}]
        return a_body(**found)

    rules.judge(body(first), token)

    assert repr(rules.judge(body(second), token)) == repr(
        RequestRules(SCHEMAS["im-request"]).judge(body(second), token)
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sms_content": {"message": "x" * 335, "sender_id": "Quay", "encoding": "UCS2", "route": "G1", "ttl": 60}},
        {"im_content": [{"channel": "VIBER", "content": "Ready. č", "sender_id": "Quay", "ttl": 60}]},
        {"job_id": "evening-42", "callback_url": "http://a.example/x", "promotional": True, "ttl": 60},
    ],
    ids=str,
)
def test_what_is_sent_most_has_a_form(changes: dict[str, Any]) -> None:
    """Else all would be looked at closely, and nobody would notice but the clock."""
    document = PLAIN | changes

    assert form_of(json.dumps(document).encode(), document) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"destinations": [{"number": NUMBER}, {"number": "35699000002"}]},
        {"destinations": [{"number": NUMBER, "params": {"A": "x"}}]},
        {"ttl": 60.0},
        {"message_plan": "LOW_COST"},
        {"sms_content": {"message": "Ready.", "ttl": 60.0}},
        {"sms_content": {"message": "Ready.", "pid": 1}},
        {"sms_content": {"message": "Ready.", "udh": "BQAD"}},
        {"sms_content": {"message": "x" * 336}},
        {"sms_content": {"message": "{#A}"}},
        {"sms_content": {"message": "č"}},
        {"im_content": [{"content": "x" * 1_001}]},
        {"im_content": [{"content": "{#A}"}]},
        {"im_content": [{"content": "x", "ttl": 60.0}]},
        {"im_content": [{"content": "x", "images": [IMAGE]}]},
        {"im_content": [{"channel": "VIBER", "content": "x"}, {"channel": "RCS", "content": "x"}]},
        {"im_content": [{"channel": "VIBER", "content": "x"}, {}]},
        {"im_content": [{"channel": "VIBER"}]},
    ],
    ids=str,
)
def test_what_takes_a_closer_look_has_none(changes: dict[str, Any]) -> None:
    """D-5, H-14, I-3, M-3, M-5: texts, fractions and sections that the rules themselves have to see."""
    document = PLAIN | changes

    assert form_of(json.dumps(document).encode(), document) is None


@pytest.mark.parametrize(
    ("place", "field", "value"),
    [
        ((), "ttl", 61),
        (("sms_content",), "encoding", "UCS2"),
        (("sms_content",), "sender_id", "Bistro"),
        (("sms_content",), "route", "G2"),
        (("sms_content",), "ttl", 61),
        (("im_content", 0), "channel", "RCS"),
        (("im_content", 0), "sender_id", "Bistro"),
        (("im_content", 0), "ttl", 61),
    ],
)
def test_what_counts_is_part_of_the_form(place: tuple[Any, ...], field: str, value: Any) -> None:
    """I-1, I-2, O-8, M-2, M-8 to M-12: of requests that differ by it, each is looked at."""
    sms = {"message": "x", "encoding": "GSM7", "sender_id": "Quay", "route": "G1", "ttl": 60}
    im = {"content": "x", "channel": "VIBER", "sender_id": "Quay", "ttl": 60}
    document = {"destinations": [{"number": NUMBER}], "sms_content": sms, "im_content": [im], "ttl": 60}
    other = copy.deepcopy(document)
    part: Any = other
    for each in place:
        part = part[each]
    part[field] = value

    forms = [form_of(json.dumps(each).encode(), each) for each in (document, other)]

    assert None not in forms
    assert forms[0] != forms[1]


def test_a_key_that_stands_twice_has_no_form() -> None:
    """H-15: the parser has seen one."""
    body = json.dumps(PLAIN).replace('"number"', '"number": "35699000009", "number"').encode()

    assert form_of(body, PLAIN) is None
    assert [each.rule for each in understood(LEARNED["im-request"].judge(body, a_token())).warnings] == ["H-15"]


def test_a_token_that_was_changed_is_asked_again() -> None:
    """M-9: what was said under its old senders is worth nothing."""
    rules, token = RequestRules(SCHEMAS["im-request"]), a_token()
    body = a_body(sms_content={"message": "Ready.", "sender_id": "Bistro"})
    understood(rules.judge(body, token))

    assert refused(rules.judge(body, replace(token, senders=("Quay",)))).rule == "M-9"


def test_only_so_many_patterns_are_kept() -> None:
    """Whoever sends from a thousand senders, and one more, is told the same, and no memory is lost to it."""
    familiar, token = Familiar(), a_token()
    pattern = Pattern(token, Content(), (), ())

    for at in range(1_025):
        familiar.learn((at,), pattern)

    assert familiar.recall((0,), token) is None
    assert familiar.recall((1_024,), token) is pattern
