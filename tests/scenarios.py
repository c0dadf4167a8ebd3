"""Scenario documents that hypothesis makes up: all that the language can say of people, rules, channels and prices."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mock_amp.core.model import IM_CHANNELS, Channel

SCHEMA: Final = Draft202012Validator(
    json.loads((Path(__file__).resolve().parents[1] / "schemas" / "scenario.json").read_text("utf-8"))
)

CHANNELS: Final = [channel.value for channel in Channel if channel is not Channel.INTERNAL]
IMS: Final = [channel.value for channel in IM_CHANNELS]
FAILURES: Final = ["UNDELIV", "REJECTD", "EXPIRED", "DELETED", "UNKNOWN"]
PREFIXES: Final = ["35699", "44", "1", "1242", "999"]


def some(required: dict[str, Any] | None = None, **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of its keys."""
    return st.fixed_dictionaries(required or {}, optional={key.rstrip("_"): each for key, each in optional.items()})


def one_or_more(of: Sequence[str]) -> st.SearchStrategy[Any]:
    return st.sampled_from(of) | st.lists(st.sampled_from(of), min_size=1, max_size=3, unique=True)


durations = st.sampled_from(["0s", "250ms", "1s", "1m30s", 0, 0.5, 7, "15", "1h", "2d", "40d"])
words = st.sampled_from(["a", "Ready", "vip-1", "Ann", "{#NAME}"])
patterns = (
    words
    | st.lists(words, min_size=1, max_size=3)
    | st.builds(lambda kind, text: {kind: text}, st.sampled_from(["exact", "prefix", "glob", "contains"]), words)
    | st.sampled_from([{"glob": "*"}, {"glob": "[aR]*"}, {"regex": "^(Dear )?[A-Z]"}, {"regex": "(a+)+$"}])
)
numbers = (
    st.sampled_from(PREFIXES).map(lambda text: {"prefix": text})
    | st.sampled_from(["*1", "999*", "?5*", "*"]).map(lambda text: {"glob": text})
    | st.integers(0, 5).map(lambda tail: f"3569900000{tail}")
    | st.sampled_from([{"regex": "[02468]$"}, {"contains": "00"}, ["35699000000", "999000001"]])
)
windows = st.sampled_from(
    [
        {"from": "10s"},
        {"to": "1h"},
        {"to": "2h"},
        {"from": 60, "to": "1d"},
        {"from": "22:00", "to": "07:00"},
        {"from": "01:00", "to": "01:00:02"},
        {"from": "00:00", "to": "12:00"},
        {"from": "12:00", "to": "00:00"},
        {"from": "2026-01-01T01:00:01Z", "to": "2026-01-01T01:05:00Z"},
        {"from": "2025-01-01T00:00:00Z"},
    ]
)
codes = st.integers(1, 32_767)


@st.composite
def stepwise(draw: st.DrawFn) -> dict[str, Any]:
    """An outcome whose steps the lifecycle allows."""
    names = draw(
        st.sampled_from(
            [
                ("ACCEPTD",),
                ("ACCEPTD", "DELIVRD"),
                ("ACCEPTD", "DELIVRD", "SEEN"),
                *(("ACCEPTD", each) for each in FAILURES),
                *((each,) for each in ("UNDELIV", "REJECTD", "EXPIRED")),
            ]
        )
    )
    times = sorted(draw(st.lists(st.integers(0, 100_000), min_size=len(names), max_size=len(names))))
    steps = [{"status": name, "after": after} for name, after in zip(names, times, strict=True)]
    for step in steps:
        if step["status"] in FAILURES and draw(st.booleans()):
            step["error_code"] = draw(codes)
    return {"steps": steps, **draw(some(jitter=durations))}


outcomes = (
    st.sampled_from(["seen", "delivered", "unreachable", "undeliverable", "expired", "rejected", "deleted", "unknown"])
    | some({"status": st.sampled_from(FAILURES)}, error_code=codes, after=durations, jitter=durations)
    | some({"after": durations}, status=st.sampled_from(["DELIVRD", "SEEN"]), never_read=st.booleans())
    | some({"jitter": durations})
    | stepwise()
)
outcomes_of_sms = outcomes.filter(
    lambda each: not (isinstance(each, dict) and "SEEN" in [step["status"] for step in each.get("steps", ())])
)
channelled = st.lists(st.sampled_from(["IM", *IMS]), unique=True, max_size=3).flatmap(
    lambda names: st.fixed_dictionaries({"SMS": outcomes_of_sms} | dict.fromkeys(names, outcomes))
)
texts = words | st.lists(words, min_size=1, max_size=2) | some({"faker": st.just("word")}, locale=st.just("de_DE"))
habits: dict[str, Any] = {
    "handset": st.sampled_from(["ios", "android"]),
    "read_after": durations | st.just("never"),
    "replies": st.lists(some(after=durations, text=texts), max_size=2),
    "clicks": st.lists(some(after=durations), max_size=2),
}
nths = (
    st.integers(1, 5)
    | st.lists(st.integers(1, 9), min_size=1, max_size=3)
    | st.builds(lambda kind, size: {kind: size}, st.sampled_from(["first", "every", "after"]), st.integers(1, 5))
)
matches = some(
    number=numbers,
    country=one_or_more(["356", "44", "1", "999"]),
    channel=one_or_more(CHANNELS),
    sender=st.sampled_from(["MockAMP", "Quay", {"prefix": "Q"}]),
    text=patterns,
    job_id=patterns,
    custom_id=patterns,
    promotional=st.booleans(),
    product=one_or_more(["im", "sms", "2fa"]),
    nth=nths,
    share=st.floats(0.01, 1),
)
rules = st.one_of(
    some({"name": words}, match=matches, during=windows, **habits),
    some({"name": words, "outcome": outcomes}, match=matches, during=windows, **habits),
    some({"name": words, "channels": channelled}, match=matches, during=windows, **habits),
)
recipients = some(
    {"number": numbers},
    name=words,
    apps=st.lists(st.sampled_from(IMS), unique=True, max_size=3),
    off_between=st.lists(windows, max_size=3),
    **habits,
)
delays = st.sampled_from(
    [
        {},
        {"accepted_after": 0, "seen_after": "1d"},
        {"delivered_after": "20s", "seen_after": 20},
        {"accepted_after": "100ms", "delivered_after": "100ms", "seen_after": "100ms"},
        {"seen_after": "1s"},
    ]
)
defaults = st.builds(
    lambda timed, others: timed | others,
    delays,
    some(
        jitter=durations,
        throughput=st.dictionaries(st.sampled_from(CHANNELS), st.sampled_from([0.01, 0.3, 1, 7.5, 1_000]), max_size=4),
        reach=st.dictionaries(st.sampled_from(CHANNELS), st.floats(0, 1), max_size=3),
        error_codes=st.dictionaries(st.sampled_from(FAILURES), codes, max_size=3),
        **habits,
    ),
)
documents = some(
    {"name": st.just("any")},
    description=words,
    defaults=defaults,
    recipients=st.lists(recipients, max_size=3),
    rules=st.lists(rules, max_size=5),
    prices=st.dictionaries(
        st.sampled_from(["", "1", "1242", "356"]),
        st.dictionaries(st.sampled_from(CHANNELS), st.sampled_from([0, 0.01, 0.02, 0.5]), max_size=6),
        max_size=4,
    ),
)
