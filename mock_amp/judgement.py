"""Judging request bodies without a server of anybody's: what would the service say, and why.

A further place that chooses, beside `bootstrap` and `rehearsal`: a whole server in this process, on a free port of the
loopback, its clock frozen, its callbacks going nowhere. It is sent the very bytes, and what is told here is read from
its answer, its journal and its store. So nothing is decided a second time.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, Final

import aiohttp
import orjson
from yarl import URL

from mock_amp.adapters.files import BadFile, read_mapping_file, read_schema
from mock_amp.adapters.ledger import LedgerRule, read_ledger
from mock_amp.bootstrap import Server, StartFailed, load_settings, serving
from mock_amp.core.account import DEFAULT_ACCOUNT, Account
from mock_amp.core.clock import ClockMode
from mock_amp.core.instants import parse_instant
from mock_amp.core.positions import Position, position_at, positions
from mock_amp.core.records import Page, RequestRecord
from mock_amp.core.refusals import MOST_REASONS
from mock_amp.core.shapes import injected
from mock_amp.engine.opening import Wish
from mock_amp.engine.summing import Messages, Summing
from mock_amp.ports import BadScript, Books
from mock_amp.rehearsal import START, Audience, advance, silence
from mock_amp.settings import BadSetting

FAILURES: Final = (StartFailed, BadFile, BadScript, BadSetting)
"""What `judge` raises when nothing can be tried; each message is one line for a person."""

SCHEMAS: Final[Mapping[str, str]] = {"/1/im": "im-request", "/1/sms": "sms-request", "/1/2fa": "2fa-request"}
"""The endpoints that take a body, and the schema of each."""

_POLICY: Final = "an object was expected, with what the token may do: senders, channels, rate"

_BEAR: Final = (
    *("scenario", "random-seed", "accepted-after", "delivered-after", "seen-after", "node", "max-agenda"),
    *("callback-attempts", "callback-interval", "bundle-most", "bundle-window", "intermediary-reports"),
    *("send-path", "body-limit", "nesting-limit", "strict"),
)
"""The settings that bear on an answer; where a server listens and what it keeps does not, and is not even read."""

_MORE: Final = re.compile(r"; and (\d+) more\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a judgement goes by: the path that is posted to, and what is not as usual.

    `settings` and `token` are files; `token` says what the token may do, as `POST /__admin/tokens` takes it.
    """

    path: str = "/1/im"
    scenario: str | None = None
    strict: bool | None = None
    settings: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One violation or warning: its rule, with the words of the ledger; its place, where the body has one.

    A violation has the `value` it is about and what was `expected`; a warning says its `text`.
    """

    rule: str
    holds: str
    pointer: str
    line: int | None
    column: int | None
    value: Any = None
    expected: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the service would say to one body. `reason` and `rule` of a refusal; `total` its faults, listed or not.

    `injected` are the faults of the scenario that the request suffers. There are no `messages` where it is refused, nor
    where it asks for none: it checks a code.
    """

    file: str
    path: str
    accepted: bool
    status: int
    reason: str | None
    rule: str | None
    total: int
    violations: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    injected: Mapping[str, Any] | None
    hint: str | None
    scenario: str
    messages: Messages | None


def judge(bodies: Iterable[tuple[str, bytes]], terms: Terms, variables: Mapping[str, str]) -> tuple[Judged, ...]:
    """What the service would say to each of these bodies, by name, each in an account of its own. Raises FAILURES."""
    if not terms.path.startswith("/"):
        raise StartFailed(f"a path begins with /, as /1/im does, and {terms.path} does not")
    flags = {"scenario": terms.scenario, "strict": terms.strict}
    wanted = load_settings(flags, variables, terms.settings, concern=_BEAR)
    each = list(bodies)
    settings = replace(wanted, port=0, log_level="error", max_accounts=len(each) + 1)
    policy = read_mapping_file(terms.token, _POLICY) if terms.token else None
    with silence():
        return asyncio.run(_judge(Server(settings, transport=Audience()), each, terms.path, policy))


async def _judge(
    server: Server, bodies: Sequence[tuple[str, bytes]], path: str, policy: Mapping[str, Any] | None
) -> tuple[Judged, ...]:
    ledger = {rule.id: rule for rule in read_ledger()}
    no_end = aiohttp.ClientTimeout(total=None)
    async with serving(server), aiohttp.ClientSession(server.url, timeout=no_end) as session:
        bench = _Bench(server, session, path, policy, ledger)
        return tuple([await bench.judge(file, body) for file, body in bodies])


class _Bench:
    """One server, and what all bodies are judged by."""

    def __init__(
        self,
        server: Server,
        session: aiohttp.ClientSession,
        path: str,
        policy: Mapping[str, Any] | None,
        ledger: Mapping[str, LedgerRule],
    ) -> None:
        self._server, self._session, self._path = server, session, path
        self._policy, self._ledger = policy, ledger

    async def judge(self, file: str, body: bytes) -> Judged:
        services = self._server.services
        seed = self._server.settings.random_seed
        wish = Wish(mode=ClockMode.FROZEN, now=parse_instant(START), seed=1 if seed is None else seed)
        account, token = await services.opening.open(wish)
        if self._policy is not None:
            await self._limit(account, token, self._policy)
        line = await self._post(body, token)
        record = services.world.store.read(lambda books: _record(books, account, line))
        if record is None:
            raise StartFailed(f"{self._path} is no path of the service; it has {', '.join(SCHEMAS)}")
        messages = None
        if record.status == 200:
            await advance(self._session, account.id, {"until": "idle"})
            messages = Summing(services.world).messages(account.id)
        return self._told(file, body, record, messages)

    async def _limit(self, account: Account, token: str, policy: Mapping[str, Any]) -> None:
        path = f"/__admin/accounts/{account.id}/tokens/{token}"
        async with self._session.patch(path, json=policy) as answer:
            if answer.status != 200:
                problem = await answer.json(content_type=None)
                more = f" at {problem['pointer']}" if problem.get("pointer") else ""
                wanted = f"; expected is {problem['expected']}" if problem.get("expected") else ""
                raise StartFailed(f"no token can be like that: {problem['detail']}{more}{wanted}")

    async def _post(self, body: bytes, token: str) -> int | None:
        """The line of the journal that an answer names; None when the scenario cut the connection before one came."""
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        url = URL(self._server.url + self._path)  # a path that begins with // is no other host
        try:
            async with self._session.post(url, data=BytesIO(body), headers=headers) as answer:
                return int(answer.headers.get("X-Mock-Amp-Request", "0"))
        except aiohttp.InvalidURL as error:
            raise StartFailed(f"{self._path} is no path") from error
        except aiohttp.ClientError:
            return None

    def _told(self, file: str, body: bytes, record: RequestRecord, messages: Messages | None) -> Judged:
        places = _places(body, record)
        violations = tuple(
            self._finding(each, places, value=each["value"], expected=each["expected"]) for each in record.violations
        )
        more = _MORE.search(record.reason or "")
        return Judged(
            file=file,
            path=self._path,
            accepted=record.status == 200,
            status=record.status,
            reason=record.reason,
            rule=record.rule,
            total=max(len(violations), MOST_REASONS + int(more[1]) if more else 0),
            violations=violations,
            warnings=tuple(self._finding(each, places, text=each["text"]) for each in record.warnings),
            injected=injected(record.injected),
            hint=_hint(body, self._path),
            scenario=self._server.settings.scenario,
            messages=messages,
        )

    def _finding(self, found: Mapping[str, Any], places: Mapping[str, Position], **more: Any) -> Finding:
        rule, pointer = str(found["rule"]), str(found["pointer"])
        place, known = places.get(pointer), self._ledger.get(rule)
        return Finding(
            rule=rule,
            holds=known.text if known else "",
            pointer=pointer,
            line=place.line if place else None,
            column=place.column if place else None,
            **more,
        )


def _record(books: Books, account: Account, line: int | None) -> RequestRecord | None:
    """The only line of the account's journal; what is refused before its token is read stands in the default one's."""
    own = books.journal.page(account.key, Page(limit=1))
    if own or not line:
        return own[0] if own else None
    default = books.accounts.get(DEFAULT_ACCOUNT)
    return books.journal.get(default.key, line) if default else None


def _places(body: bytes, record: RequestRecord) -> Mapping[str, Position]:
    """Where in the body the findings are; nowhere, when it was not the body that was refused."""
    found: tuple[Mapping[str, Any], ...] = (*record.violations, *record.warnings)
    pointers = {str(each["pointer"]) for each in found}
    if not pointers or record.status not in (200, 400, 403):
        return {}
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        text = body[: error.start].decode()
        return dict.fromkeys(pointers, position_at(text, len(text)))
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return dict.fromkeys(pointers, Position(error.lineno, error.colno))
    return positions(text, pointers)


def _hint(body: bytes, path: str) -> str | None:
    """Which other endpoint knows more of the keys of a body, if one does."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    known = {each: len(document.keys() & read_schema(name)["properties"].keys()) for each, name in SCHEMAS.items()}
    best = max(known, key=lambda each: known[each])
    mine = known.get(path.partition("?")[0], known["/1/im"])
    if known[best] <= mine:
        return None
    keys = document.keys() & read_schema(SCHEMAS[best])["properties"].keys()
    return f"{', '.join(sorted(keys))}: these are keys of {best}, and this was judged as a body of {path}"
