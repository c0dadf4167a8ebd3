"""Owing callbacks while the scenario has faults for them: who is hit, who waits for whom, who is overtaken.

Reports that join a callback which waits share what was decided for it; only callbacks are counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mock_amp.core.breaking import choose
from mock_amp.core.bundles import Bundle, Item, pack
from mock_amp.core.instants import Instant
from mock_amp.core.matching import difference
from mock_amp.core.model import Job
from mock_amp.core.records import REPORT, Callback, CallbackState, Kind
from mock_amp.core.sabotage import (
    Facts,
    Owed,
    again,
    alike,
    apart,
    asked,
    collects_until,
    duplicates,
    facts_of,
    held,
    hit,
    merged_by,
    most_reports,
    original,
)
from mock_amp.core.scenario import CallbackFault
from mock_amp.engine.owing import fresh, put
from mock_amp.engine.scripts import CALLBACKS, moment
from mock_amp.engine.world import Numbers, Terms
from mock_amp.ports import Books


class FaultyLeg:
    """A job's callbacks of one kind that come to be owed at one moment, and those that wait from before."""

    def __init__(
        self,
        books: Books,
        numbers: Numbers,
        terms: Terms,
        faults: Sequence[CallbackFault],
        job: Job,
        kind: str,
        at: Instant,
    ) -> None:
        self._books, self._numbers, self._terms, self._faults = books, numbers, terms, faults
        self._job, self._kind, self._at = job, kind, at
        self._url = (job.callback_url if kind == REPORT else job.reply_url) or ""
        self._asked = asked(faults)
        self._waiting: list[Callback] = []
        if terms.bundle_window or any(fault.reorder or fault.merge is not None for fault in faults):
            self._waiting += books.callbacks.waiting(numbers.key, job.key, kind, at)
        self._overtaken = {each.key for each in self._waiting if held(each)}
        self._new: list[Callback] = []

    def owe_reports(self, owed: Sequence[Owed]) -> Instant | None:
        """Writes the callbacks of these reports; says when the first is due."""
        told = [(self._facts(each.entry.channel, each.entry.status), each.item) for each in owed]
        for facts, items in apart(told, self._asked):
            due_at = Instant(self._at + self._terms.bundle_window)
            for bundle in pack(self._join(facts, items), self._terms.bundle_most):
                self._owe(facts, bundle, due_at)
        self._let_go()
        return min((each.due_at for each in self._new if each.state is CallbackState.DUE), default=None)

    def owe_reply(self, channel: str, bundle: Bundle) -> int:
        """Writes the callback of a reply on a channel; says its key."""
        self._owe(self._facts(channel, None), bundle, self._at)
        self._let_go()
        return self._new[0].key

    def _facts(self, channel: str, status: str | None) -> Facts:
        return facts_of(self._job, self._kind, self._url, channel, status)

    def _choose(self, facts: Facts) -> tuple[CallbackFault | None, Mapping[int, int]]:
        account = self._numbers.account
        now = moment(self._books, account, CALLBACKS, account.callbacks + 1, self._at)
        return choose(self._faults, facts, now, CALLBACKS)

    def _owe(self, facts: Facts, bundle: Bundle, due_at: Instant) -> None:
        fault, counts = self._choose(facts)
        self._books.scripts.count(self._numbers.key, CALLBACKS, counts)
        most = fault.split if fault and fault.split else self._terms.bundle_most
        for part in pack(bundle, most):
            callback = fresh(self._numbers, self._job, self._kind, self._url, due_at, part)
            if fault:
                callback = hit(callback, fault, holds=not self._overtaken)
            self._put(callback)
            for _ in range(duplicates(callback)):
                self._put(again(callback, self._numbers.callback()))

    def _put(self, callback: Callback) -> None:
        put(self._books, self._numbers, callback)
        self._new.append(callback)
        if merged_by(callback, self._faults):
            self._waiting.append(callback)

    def _join(self, facts: Facts, items: Sequence[Item]) -> Sequence[Item]:
        """Lets reports travel with others of their job that wait for them; says for which there is no room."""
        fault = self._choose(facts)[0] if self._waiting else None
        for host in reversed(self._waiting):
            if self._waits_for(host, facts, fault):
                first, *rest = pack(items, most_reports(host, self._terms.bundle_most), host.bundle)
                self._fill(host, first)
                return [item for bundle in rest for item in bundle]
        return items

    def _waits_for(self, host: Callback, facts: Facts, fault: CallbackFault | None) -> bool:
        """Whether reports that a fault would take, or none, may join a callback: by its rule, or by the setting."""
        if collects_until(host) < self._at:
            return False
        if host.injected is None:
            return self._terms.bundle_window > 0 and self._is_alike(host, facts)
        rule = merged_by(host, self._faults)
        return rule is not None and fault in (None, rule) and not difference(rule.criteria, facts)

    def _is_alike(self, host: Callback, facts: Facts) -> bool:
        """Whether all that a callback reports is to the faults what these facts are."""
        lines = [self._books.sending.timeline(self._numbers.key, item.cohort)[item.entry] for item in host.bundle]
        return all(alike(self._facts(each.channel, each.status), facts, self._asked) for each in lines)

    def _fill(self, host: Callback, bundle: Bundle) -> None:
        """Gives a callback and its duplicates a fuller bundle."""
        for place, each in enumerate(self._waiting):
            if original(each) == original(host):
                self._waiting[place] = replace(each, bundle=bundle)
                self._books.callbacks.save(self._numbers.key, self._waiting[place])
                self._numbers.tell("bundle", self._at, each.key)

    def _let_go(self) -> None:
        """Makes callbacks that were held back due right after the first one that overtakes them."""
        posted = [each.due_at for each in self._new if each.state is CallbackState.DUE and not held(each)]
        if not posted:
            return
        account, after = self._numbers.key, Instant(min(posted) + 1)
        for each in self._waiting:
            if each.key in self._overtaken and each.due_at > after:
                self._books.agenda.move(account, Kind.POST, each.key, each.due_at, after)
                self._books.callbacks.save(account, replace(each, due_at=after))
