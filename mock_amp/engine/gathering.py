"""The items of the lists of an account, as their shapes, each with its place in the list: what the store can choose."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from mock_amp.core import bundles, listed, shapes, wire
from mock_amp.core.bundles import Item
from mock_amp.core.identity import message_id, ordinal_of
from mock_amp.core.listed import What
from mock_amp.core.model import Content, Entry, Job
from mock_amp.core.records import REPLY, REPORT, Attempt, Callback, Page, Sought
from mock_amp.core.shapes import Shape
from mock_amp.core.wanting import Values, Wanted
from mock_amp.engine.contents import content_of
from mock_amp.engine.outbox import body_of, req_uuid
from mock_amp.ports import Books

Placed = tuple[int, Shape]
"""An item and its place: lists are in ascending order of it, and cursors name it."""

_STRIDE: Final = 1_000_000
"""The place of a report, or an attempt: so many for each callback."""

_CALLBACKS: Final = 50
"""Callbacks that are read at once for the reports in them."""

_FEW: Final = 50
"""Recipients that are sooner read than searched."""

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
_OF_ENTRY: Final = frozenset({"type", "status"})
"""What a report has of the line of the timeline, and the callback nothing."""


class Gathering:
    """Reads the lists of one account from its books; `node` is that of its message ids."""

    def __init__(self, books: Books, account: int, node: int) -> None:
        self._books, self._account, self._node = books, account, node
        self._contents: dict[int, Content] = {}

    def page(self, what: What, sought: Sought, page: Page) -> list[Placed]:
        """The items that are sought, from a place on, at most `limit`; with `latest` the last ones, backwards."""
        match what:
            case What.MESSAGES:
                return self._messages(sought, page)
            case What.REPORTS:
                return self._reports(sought, page)
            case What.CALLBACKS:
                return self._callbacks(sought, page)
            case What.ATTEMPTS:
                return self._attempts(sought, page)
            case What.REQUESTS:
                return self._requests(sought, page)
            case What.REPLIES:
                return self._replies(sought, page)

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
        body = body_of(self._books, self._account, it, self._node, max(it.tried, 1))
        attempts = self._books.callbacks.attempts(self._account, it.key)
        asked = attempts if it.kind == REPLY else ()
        req_uuids = [req_uuid(self._books, self._account, it, each.number) for each in asked]
        return shapes.callback(it, body, attempts, req_uuids)

    def _messages(self, sought: Sought, page: Page) -> list[Placed]:
        found = self._books.sending.messages(self._account, sought, page)
        return [(each.ordinal, shapes.message(each, self._node, self._content(each.job))) for each in found]

    def _callbacks(self, sought: Sought, page: Page) -> list[Placed]:
        return [(each.key, self.callback(each)) for each in self._books.callbacks.page(self._account, page, sought)]

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
        return [(each.number, shapes.request(each)) for each in self._books.journal.page(self._account, page, sought)]

    def _replies(self, sought: Sought, page: Page) -> list[Placed]:
        found = self._books.handsets.page(self._account, page, sought)
        return [(each.key, shapes.reply(each, self._node)) for each in found]

    def _reports(self, sought: Sought, page: Page) -> list[Placed]:
        after = -1 if page.after is None else page.after
        entries = {name: sought.fields[name] for name in sought.fields.keys() & _OF_ENTRY}
        fields = {name: values for name, values in sought.fields.items() if name not in _OF_ENTRY}
        rest = replace(sought, fields={**fields, "kind": (REPORT,)})
        found: list[Placed] = []
        for callback in self._report_callbacks(rest, after // _STRIDE - 1):
            reports = self._expand(callback, sought, entries)
            found += [each for each in (reversed(reports) if sought.latest else reports) if each[0] > after]
            if len(found) >= page.limit:
                break
        return found[: page.limit]

    def _report_callbacks(self, sought: Sought, after: int) -> Iterator[Callback]:
        """The callbacks that have such reports, read as they are needed."""
        while True:
            found = self._books.callbacks.page(self._account, Page(after=after, limit=_CALLBACKS), sought)
            yield from found
            if len(found) < _CALLBACKS or sought.latest:
                return
            after = found[-1].key

    def _expand(self, callback: Callback, sought: Sought, entries: Mapping[str, Values]) -> list[Placed]:
        """The reports of one callback that are sought, each with its place among all of it."""
        job = self._books.sending.job(self._account, callback.job)
        lines: list[tuple[int, Entry, str, str, str | None]] = []
        before = 0
        for item in callback.bundle:
            entry = self._books.sending.timeline(self._account, item.cohort)[item.entry]
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

    def _content(self, job: Job) -> Content:
        if job.key not in self._contents:
            self._contents[job.key] = content_of(job)
        return self._contents[job.key]


def sought_of(wanted: Wanted, node: int) -> Sought:
    """What of a wish the store can choose by."""
    return Sought(fields=fields_of(wanted.what, wanted.indexed, node), since=wanted.since)


def fields_of(what: What, values: Mapping[str, Values], node: int) -> dict[str, Values]:
    """Fields of shapes as the store has them."""
    return {_RENAMED.get((what, name), name): _read(what, name, some, node) for name, some in values.items()}


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


def _told(entry: Entry) -> Iterator[tuple[str, Any]]:
    yield "type", entry.channel
    yield "status", entry.status
