"""Whether a thing is one of those that are meant, and where it differs."""

from typing import Any

import pytest

from mock_amp.core.matching import BadPattern, Difference, difference, near, one_of, pattern, prefixes

LONG = "a" * 100_000 + "!"


@pytest.mark.parametrize(
    ("wanted", "fits", "misses"),
    [
        ("Quay", ["Quay"], ["quay", "Quay ", "", None, 7]),
        (["Quay", "Pier"], ["Quay", "Pier"], ["Qua", None]),
        ({"exact": "Quay"}, ["Quay"], ["Quayside", None]),
        ({"exact": ""}, [""], ["Quay", None]),
        ({"prefix": "356"}, ["356", "35699000001"], ["135699", "35", None]),
        ({"glob": "999*0[12]"}, ["99901", "999000002"], ["99903", "199901", "99901\n", None]),
        ({"glob": "Pier ?"}, ["Pier 1"], ["Pier", "Pier 10", "pier 1"]),
        ({"glob": "a[b"}, ["a[b"], ["ab"]),
        ({"glob": "*"}, ["", "two\nlines"], [None]),
        ({"contains": "10%"}, ["Now 10% off"], ["Now 10 % off", None]),
        ({"contains": "{#NAME}"}, ["Dear {#NAME}"], ["Dear NAME"]),
        ({"regex": r"^\d{4}$"}, ["2026"], ["20266", "x2026", None, 2026]),
        ({"regex": "(?i)sale"}, ["The SALE is on"], ["sa le"]),
    ],
    ids=str,
)
def test_a_pattern_says_what_a_text_looks_like(wanted: Any, fits: list[Any], misses: list[Any]) -> None:
    criterion = pattern(wanted)

    assert [criterion.fits(text) for text in fits] == [True] * len(fits)
    assert [criterion.fits(text) for text in misses] == [False] * len(misses)


@pytest.mark.parametrize(
    ("wanted", "beginnings"),
    [
        ("356990", {"356990"}),
        (["356", "44"], {"356", "44"}),
        ({"exact": "356990"}, {"356990"}),
        ({"prefix": "356"}, {"356"}),
        ({"glob": "999*03"}, {"999"}),
        ({"glob": "9[12]"}, {"9"}),
        ({"glob": "?99"}, {""}),
        ({"contains": "99"}, {""}),
        ({"regex": "^99"}, {""}),
    ],
    ids=lambda it: str(sorted(it) if isinstance(it, set) else it),
)
def test_a_pattern_knows_what_its_texts_begin_with(wanted: Any, beginnings: set[str]) -> None:
    """D5: so that 50,000 numbers are not asked one by one of what nobody among them can be."""
    assert set(pattern(wanted).beginnings) == beginnings


@pytest.mark.parametrize("regex", ["[", "(a", "a{2,1}", "(?=a)b", "(?<!a)b", r"(a)\1", "(a{1000}){1000}", "a{99999}"])
def test_a_regular_expression_that_cannot_be_searched_for_in_linear_time_is_refused(regex: str) -> None:
    with pytest.raises(BadPattern, match="is not a regular expression"):
        pattern({"regex": regex})


@pytest.mark.parametrize("regex", ["(a+)+$", "^(a|aa)+$", "^(a*)*$", "(.*a){10}$", "a{0,500}b"])
def test_no_expression_keeps_the_server_from_answering(regex: str) -> None:
    """A text of a hundred thousand letters, on which a searcher that goes back would be busy for ever."""
    assert not pattern({"regex": regex}).fits(LONG)


def test_no_glob_keeps_the_server_from_answering() -> None:
    assert not pattern({"glob": "*a*a*a*a*a*a*a*a*b"}).fits(LONG[:5_000])


def test_a_value_is_itself_or_one_of_a_list() -> None:
    assert one_of("SMS").fits("SMS")
    assert one_of(["SMS", "RCS"]).fits("RCS")
    assert not one_of(["SMS", "RCS"]).fits("VIBER")
    assert [one_of([False]).fits(value) for value in (False, True, None)] == [True, False, False]


def test_a_calling_code_is_what_a_number_begins_with() -> None:
    assert prefixes("356").fits("35699000001")
    assert prefixes(["44", "1"]).fits("12025550100")
    assert not prefixes(["44", "1"]).fits("35644")
    assert not prefixes("356").fits(None)


def test_a_difference_tells_field_wanted_and_got() -> None:
    """It is the match, the message of an assertion and the near miss in one."""
    criteria = (("to", pattern({"prefix": "356"})), ("status", one_of(["SEEN"])), ("channel", one_of("SMS")))
    item = {"to": "44700900001", "channel": "SMS"}

    assert difference(criteria, item) == [
        Difference("to", {"prefix": "356"}, "44700900001"),
        Difference("status", ["SEEN"], None),
    ]


def test_what_is_asked_for_nothing_differs_in_nothing() -> None:
    assert difference((), {"to": "44"}) == []
    assert difference((("to", pattern("44")),), {"to": "44", "more": 1}) == []


def test_criteria_that_are_written_alike_are_equal() -> None:
    assert pattern({"glob": "9*"}) == pattern({"glob": "9*"}) != pattern({"prefix": "9*"})


def test_a_typo_is_told_what_was_meant() -> None:
    assert near("recipents", ["recipients", "rules"]) == "; did you mean recipients?"
    assert near("xyz", ["recipients", "rules"]) == ""
