"""What people say when a scenario does not write it down: Faker, which takes long to import and so waits for its turn.

The same seed gives the same text as long as Faker itself stays the same.
"""

import warnings
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from mock_amp.core.matching import near

if TYPE_CHECKING:
    from faker import Faker

USUAL: Final = "en_US"
"""Who speaks when a scenario names no locale."""

_SETTLED: Final[Mapping[str, Mapping[str, Any]]] = {"date": {"end_datetime": datetime(2026, 1, 1)}}
"""What Faker would take from the machine's clock (a naive one is UTC to it); the seed alone has to decide."""


class People:
    """Implements the Words port."""

    def make(self, what: str, locale: str, seed: int) -> str:
        speaker = _speaker(locale)
        speaker.seed_instance(seed)
        return str(getattr(speaker, what)(**_SETTLED.get(what, {})))


@lru_cache(maxsize=1024)
def doubt(what: str, locale: str) -> tuple[str, str] | None:
    """Why nobody says this: which of the two is wrong, `locale` or `faker`, and in words; None when somebody does."""
    from faker.config import AVAILABLE_LOCALES

    if locale not in AVAILABLE_LOCALES:
        return "locale", f"Faker has no locale {locale}{near(locale, AVAILABLE_LOCALES)}"
    try:
        People().make(what, locale, 0)
    except AttributeError:
        return "faker", f"Faker makes no {what} in {locale}"
    return None


@lru_cache(maxsize=128)
def _speaker(locale: str) -> "Faker":
    from faker import Faker

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a locale that has another name by now, and takes that
        return Faker(locale)
