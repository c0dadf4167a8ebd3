"""What a person who looks for something may type: words that are in any of the fields that one knows an item by."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mock_amp.core.listed import What, value_of
from mock_amp.core.shapes import Shape

Words = tuple[str, ...]
"""What is looked for, without regard to case: all of them, in any order."""

FOUND_IN: Final[Mapping[What, tuple[str, ...]]] = MappingProxyType(
    {
        What.MESSAGES: (
            *("id", "to", "from", "type", "status", "api_job_id", "client_job_id", "custom_id"),
            *("text", "image", "action.title"),
        ),
        What.REPORTS: (
            *("message_id", "to", "from", "type", "status", "api_job_id", "client_job_id", "client_message_id"),
        ),
        What.CALLBACKS: (
            *("id", "kind", "state", "url", "api_job_id", "client_job_id"),
            *("attempts.error", "attempts.answer"),
        ),
        What.ATTEMPTS: ("callback_id", "kind", "url", "outcome", "status", "error", "answer"),
        What.REQUESTS: ("id", "method", "path", "status", "rule", "reason", "api_job_id", "remote", "body"),
        What.REPLIES: ("message_id", "channel", "text"),
    }
)
"""By list, where a search looks."""


def words_of(search: str) -> Words:
    """The words of a search, each once; none when it is empty."""
    return tuple(dict.fromkeys(search.casefold().split()))


def holds(what: What, item: Shape, words: Words) -> bool:
    """Whether each of the words is in some field of an item, whatever its case. A word has no line break in it."""
    text = "\n".join(_texts(what, item)).casefold()
    return all(word in text for word in words)


def _texts(what: What, item: Shape) -> list[str]:
    flat, nested = _READ[what]
    found = [item.get(name) for name in flat]
    for name in nested:
        value = value_of(what, item, name)
        found += value if isinstance(value, list) else (value,)
    return [str(value) for value in found if value is not None]


_READ: Final = {
    what: (tuple(each for each in names if "." not in each), tuple(each for each in names if "." in each))
    for what, names in FOUND_IN.items()
}
"""The fields of an item itself, which are had for less, and those within others."""
