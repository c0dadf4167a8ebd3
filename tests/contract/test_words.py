"""The Words port: what people say when a scenario does not write it down."""

from datetime import date
from typing import Final

import pytest
from faker.config import AVAILABLE_LOCALES

from mock_amp.adapters.files import read_schema
from mock_amp.adapters.people import People, doubt
from mock_amp.ports import Words

TEXT: Final = next(
    each["then"] for each in read_schema("scenario")["$defs"]["ReplyText"]["allOf"] if "faker" in str(each)
)
KINDS: Final = TEXT["properties"]["faker"]["enum"]


@pytest.fixture
def words() -> Words:
    """Every adapter of the Words port."""
    return People()


@pytest.mark.parametrize("what", KINDS)
def test_the_same_seed_gives_the_same_text(words: Words, what: str) -> None:
    """D11: whatever was said in between, and by whomever."""
    first = words.make(what, "en_US", 42)
    others = [words.make(what, "en_US", 43), words.make("sentence", "de_DE", 42)]

    assert first
    assert [words.make(what, "en_US", 42), People().make(what, "en_US", 42)] == [first, first]
    assert words.make(what, "en_US", 43) == others[0]


@pytest.mark.parametrize("what", KINDS)
def test_other_seeds_give_other_texts(words: Words, what: str) -> None:
    """D11: not always the one of all others, but not one for all."""
    assert len({words.make(what, "en_US", seed) for seed in range(20)}) > 5


def test_a_date_is_not_taken_from_the_machine_s_clock(words: Words) -> None:
    """D3, D11: what a seed gives today it gives tomorrow."""
    made = [words.make("date", "en_US", seed) for seed in range(200)]

    assert words.make("date", "en_US", 5) == "2004-11-18"
    assert max(date.fromisoformat(each) for each in made) < date(2026, 1, 1)


def test_a_locale_speaks_its_language(words: Words) -> None:
    """Issue 4: the one that the scenario names."""
    assert words.make("sentence", "ru_RU", 1) != words.make("sentence", "en_US", 1)
    assert not words.make("sentence", "ru_RU", 1).isascii()


def test_what_is_not_doubted_can_be_made_in_every_locale(words: Words) -> None:
    """D7: so that nothing is found out when a reply is due; and in none of them Faker warns of anything."""
    pairs = [(what, locale) for locale in AVAILABLE_LOCALES for what in KINDS]
    doubted = [(what, locale) for what, locale in pairs if doubt(what, locale)]
    made = [words.make(what, locale, 7) for what, locale in pairs if not doubt(what, locale)]

    assert all(made)
    assert len(made) > 1_000
    assert {what for what, _ in doubted} <= {"phone_number"}


@pytest.mark.parametrize(
    ("what", "locale", "wrong"),
    [
        ("name", "de_DD", ("locale", "Faker has no locale de_DD; did you mean de_DE?")),
        ("name", "xq", ("locale", "Faker has no locale xq")),
        ("phone_number", "en_PH", ("faker", "Faker makes no phone_number in en_PH")),
        ("name", "de_DE", None),
    ],
)
def test_what_nobody_says_is_doubted_with_the_nearest_locale(
    what: str, locale: str, wrong: tuple[str, str] | None
) -> None:
    """D7: which of the two is wrong, and what would be right."""
    assert doubt(what, locale) == wrong
