"""Which destinations of a request move together: those with the same plan (D5), found rule by rule."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from mock_amp.core import templates
from mock_amp.core.bundles import runs_of
from mock_amp.core.chance import STEPS, chosen, reaches, throws
from mock_amp.core.matching import Criteria, Criterion, difference
from mock_amp.core.model import Channel, Content, Destination, Offer, Plan, Product, Runs
from mock_amp.core.plans import Fate, plan
from mock_amp.core.routing import by_price
from mock_amp.core.scenario import Choice, Moment, Recipient, Rule, Scenario

_LAST: Final = chr(0x10FFFF)
"""Comes after every digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What rules look at in a request."""

    destinations: Sequence[Destination]
    offers: tuple[Offer, ...]
    content: Content
    product: Product = Product.IM
    promotional: bool = False
    job_id: str | None = None


class Formed(NamedTuple):
    """The plans of a request, with the positions of the destinations that follow each, in order of appearance.

    `counts` is how many have fitted each counting rule by now, by the rule's place.
    """

    groups: tuple[tuple[Plan, Runs], ...]
    counts: Mapping[int, int] = MappingProxyType({})


def form_evenly(
    offers: Sequence[Offer], content: Content, destinations: Sequence[Destination], scenario: Scenario
) -> Formed | None:
    """Casts a request in which all destinations fare alike, whatever it says; None: it takes a closer look."""
    special = scenario.singled_out
    if special is None or by_price(content) or (special and _any_begins(destinations, special)):
        return None
    return _all_alike(tuple([offer[:3] for offer in offers]), scenario, len(destinations))


def form(sent: Sent, scenario: Scenario, moment: Moment, known: frozenset[str] | None = None) -> Formed:
    """Casts a request: with `known`, a number that is not among them is turned away by the platform (O-9)."""
    if known is None and (evenly := form_evenly(sent.offers, sent.content, sent.destinations, scenario)):
        return evenly
    cast = _Cast(sent, scenario, moment)
    for place, rule in enumerate(scenario.rules):
        cast.apply(place, rule)
    fates: dict[Fate, list[int]] = {}
    for position, fate in enumerate(cast.fates(known)):
        fates.setdefault(fate, []).append(position)
    merged: dict[Plan, list[int]] = {}
    for fate, positions in fates.items():
        merged.setdefault(plan(sent.offers, fate, scenario, moment.since), []).extend(positions)
    groups = tuple((each, runs_of(sorted(positions))) for each, positions in merged.items())
    return Formed(groups, cast.counts)


def taken(choice: Choice, positions: Sequence[int], moment: Moment, purpose: str, before: int) -> Sequence[int]:
    """Those of the fitting ones that a rule takes; `before` have fitted it before them."""
    found = positions
    if choice.nth is not None:
        found = [each for number, each in enumerate(positions, before + 1) if choice.nth.takes(number)]
    return chosen(choice.share, found, moment.seed, purpose, moment.job) if choice.share < 1 else found


def _any_begins(destinations: Sequence[Destination], beginnings: tuple[str, ...]) -> bool:
    if len(destinations) == 1:
        return destinations[0].number.startswith(beginnings)
    return any(number.startswith(beginnings) for number, _, _ in destinations)


@lru_cache(maxsize=1_024)
def _all_alike(offers: tuple[tuple[Channel, str, int], ...], scenario: Scenario, size: int) -> Formed:
    """So many whom nothing singles out: their plan looks at nothing of an offer but (channel, sender, ttl)."""
    carried = [Offer(*each) for each in offers]
    usual = plan(carried, Fate(rules=(None,) * len(carried)), scenario)
    return Formed(((usual, ((0, size - 1),)),))


class _Cast:
    """Which rule each destination of a request has got on each of its offers so far.

    `usual` is what those have that no rule singled out; `special` is by position.
    """

    def __init__(self, sent: Sent, scenario: Scenario, moment: Moment) -> None:
        self._sent, self._scenario, self._moment = sent, scenario, moment
        self._facts = {"product": sent.product, "promotional": sent.promotional, "job_id": sent.job_id}
        self._offers = [_facts(offer) for offer in sent.offers]
        self._filled = [bool(templates.keys_of(offer.text)) for offer in sent.offers]
        self._usual: list[Rule | None] = [None] * len(sent.offers)
        self._special: dict[int, list[Rule | None]] = {}
        self._by_beginning: list[tuple[str, int]] = []
        self._by_ending: list[tuple[str, int]] = []
        """Numbers, the latter reversed, with their positions, once somebody asks: a thousand rules do not look at
        50,000 each."""
        self.counts: dict[int, int] = {}

    def apply(self, place: int, rule: Rule) -> None:
        """Gives a rule the offers that it fits and that no rule before it has."""
        moment, choice = self._moment, rule.choice
        if choice.during and not choice.during.span(moment.since).covers(moment.now):
            return
        slots = [] if difference(rule.request, self._facts) else self._slots(rule)
        if not slots:
            return
        if not (rule.number or rule.other or choice.counts or (rule.text and any(self._filled[at] for at in slots))):
            for row in (self._usual, *self._special.values()):
                _give(row, slots, rule)
            return
        fitting = [(at, free) for at in self._candidates(rule) if (free := self._free(rule, slots, at))]
        before = moment.counts.get(place, 0)
        kept = set(taken(choice, [at for at, _ in fitting], moment, f"rule/{place}", before))
        if choice.counts:
            self.counts[place] = before + len(fitting)
        for at, free in fitting:
            if at in kept:
                _give(self._special.setdefault(at, list(self._usual)), free, rule)

    def fates(self, known: frozenset[str] | None) -> list[Fate]:
        """The fate of every destination, in their order."""
        scenario, sent, seed = self._scenario, self._sent, self._moment.seed
        priced, usual, special = by_price(sent.content), tuple(self._usual), self._special
        luck = _luck(scenario, self._moment, len(sent.destinations))
        index, sizes = _index(scenario.recipients)
        plain = None if priced or luck or scenario.reach or known is not None else Fate(rules=usual)
        found = []
        for at, destination in enumerate(sent.destinations):
            number = destination.number
            near = [place for size in sizes for place in index.get(number[:size], ())]
            recipient = _recipient(scenario, number, near) if near else None
            if plain and recipient is None and at not in special:
                found.append(plain)
                continue
            fate = Fate(
                rules=tuple(special[at]) if at in special else usual,
                recipient=recipient,
                unreached=frozenset(
                    channel for channel, share in scenario.reach.items() if not reaches(seed, channel, number, share)
                ),
                zone=scenario.prices.zone(number) if priced else None,
                luck=luck[at] % STEPS if luck else 0,
                first=known is not None and number not in known,
            )
            found.append(fate)
        return found

    def _slots(self, rule: Rule) -> list[int]:
        """The offers that a rule fits, as far as that is the same for every destination."""
        return [
            at
            for at, facts in enumerate(self._offers)
            if rule.speaks_of(self._sent.offers[at].channel)
            and not difference(rule.offer, facts)
            and (self._filled[at] or not difference(rule.text, facts))
        ]

    def _candidates(self, rule: Rule) -> Sequence[int]:
        destinations = self._sent.destinations
        if not rule.number:
            return range(len(destinations))
        near = self._near(rule.number[0][1])
        return [at for at in near if _is(rule.number, destinations[at].number)]

    def _near(self, asked: Criterion) -> Sequence[int]:
        """The positions of numbers that may fit, as far as beginning or ending tell."""
        destinations = self._sent.destinations
        if "" not in asked.beginnings and len(asked.beginnings) < len(destinations):
            if not self._by_beginning:
                self._by_beginning = sorted((each.number, at) for at, each in enumerate(destinations))
            return _beginning_with(asked.beginnings, self._by_beginning)
        if "" not in asked.endings:
            if not self._by_ending:
                self._by_ending = sorted((each.number[::-1], at) for at, each in enumerate(destinations))
            return _beginning_with([ending[::-1] for ending in asked.endings], self._by_ending)
        return range(len(destinations))

    def _free(self, rule: Rule, slots: Sequence[int], at: int) -> list[int]:
        """Which of the offers a destination has without a rule, if it fits."""
        destination, row = self._sent.destinations[at], self._special.get(at, self._usual)
        if rule.other and difference(rule.other, {"custom_id": destination.custom_id}):
            return []
        return [slot for slot in slots if row[slot] is None and self._reads_right(rule, slot, destination)]

    def _reads_right(self, rule: Rule, slot: int, destination: Destination) -> bool:
        if not rule.text or not self._filled[slot]:
            return True
        return not difference(rule.text, {"text": templates.fill(self._offers[slot]["text"], destination.params)})


def _beginning_with(beginnings: Iterable[str], in_order: Sequence[tuple[str, int]]) -> list[int]:
    """The positions of those of the texts in order that begin with one of these."""
    found: set[int] = set()
    for beginning in beginnings:
        first, last = (bisect_left(in_order, (text, 0)) for text in (beginning, beginning + _LAST))
        found.update(at for _, at in in_order[first:last])
    return sorted(found)


def _facts(offer: Offer) -> dict[str, str]:
    return {"channel": offer.channel, "sender": offer.sender, "text": offer.text or ""}


def _give(row: list[Rule | None], slots: Sequence[int], rule: Rule) -> None:
    for slot in slots:
        if row[slot] is None:
            row[slot] = rule


def _is(asked: Criteria, number: str) -> bool:
    return all(criterion.fits(number) for _, criterion in asked)


def _recipient(scenario: Scenario, number: str, near: Iterable[int]) -> Recipient | None:
    found = (scenario.recipients[at] for at in sorted(set(near)))
    return next((each for each in found if _is(each.number, number)), None)


@lru_cache(maxsize=16)
def _index(recipients: tuple[Recipient, ...]) -> tuple[Mapping[str, list[int]], Sequence[int]]:
    """The places of recipients by what their numbers begin with, and how long these beginnings are."""
    found: dict[str, list[int]] = {}
    for place, each in enumerate(recipients):
        for beginning in each.number[0][1].beginnings if each.number else ("",):
            found.setdefault(beginning, []).append(place)
    return found, sorted({len(beginning) for beginning in found})


def _luck(scenario: Scenario, moment: Moment, size: int) -> Sequence[int]:
    jitters = scenario.jitter or any(each.jitter for rule in scenario.rules for each in rule.outcomes.values())
    return throws(moment.seed, "jitter", moment.job, size) if jitters else ()
