"""What is wanted of a list, in the words of the store: its columns, and keys instead of ids."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mock_amp.core.identity import ordinal_of
from mock_amp.core.listed import What
from mock_amp.core.records import Sought
from mock_amp.core.wanting import Values, Wanted

_RENAMED: Final[Mapping[tuple[What, str], str]] = MappingProxyType(
    {
        (What.MESSAGES, "id"): "ordinal",
        (What.REPORTS, "message_id"): "ordinal",
        (What.REPORTS, "client_message_id"): "custom_id",
        (What.REPORTS, "callback_id"): "id",
        (What.CALLBACKS, "body.api_job_id"): "api_job_id",
        (What.CALLBACKS, "body.client_job_id"): "client_job_id",
        (What.REPLIES, "message_id"): "ordinal",
    }
)
_NUMBERED: Final = frozenset({(What.CALLBACKS, "id"), (What.REQUESTS, "id")})


def sought_of(wanted: Wanted, node: int) -> Sought:
    """What of a wish the store can choose by."""
    return Sought(fields=fields_of(wanted.what, wanted.indexed, node), since=wanted.since)


def fields_of(what: What, values: Mapping[str, Values], node: int) -> dict[str, Values]:
    """Fields of shapes as the store has them."""
    found: dict[str, Values] = {}
    for name, some in values.items():
        column, read = _RENAMED.get((what, name), name), _read(what, name, some, node)
        found[column] = tuple(each for each in found.get(column, read) if each in read)
    return found


def _read(what: What, name: str, values: Values, node: int) -> Values:
    if _RENAMED.get((what, name)) == "ordinal":
        found = [ordinal_of(each, node) for each in values]
    elif name == "callback_id" or (what, name) in _NUMBERED:
        found = [_key(each) for each in values]
    else:
        return values
    return tuple(each for each in found if each is not None)


def _key(text: str) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
    return number if str(number) == text else None
