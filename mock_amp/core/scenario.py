"""What the network behind the API does with each number: a minimal script, first match wins.

The document is checked against `schemas/scenario.json` before it comes here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from mock_amp.core.instants import SECOND
from mock_amp.core.model import Channel, Status

ERROR_CODES: Final[Mapping[Status, int]] = {
    Status.DELIVRD: 0,
    Status.UNDELIV: 5,
    Status.REJECTD: 8,
    Status.EXPIRED: 12,
    Status.DELETED: 13,
    Status.UNKNOWN: 99,
}
"""Our error codes, where a scenario names none; the vendor's list is not public (L-7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """How long a good channel takes, in microseconds from its start: to take the message, deliver it, see it read."""

    accepted: int = SECOND // 5
    delivered: int = SECOND
    seen: int = 3 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """How a message ends on a channel, other than well: DELIVRD is delivered and never seen (L-4, L-7)."""

    status: Status
    error_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is special with the numbers that begin with `prefix`: where they are unreachable, how they end elsewhere."""

    name: str
    prefix: str
    unreachable: frozenset[Channel] = frozenset()
    fates: tuple[tuple[Channel, Fate], ...] = ()
    ios: bool = False

    def fate(self, channel: Channel) -> Fate | None:
        """How a message ends on the channel; None: well."""
        if channel in self.unreachable:
            return Fate(status=Status.UNDELIV, error_code=ERROR_CODES[Status.UNDELIV])
        return dict(self.fates).get(channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Price of a message in millionths of a euro, by country calling code (longest prefix wins) and channel."""

    zones: Mapping[str, Mapping[Channel, int]]

    def zone(self, number: str) -> str:
        """The longest calling code of the table that the number begins with; `""` is the rest of the world."""
        return _longest_prefix(tuple(self.zones), number[:_LONGEST_CODE])

    def of(self, zone: str, channel: Channel) -> int:
        """A zone's price of a channel; a zone that does not say has the price of the rest of the world."""
        return self.zones.get(zone, {}).get(channel, self.zones.get("", {}).get(channel, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    name: str
    description: str = ""
    delays: Delays = field(default_factory=Delays)
    rules: tuple[Rule, ...] = ()
    prices: Prices = field(default_factory=lambda: Prices(zones={}))

    def rule_for(self, number: str) -> Rule | None:
        """The first rule that matches the number; None when it is good on every channel."""
        for rule in self.rules:
            if number.startswith(rule.prefix):
                return rule
        return None


def read_scenario(document: Mapping[str, Any], delays: Delays) -> Scenario:
    """The scenario that a checked document describes, with the server's delays."""
    return Scenario(
        name=document["name"],
        description=document.get("description", ""),
        delays=delays,
        rules=tuple(_rule(item) for item in document.get("rules", ())),
        prices=Prices(zones={str(code): _zone(zone) for code, zone in document.get("prices", {}).items()}),
    )


_LONGEST_CODE = 7


def _rule(item: Mapping[str, Any]) -> Rule:
    channels: Sequence[str] = item.get("unreachable", ())
    return Rule(
        name=item["name"],
        prefix=item["match"]["number"]["prefix"],
        unreachable=frozenset(Channel(name) for name in channels),
        fates=tuple((Channel(name), _fate(ending)) for name, ending in item.get("ends", {}).items()),
        ios=item.get("handset") == "ios",
    )


def _fate(ending: Mapping[str, Any]) -> Fate:
    status = Status(ending["status"])
    return Fate(status=status, error_code=ending.get("error_code", ERROR_CODES[status]))


def _zone(prices: Mapping[str, float]) -> Mapping[Channel, int]:
    return {Channel(name): round(price * 1_000_000) for name, price in prices.items()}


@lru_cache(maxsize=100_000)
def _longest_prefix(codes: tuple[str, ...], digits: str) -> str:
    return max((code for code in codes if digits.startswith(code)), key=len, default="")
