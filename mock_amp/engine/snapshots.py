"""An account as one document, and back into any account of a server of the same version: all of it, or nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from mock_amp.core import shapes
from mock_amp.core.account import COUNTERS, Account, Origin
from mock_amp.core.clock import AccountClock, ClockMode
from mock_amp.core.documents import deeper_than, written
from mock_amp.core.identity import LAST_ORDINAL
from mock_amp.core.instants import LAST_INSTANT, Instant, format_instant, parse_instant
from mock_amp.core.records import News
from mock_amp.core.schemas import CompiledSchema
from mock_amp.core.shapes import Shape
from mock_amp.engine.errors import Conflict, Illegal, NoSuch
from mock_amp.engine.opening import as_kept
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.world import World
from mock_amp.ports import BadTable, Books, Library

_NUMBERED: Final[Mapping[str, Mapping[str, str]]] = {
    "job": {"key": "jobs", "line": "requests"},
    "cohort": {"key": "serial"},
    "message": {"ordinal": "last_message"},
    "agenda": {"seq": "serial"},
    "callback": {"key": "callbacks"},
    "reply": {"key": "serial", "ordinal": "last_message"},
    "click": {"number": "serial"},
    "request": {"number": "requests"},
}
"""Which counter has given which numbers."""


class Snapshots:
    """`schema` is that of the document, `version` that of the server, `depth` how deep a document may be."""

    def __init__(
        self, world: World, timeline: Timeline, library: Library, schema: Mapping[str, Any], version: str, depth: int
    ) -> None:
        self._world, self._timeline, self._library = world, timeline, library
        self._schema, self._version = CompiledSchema(schema), version
        self._depth = depth

    def take(self, account_id: str) -> Shape:
        """Data, clock, agenda, scenario and counters of an account; never its id or its tokens. Raises NoSuch."""
        account = self._world.account(account_id)

        def read(books: Books) -> Shape:
            return {
                "version": self._version,
                "node": self._world.terms.node,
                "clock": shapes.clock(account, self._world.shown(account)),
                "seed": account.seed,
                "reject_first_promotional": account.reject_first_promotional,
                "scenario": {
                    "usual": account.script == 0,
                    "since": format_instant(account.script_since),
                    "document": self._world.scripts.document(books, account),
                },
                "counters": {name: getattr(account, name) for name in COUNTERS},
                "tables": books.snapshots.dump(account.key),
            }

        return self._world.store.read(read)

    async def restore(self, account_id: str, text: bytes) -> None:
        """Begins a new life of an account with what a snapshot holds; its id, tokens and creation stay.

        Raises NoSuch, Illegal for what is no snapshot, BadScript, and Conflict for one of another kind of server.
        """
        account = self._world.account(account_id)
        document = await asyncio.to_thread(self._read, text)
        scenario = written(document["scenario"]["document"])
        await asyncio.to_thread(self._library.read_text, scenario, "/scenario/document")

        def work(books: Books) -> Sequence[int]:
            current = books.accounts.by_key(account.key)
            if current is None:
                raise NoSuch(f"there is no account {account_id}")
            restored = self._restored(books, current, document)
            token = next((each.value for each in books.accounts.tokens(account_id)), None)
            books.accounts.clear(account.key)
            books.snapshots.load(account.key, document["tables"], token)
            _check_counters(document)
            books.accounts.save(restored)
            books.tell([News(account.key, "reset", self._world.shown(restored))])
            return books.scripts.drop_unused([current.script])

        try:
            self._world.scripts.forget(await self._world.store.transact(work))
        except BadTable as error:
            raise Illegal(str(error), error.pointer) from error
        await self._timeline.courier.end(account.key)
        self._timeline.look_again(account.key)

    def _read(self, text: bytes) -> Mapping[str, Any]:
        try:
            document = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Illegal(f"the body is no JSON: {error}", "", "a snapshot, as GET gives it") from None
        if deeper_than(document, self._depth):
            raise Illegal(f"nested deeper than {self._depth}", "", f"at most {self._depth} levels (nesting-limit)")
        self._check_kind(document)
        for fault in self._schema.violations(document):
            raise Illegal(f"no snapshot: {fault.reason}", fault.pointer, fault.expected)
        return dict(document)

    def _check_kind(self, document: Any) -> None:
        """Another version may have other shapes altogether, and is found out first."""
        own = {"version": self._version, "node": self._world.terms.node}
        for what, mine in own.items():
            theirs = document.get(what) if isinstance(document, dict) else None
            if type(theirs) is type(mine) and theirs != mine:
                raise Conflict(f"the snapshot is of a server of {what} {theirs}, and this one has {what} {mine}")

    def _restored(self, books: Books, account: Account, document: Mapping[str, Any]) -> Account:
        clock, scenario = document["clock"], document["scenario"]
        shown = _instant(clock["now"], "/clock/now")
        return replace(
            account,
            generation=account.generation + 1,
            clock=AccountClock(
                mode=ClockMode(clock["mode"]), rate=float(clock["rate"]), shown=shown, since=self._world.clock.now()
            ),
            script=self._script(books, account, scenario),
            script_since=_instant(scenario["since"], "/scenario/since"),
            origin=Origin(seed=document["seed"], reject_first_promotional=document["reject_first_promotional"]),
            **{name: document["counters"][name] for name in COUNTERS},
        )

    def _script(self, books: Books, account: Account, scenario: Mapping[str, Any]) -> int:
        """The server's own scenario stays so where this server has the same one."""
        document = scenario["document"]
        usual = self._world.scripts.document(books, replace(account, script=0))
        if scenario["usual"] and document == usual:
            return 0
        return books.scripts.add(as_kept(document))


def _check_counters(document: Mapping[str, Any]) -> None:
    """Whether what comes next gets a number that nothing has. Raises Illegal."""
    for table, columns in _NUMBERED.items():
        given = document["tables"][table]
        for column, counter in columns.items():
            at = given["columns"].index(column)
            most = max((row[at] for row in given["rows"] if row[at] is not None), default=-1)
            if most > document["counters"][counter]:
                where = f"/counters/{counter}"
                raise Illegal(f"there is a {table} with the {column} {most}", where, f"{most} or more")
    if document["counters"]["last_message"] > LAST_ORDINAL:
        raise Illegal("no message id could follow", "/counters/last_message", f"at most {LAST_ORDINAL}")


def _instant(text: str, pointer: str) -> Instant:
    try:
        found = parse_instant(text)
    except ValueError as error:
        raise Illegal(str(error), pointer) from None
    if not 0 <= found <= LAST_INSTANT:
        raise Illegal(f"{text} is out of range", pointer)
    return found
