"""Which destinations of a request move together: those with the same plan, found by rule and price zone (D5)."""

from collections.abc import Sequence

from mock_amp.core.bundles import runs_of
from mock_amp.core.model import Content, Destination, MessagePlan, Offer, Plan, Runs
from mock_amp.core.routing import order, plan, rejected
from mock_amp.core.scenario import Rule, Scenario


def form(
    destinations: Sequence[Destination],
    offers: tuple[Offer, ...],
    content: Content,
    scenario: Scenario,
    known: frozenset[str] | None = None,
) -> list[tuple[Plan, Runs]]:
    """The plans of a request and the positions of the destinations that follow each, in order of appearance.

    With `known`, a number that is not among them is turned away by the platform (O-9).
    """
    by_price = content.ubiquity is not None or content.plan is MessagePlan.LOW_COST
    together: dict[tuple[Rule | None, str, bool], list[int]] = {}
    for position, destination in enumerate(destinations):
        rule = scenario.rule_for(destination.number)
        zone = scenario.prices.zone(destination.number) if by_price else ""
        first = known is not None and destination.number not in known
        together.setdefault((rule, zone, first), []).append(position)
    merged: dict[Plan, list[int]] = {}
    for (rule, zone, first), positions in together.items():
        ordered = order(offers, content, scenario.prices, zone)
        usual = plan(ordered, rule, scenario.delays)
        merged.setdefault(rejected(usual, scenario.delays) if first else usual, []).extend(positions)
    return [(each, runs_of(sorted(positions))) for each, positions in merged.items()]
