"""What the journal knows of a request, put together again so that it can be played once more.

The journal has the end of a token and the beginning of a large body, and no body of a request that was refused early.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from mock_amp.core.account import Account
from mock_amp.core.instants import Instant
from mock_amp.core.model import Job, Message, Product
from mock_amp.core.records import Page, RequestRecord, Sort, Sought, Span
from mock_amp.core.refusals import refuse
from mock_amp.engine.absence import missing
from mock_amp.engine.errors import Conflict
from mock_amp.engine.journal import KEPT_OF_BODY, NO_REQUEST
from mock_amp.engine.world import World, same_life
from mock_amp.ports import Books

_AT_ONCE: Final = 1_000
"""Messages that are read in one go."""

_HELP: Final = "POST …/requests plays it with the {0} that you give"
_MALFORMED, _UNKNOWN, _EMPTY = (refuse(each).reason for each in ("token_malformed", "token_unknown", "empty"))


class Repeated(NamedTuple):
    """A request once more. `authorization` and `content_type` are headers, None where it had none.

    `body` is None when nobody has it any more: `lacking` says why, and what helps.
    """

    method: str
    path: str
    authorization: str | None
    content_type: str | None
    body: bytes | None
    lacking: str = ""


class _Found(NamedTuple):
    """What there is of it: its line, its job if it was accepted, and what it showed as its token.

    `known` says whether that is a token now. Without one nobody looks at the body.
    """

    account: Account
    line: RequestRecord
    job: Job | None
    authorization: str | None
    known: bool


class Repeating:
    """Looks requests up that are to be played once more."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def recall(self, account_id: str, number: int | None) -> Repeated:
        """A request of an account's journal. Raises NoSuch, Evicted, and Conflict where it is not known what it was."""
        account = self._world.account(account_id)
        found = self._world.store.read(lambda books: _find(books, account, number))
        body, lacking = await self._body(found)
        arrival = found.line.arrival
        content_type = _content_type(found.line)
        return Repeated(arrival.method, arrival.path, found.authorization, content_type, body, lacking)

    async def _body(self, found: _Found) -> tuple[bytes | None, str]:
        line, kept = found.line, found.line.arrival.body
        if not found.known or _is_whole(line):
            return kept, ""
        if kept and found.job is not None and found.job.product is not Product.TWO_FACTOR:
            return await self._body_of(found.account, found.job), ""
        return None, f"request {line.number} cannot be played once more: {_why_not(line)}; {_HELP.format('body')}"

    async def _body_of(self, account: Account, job: Job) -> bytes:
        """The whole of an accepted request, as it was understood."""
        found: list[dict[str, Any]] = []
        for at in range(0, job.size, _AT_ONCE):
            some = range(job.first + at, job.first + min(at + _AT_ONCE, job.size))
            read = self._world.store.read(lambda books, some=some: _messages(books, account, some))  # type: ignore[misc]
            if len(read) < len(some):
                raise Conflict(f"the job {job.api_job_id} is gone meanwhile; {_HELP.format('body')}")
            found += map(_destination, read)
            await self._world.clock.give_way()
        return orjson.dumps({"destinations": found, **orjson.loads(job.request)})


def _destination(message: Message) -> dict[str, Any]:
    told = {"number": message.number, "custom_id": message.custom_id, "params": message.params}
    return {name: value for name, value in told.items() if value is not None}


def _messages(books: Books, account: Account, ordinals: range) -> Sequence[Message]:
    """Messages of an account. Raises AccountGone when it has begun a new life, in which ids are given once more."""
    same_life(books, account)
    return books.sending.messages(account.key, Sought(fields={"ordinal": tuple(ordinals)}), Page(limit=len(ordinals)))


def _is_whole(line: RequestRecord) -> bool:
    """Whether the journal has all of a body. One that was empty was accepted, or refused for that."""
    size = len(line.arrival.body)
    return size < KEPT_OF_BODY if size else line.status == 200 or line.reason == _EMPTY


def _why_not(line: RequestRecord) -> str:
    if not line.arrival.body:
        return "the service refused it before it had read its body, so the journal has none"
    return f"the journal keeps {KEPT_OF_BODY} bytes of a body, and nobody has the rest any more"


def _content_type(line: RequestRecord) -> str | None:
    """That of JSON, as far as anybody looked at it, but for one that was refused (H-4): that is in the journal."""
    return line.violations[0]["value"] or None if line.status == 415 else "application/json"


def _find(books: Books, account: Account, number: int | None) -> _Found:
    line = None if number is None else books.journal.get(account.key, number)
    if line is None:
        raise missing(books, account, Sort.REQUEST, number, f"request {number}")
    if line.arrival.method == NO_REQUEST:
        raise Conflict(f"request {line.number} was not understood as HTTP, so there is nothing to play once more")
    job = _job_of(books, account, line)
    token = job.token if job and job.token else _token_of(books, account, line)
    if token is None:
        return _Found(account, line, job, "Token" if line.reason == _MALFORMED else None, known=False)
    return _Found(account, line, job, f"Token {token}", known=books.accounts.of_token(token) is not None)


def _job_of(books: Books, account: Account, line: RequestRecord) -> Job | None:
    """The job that a request was accepted as. Of a question about a job, the line names that job too."""
    if line.status != 200 or line.api_job_id is None:
        return None
    sought = Sought(fields={"api_job_id": (line.api_job_id,)})
    found = [each.job for each in books.sending.messages(account.key, sought, Page(limit=1))]
    return found[0] if found and found[0].line == line.number else None


def _token_of(books: Books, account: Account, line: RequestRecord) -> str | None:
    """The token that has the end which the journal keeps; deleted ones too, which are refused once more (A-4).

    One that was unknown then may be one that there was not yet. Else nobody has it, and its end does as well.
    """
    end = line.arrival.token
    if end is None:
        return None
    unknown = line.reason == _UNKNOWN
    tokens = {
        each.value
        for each in books.accounts.ending(account.id, end.removeprefix("…"))
        if not (unknown and _held(each, line.real_at))
    }
    if unknown and not tokens:
        return end
    if len(tokens) == 1:
        return tokens.pop()
    which = "several tokens of the account end so" if tokens else "no token of the account ends so"
    raise Conflict(
        f"request {line.number} cannot be played once more: the journal keeps the end of its token, {end}, and "
        f"{which}; {_HELP.format('token')}"
    )


def _held(token: Span, at: Instant) -> bool:
    """Whether a token was valid then, and not only from then on or until then."""
    return token.created_at < at and (token.deleted_at is None or token.deleted_at > at)
