"""Which scenario is in force for whom: the server's own, which may be read again, or the one an account was given."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from mock_amp.core.account import Account
from mock_amp.core.instants import Instant
from mock_amp.core.scenario import Moment, Scenario
from mock_amp.ports import Books, StoreDamaged

RULES = "rules"
REQUESTS = "requests"
CALLBACKS = "callbacks"


class Scripts:
    """`usual` is the server's scenario with its document; `read` makes one from a document."""

    def __init__(
        self, usual: Scenario, document: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Scenario]
    ) -> None:
        self.usual, self._document, self._read = usual, document, read
        self._known: dict[int, Scenario] = {}

    def of(self, books: Books, account: Account) -> Scenario:
        """The scenario in force for an account. Raises StoreDamaged."""
        if account.script == 0:
            return self.usual
        if account.script not in self._known:
            document = self.document(books, account)
            try:
                self._known[account.script] = self._read(document)
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                raise _damage(account.script, error) from error
        return self._known[account.script]

    def document(self, books: Books, account: Account) -> Mapping[str, Any]:
        """The document of the scenario in force for an account. Raises StoreDamaged."""
        if account.script == 0:
            return self._document
        text = books.scripts.get(account.script)
        try:
            found: dict[str, Any] = orjson.loads(text)
        except ValueError as error:
            raise _damage(account.script, error) from error
        return found

    def forget(self, keys: Iterable[int]) -> None:
        """Scenarios that the store has no more."""
        for key in keys:
            self._known.pop(key, None)

    def renew(self, usual: Scenario, document: Mapping[str, Any]) -> None:
        """Another scenario in the place of the server's."""
        self.usual, self._document = usual, document


def _damage(key: int, error: Exception) -> StoreDamaged:
    """A scenario was checked before it was kept: one that cannot be read was something else then."""
    return StoreDamaged(f"the file is damaged: the scenario {key} cannot be read ({error})")


def moment(books: Books, account: Account, section: str, event: int, now: Instant) -> Moment:
    """Where a decision about the `event`th of its kind falls, with what a section of the scenario has counted."""
    return Moment(
        seed=account.seed,
        job=event,
        now=now,
        since=account.script_since,
        counts=books.scripts.counts(account.key, section),
    )
