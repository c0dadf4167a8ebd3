"""The items of the lists of an account, as their shapes, each with its place in the list: what the store can choose."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from mock_amp.core import bundles, listed, shapes, wire
from mock_amp.core.bundles import Item
from mock_amp.core.identity import message_id
from mock_amp.core.listed import What
from mock_amp.core.model import Content, Entry, Job
from mock_amp.core.records import REPLY, REPORT, Attempt, Callback, Page, Sought
from mock_amp.core.searching import Words, holds
from mock_amp.core.shapes import Shape
from mock_amp.core.wanting import Values
from mock_amp.engine.contents import content_of
from mock_amp.engine.outbox import body_of, req_uuid
from mock_amp.ports import Books

Placed = tuple[int, Shape]
"""An item and its place: lists are in the order of it, and cursors name it."""

_STRIDE: Final = 1_000_000
"""The place of a report, or an attempt: so many for each callback."""

_CALLBACKS: Final = 50
"""Callbacks that are read at once for the reports in them."""

_FEW: Final = 50
"""Recipients that are sooner read than searched."""

_OF_ENTRY: Final = frozenset({"type", "status"})
"""What a report has of the line of the timeline, and the callback nothing."""


class Some(NamedTuple):
    """What was read of a list in one go. `rest`: the place after which it goes on, None at the end of the list."""

    items: list[Placed]
    rest: int | None


class Gathering:
    """Reads the lists of one account from its books; `node` is that of its message ids.

    Without `bodies` callbacks and requests have none, and none is made.
    """

    def __init__(self, books: Books, account: int, node: int, *, bodies: bool = True) -> None:
        self._books, self._account, self._node, self._bodies = books, account, node, bodies
        self._jobs: dict[int, Job] = {}
        self._contents: dict[int, Content] = {}
        self._timelines: dict[int, Sequence[Entry]] = {}

    def page(self, what: What, sought: Sought, page: Page) -> list[Placed]:
        """The items that are sought, after a place, at most `limit`."""
        found, rest = self.some(what, sought, page)
        while rest is not None and len(found) < page.limit:
            more, rest = self.some(what, sought, replace(page, after=rest, limit=page.limit - len(found)))
            found += more
        return found

    def some(self, what: What, sought: Sought, page: Page, words: Words = ()) -> Some:
        """The same as far as it comes in one go, for those who let others have their turn.

        Of messages and callbacks only those that hold the words: the shape of no other is made.
        """
        match what:
            case What.REPORTS:
                return self._reports(sought, page)
            case What.MESSAGES:
                return self._messages(sought, page, words)
            case What.CALLBACKS:
                return self._callbacks(sought, page, words)
            case What.ATTEMPTS:
                found = self._attempts(sought, page)
            case What.REQUESTS:
                found = self._requests(sought, page)
            case What.REPLIES:
                found = self._replies(sought, page)
        return Some(found, found[-1][0] if len(found) >= page.limit else None)

    def count(self, what: What, sought: Sought) -> int | None:
        """How many there are; None where the store cannot tell."""
        books, account = self._books, self._account
        match what:
            case What.MESSAGES:
                return books.sending.count(account, sought)
            case What.CALLBACKS:
                return books.callbacks.count(account, sought)
            case What.ATTEMPTS:
                return books.callbacks.attempts_count(account, sought)
            case What.REQUESTS:
                return books.journal.count(account, sought)
            case What.REPLIES:
                return books.handsets.count(account, sought)
            case What.REPORTS:
                return None

    def callback(self, it: Callback) -> Shape:
        """A callback with its body and every attempt."""
        body = body_of(self._books, self._account, it, self._node, max(it.tried, 1)) if self._bodies else None
        attempts = self._books.callbacks.attempts(self._account, it.key)
        asked = attempts if it.kind == REPLY else ()
        req_uuids = [req_uuid(self._books, self._account, it, each.number) for each in asked]
        job, statuses = self._job(it.job), self._statuses(it)
        return shapes.callback(
            it, job, self._node, body, attempts, req_uuids, statuses=statuses, to=self._only_number(it, job)
        )

    def _statuses(self, it: Callback) -> Counter[Entry]:
        """How many reports of a callback tell which line of a timeline."""
        counts: Counter[Entry] = Counter()
        for item in it.bundle if it.kind == REPORT else ():
            counts[self._timeline(item.cohort)[item.entry]] += bundles.count(item.runs)
        return counts

    def _only_number(self, it: Callback, job: Job) -> str | None:
        """The number that a callback is about; None where it is about several."""
        runs = tuple(bundles.spans(it.bundle))
        if bundles.count(runs) != 1:
            return None
        return next((number for _, number, _ in self._books.sending.recipients(self._account, job, runs)), None)

    def _timeline(self, cohort: int) -> Sequence[Entry]:
        if cohort not in self._timelines:
            self._timelines[cohort] = self._books.sending.timeline(self._account, cohort)
        return self._timelines[cohort]

    def _messages(self, sought: Sought, page: Page, words: Words) -> Some:
        found = self._books.sending.messages(self._account, sought, page)
        items = [
            (each.ordinal, shapes.message(each, self._node, content))
            for each, content in ((each, self._content(each.job)) for each in found)
            if not words or holds(What.MESSAGES, shapes.message_head(each, self._node, content), words)
        ]
        return Some(items, found[-1].ordinal if len(found) >= page.limit else None)

    def _callbacks(self, sought: Sought, page: Page, words: Words) -> Some:
        found = self._books.callbacks.page(self._account, page, sought)
        items = [
            (each.key, self.callback(each))
            for each in found
            if not words or holds(What.CALLBACKS, self._callback_head(each), words)
        ]
        return Some(items, found[-1].key if len(found) >= page.limit else None)

    def _callback_head(self, it: Callback) -> Shape:
        """What a person knows a callback by: all but its body, which may be large."""
        attempts = self._books.callbacks.attempts(self._account, it.key)
        return shapes.callback(it, self._job(it.job), self._node, None, attempts)

    def _attempts(self, sought: Sought, page: Page) -> list[Placed]:
        found = self._books.callbacks.attempts_page(self._account, page, sought)
        return [(each.callback * _STRIDE + each.number, self._attempt(each, kind, url)) for each, kind, url in found]

    def _attempt(self, it: Attempt, kind: str, url: str) -> Shape:
        asked = {"req_uuid": self._req_uuid(it.callback, it.number)} if kind == REPLY else {}
        return {**shapes.attempt(it), **asked, "callback_id": str(it.callback), "kind": kind, "url": url}

    def _req_uuid(self, key: int, number: int) -> str | None:
        callback = self._books.callbacks.get(self._account, key)
        return req_uuid(self._books, self._account, callback, number) if callback else None

    def _requests(self, sought: Sought, page: Page) -> list[Placed]:
        found = self._books.journal.page(self._account, page, sought)
        return [(each.number, shapes.request(each, bodies=self._bodies)) for each in found]

    def _replies(self, sought: Sought, page: Page) -> list[Placed]:
        found = self._books.handsets.page(self._account, page, sought)
        return [(each.key, shapes.reply(each, self._node)) for each in found]

    def _reports(self, sought: Sought, page: Page) -> Some:
        """Those of so many callbacks at most, however few of theirs are sought."""
        entries = {name: sought.fields[name] for name in sought.fields.keys() & _OF_ENTRY}
        fields = {name: values for name, values in sought.fields.items() if name not in _OF_ENTRY}
        rest = replace(sought, fields={**fields, "kind": (REPORT,)})
        callbacks = self._books.callbacks.page(self._account, _page_of_callbacks(page), rest)
        found: list[Placed] = []
        for callback in callbacks:
            reports = self._expand(callback, sought, entries)
            found += [each for each in (reversed(reports) if page.descending else reports) if _is_beyond(page, each[0])]
            if len(found) >= page.limit:
                return Some(found[: page.limit], found[page.limit - 1][0])
        if len(callbacks) < _CALLBACKS:
            return Some(found, None)
        return Some(found, callbacks[-1].key * _STRIDE + (0 if page.descending else _STRIDE - 1))

    def _expand(self, callback: Callback, sought: Sought, entries: Mapping[str, Values]) -> list[Placed]:
        """The reports of one callback that are sought, each with its place among all of it."""
        job = self._job(callback.job)
        lines: list[tuple[int, Entry, str, str, str | None]] = []
        before = 0
        for item in callback.bundle:
            entry = self._timeline(item.cohort)[item.entry]
            if all(value in entries.get(name, (value,)) for name, value in _told(entry)):
                for ordinal, number, custom_id in self._recipients(job, item, sought):
                    place = listed.rank(item.runs, ordinal - job.first) or 0
                    lines.append((before + place, entry, message_id(ordinal, self._node), number, custom_id))
            before += bundles.count(item.runs)
        if not lines:
            return []
        body = wire.reports(job, [line[1:] for line in lines])
        told = listed.reports(body, callback, [line[1] for line in lines], job.client_job_id or "")
        return [(callback.key * _STRIDE + line[0], report) for line, report in zip(lines, told, strict=True)]

    def _recipients(self, job: Job, item: Item, sought: Sought) -> Sequence[tuple[int, str, str | None]]:
        some = {name: sought.fields[name] for name in ("ordinal", "to", "custom_id") if name in sought.fields}
        if not some:
            return self._books.sending.recipients(self._account, job, item.runs)
        runs = item.runs
        if "ordinal" in some:
            positions = sorted({each - job.first for each in some["ordinal"]})
            runs = bundles.runs_of([each for each in positions if bundles.holds(runs, each)])
        elif bundles.count(runs) > _FEW:
            return self._some_of(job, item, some)
        return [
            line
            for line in (self._books.sending.recipients(self._account, job, runs) if runs else ())
            if line[1] in some.get("to", (line[1],)) and line[2] in some.get("custom_id", (line[2],))
        ]

    def _some_of(self, job: Job, item: Item, some: Mapping[str, Values]) -> list[tuple[int, str, str | None]]:
        """The same of a large job, found by what is sought."""
        sought = Sought(fields={**some, "api_job_id": (job.api_job_id,)})
        found = self._books.sending.messages(self._account, sought, Page(limit=bundles.count(item.runs)))
        return [
            (each.ordinal, each.number, each.custom_id)
            for each in found
            if each.job.key == job.key and bundles.holds(item.runs, each.ordinal - job.first)
        ]

    def _job(self, key: int) -> Job:
        if key not in self._jobs:
            self._jobs[key] = self._books.sending.job(self._account, key)
        return self._jobs[key]

    def _content(self, job: Job) -> Content:
        if job.key not in self._contents:
            self._contents[job.key] = content_of(job)
        return self._contents[job.key]


def _is_beyond(page: Page, place: int) -> bool:
    """Whether a place is after that of the cursor, in the order of the page."""
    if page.after is None:
        return True
    return place < page.after if page.descending else place > page.after


def _page_of_callbacks(page: Page) -> Page:
    """The callbacks in which the reports of a page are: that of its cursor too, unless the cursor is its last one."""
    if page.after is None:
        return replace(page, limit=_CALLBACKS)
    after = -(-page.after // _STRIDE) if page.descending else (page.after + 1) // _STRIDE - 1
    return replace(page, after=after, limit=_CALLBACKS)


def _told(entry: Entry) -> Iterator[tuple[str, Any]]:
    yield "type", entry.channel
    yield "status", entry.status
