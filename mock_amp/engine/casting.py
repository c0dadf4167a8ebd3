"""Who in a request gets which plan, and when its first channel begins with them: scenario, history and queues (L-3)."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mock_amp.core.account import Account
from mock_amp.core.cohorts import Formed, Sent, form, form_evenly
from mock_amp.core.instants import Instant
from mock_amp.core.lifecycle import enter, queued
from mock_amp.core.model import Channel, Cohort, Product
from mock_amp.core.pacing import Slice, slices
from mock_amp.core.scenario import Moment, Scenario
from mock_amp.core.validation import Understood
from mock_amp.engine.scripts import RULES, moment
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books

_Basis = tuple[int, int, Mapping[int, int]]
"""Generation and scenario of an account, and what the scenario has counted."""


class Foreseen(NamedTuple):
    """Plans found outside a transaction; `basis` is what of the account they depend on, None: nothing."""

    formed: Formed
    basis: _Basis | None = None


class Casting:
    """Casts the requests of one product, outside a transaction as far as that can be."""

    def __init__(self, world: World, product: Product) -> None:
        self._world, self._product = world, product

    def foresee(self, said: Understood, scenario: Scenario, seed: int) -> Foreseen | None:
        """The plans, when they depend on nothing but the request and the seed; None when the store has to be asked."""
        if not scenario.steady or said.document.get("promotional"):
            return None
        evenly = form_evenly(said.offers, said.content, said.destinations, scenario)
        return Foreseen(evenly or form(_sent(said, self._product), scenario, Moment(seed=seed)))

    async def look_ahead(self, account_id: str, said: Understood) -> Foreseen:
        """The plans of a large request as things stand now, found in a thread so that others get their turn.

        Raises NoSuch.
        """
        store = self._world.store
        account = self._world.account(account_id)
        basis, asked = store.read(lambda books: self._asked(books, account, said))
        return Foreseen(formed=await asyncio.to_thread(form, _sent(said, self._product), *asked), basis=basis)

    def cast(self, books: Books, numbers: Numbers, said: Understood, foreseen: Foreseen | None) -> Sequence[Slice]:
        """The plans of the account's next job, within the transaction that reserves it.

        What was foreseen holds unless another request has changed what it was based on.
        """
        if foreseen is not None and foreseen.basis is None:  # nothing counts and nothing queues
            return [Slice(plan, runs, None) for plan, runs in foreseen.formed.groups]
        account = numbers.account
        if foreseen is None or (foreseen.basis is not None and foreseen.basis != _basis(books, account)):
            formed = form(_sent(said, self._product), *self._asked(books, account, said)[1])
        else:
            formed = foreseen.formed
        books.scripts.count(account.key, RULES, formed.counts)
        return _queue_up(books, account, formed, self._world.shown(account))

    def _asked(
        self, books: Books, account: Account, said: Understood
    ) -> tuple[_Basis, tuple[Scenario, Moment, frozenset[str] | None]]:
        """What plans depend on, and what `form` is asked with."""
        known = None
        if said.document.get("promotional") and account.reject_first_promotional:
            known = books.sending.known(account.key, [each.number for each in said.destinations])
        at = moment(books, account, RULES, account.jobs + 1, self._world.shown(account))
        return _basis(books, account), (self._world.scripts.of(books, account), at, known)


def _basis(books: Books, account: Account) -> _Basis:
    return account.generation, account.script, books.scripts.counts(account.key, RULES)


def stand_in_line(books: Books, numbers: Numbers, cohort: Cohort, at: Instant) -> list[Cohort]:
    """A cohort that has come to a channel at `at`, as it begins there: in slices when that takes only so many."""
    if not queued(cohort):
        return [cohort]
    account, leg = numbers.key, cohort.plan[cohort.leg]
    found = _through(books, account, leg.channel, leg.per_second or 1, [Slice(cohort.plan, cohort.members, None)], at)
    cohorts: list[Cohort] = []
    for part in found:
        key = numbers.serial() if cohorts else cohort.key
        cohorts.append(enter(cohort._replace(key=key, members=part.runs), part.start or at))
    job = books.sending.job(account, cohort.job)
    for each in cohorts[1:]:
        books.sending.add_cohort(account, each)
        books.sending.move_messages(account, job, each.members, each.key)
    return cohorts


def _queue_up(books: Books, account: Account, formed: Formed, now: Instant) -> list[Slice]:
    """The groups of a request, cut where their first channel has a queue."""
    free: list[Slice] = []
    waiting: dict[tuple[Channel, float], list[Slice]] = {}
    for plan, runs in formed.groups:
        if plan[0].per_second is None:
            free.append(Slice(plan, runs, None))
        else:
            waiting.setdefault((plan[0].channel, plan[0].per_second), []).append(Slice(plan, runs, None))
    for (channel, per_second), groups in waiting.items():
        free += _through(books, account.key, channel, per_second, groups, now)
    return free


def _through(
    books: Books, account: int, channel: Channel, per_second: float, groups: Sequence[Slice], now: Instant
) -> list[Slice]:
    found, until = slices(groups, per_second, books.scripts.free_at(account, channel), now)
    books.scripts.occupy(account, channel, until)
    return found


def _sent(said: Understood, product: Product) -> Sent:
    return Sent(
        destinations=said.destinations,
        offers=said.offers,
        content=said.content,
        product=product,
        promotional=said.document.get("promotional", False),
        job_id=said.document.get("job_id"),
    )
