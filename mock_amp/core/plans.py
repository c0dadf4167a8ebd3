"""What will happen to one destination, channel by channel: the order, the outcome on each, and why (L-2 to L-4)."""

from collections.abc import Sequence
from typing import NamedTuple

from mock_amp.core.instants import SECOND, Instant
from mock_amp.core.model import NEVER, Channel, Leg, Offer, Plan, Status, Step
from mock_amp.core.outcomes import steps_of
from mock_amp.core.scenario import GOOD, UNREACHABLE, Habits, Outcome, Recipient, Rule, Scenario


class Fate(NamedTuple):
    """All that tells one destination's plan from another's within a request.

    `rules` for each offer, `unreached` the channels that miss the number by the scenario's reach, `zone` that of its
    price where prices matter, `luck` its part of the jitter, `first` whether the platform turns it away (O-9).
    """

    rules: tuple[Rule | None, ...]
    recipient: Recipient | None = None
    unreached: frozenset[Channel] = frozenset()
    zone: str | None = None
    luck: int = 0
    first: bool = False


def plan(offers: Sequence[Offer], fate: Fate, scenario: Scenario, since: Instant = NEVER) -> Plan:
    """The channels as they are tried, cheapest first where the fate has a zone, ties as they stand (L-3)."""
    pairs = list(zip(offers, fate.rules, strict=True))
    if fate.zone is not None:
        pairs.sort(key=lambda pair: scenario.prices.of(fate.zone or "", pair[0].channel))
    usual = tuple(_leg(offer, rule, fate, scenario, since) for offer, rule in pairs)
    return rejected(usual, scenario) if fate.first else usual


def rejected(following: Plan, scenario: Scenario) -> Plan:
    """The plan of a destination that the platform itself turns away: no channel gets to see it (O-9)."""
    step = Step(after=scenario.delays.accepted, status=Status.REJECTD, error_code=scenario.error_code(Status.REJECTD))
    first = Leg(
        channel=Channel.INTERNAL,
        sender=following[0].sender,
        steps=(step,),
        why="the first message to a recipient cannot be promotional (O-9)",
    )
    return (first, *following)


def _leg(offer: Offer, rule: Rule | None, fate: Fate, scenario: Scenario, since: Instant) -> Leg:
    channel, recipient = offer.channel, fate.recipient
    outcome, why = _outcome(channel, rule, fate, scenario)
    habits = scenario.habits
    for each in (recipient, rule):
        habits = each.habits.over(habits) if each else habits
    is_im = channel is not Channel.SMS
    return Leg(
        channel=channel,
        sender=offer.sender,
        steps=steps_of(offer, outcome, habits, scenario, fate.luck),
        replaced_on_expiry=bool(habits.ios) and is_im,
        ttl=offer.ttl * SECOND,
        expired_code=scenario.error_code(Status.EXPIRED),
        off=tuple(window.span(since) for window in recipient.off) if recipient else (),
        per_second=scenario.throughput.get(channel),
        acts=habits.acts or (),
        price=None if fate.zone is None else scenario.prices.of(fate.zone, channel),
        why=why,
    )


def _outcome(channel: Channel, rule: Rule | None, fate: Fate, scenario: Scenario) -> tuple[Outcome, str]:
    """What the channel does, and what decided: a rule, then the handset, then the scenario's reach."""
    if rule is not None and channel in rule.outcomes:
        return rule.outcomes[channel], f"rule {rule.name!r}"
    recipient = fate.recipient
    if recipient and recipient.apps is not None and channel is not Channel.SMS and channel not in recipient.apps:
        return UNREACHABLE, f"the handset of {recipient.name!r} has no {channel}"
    if channel in fate.unreached:
        return UNREACHABLE, f"{channel} reaches {scenario.reach[channel]:g} of the numbers, and not this one"
    return GOOD, f"rule {rule.name!r}" if rule and rule.habits != Habits() else ""
