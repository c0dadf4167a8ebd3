"""The request journal: what came in, and why it was refused. Each use case writes its line in its own transaction."""

from collections.abc import Awaitable, Sequence
from typing import Final, NamedTuple

from mock_amp.core import wire
from mock_amp.core.auth import tail
from mock_amp.core.identity import uuid4_of
from mock_amp.core.instants import Instant
from mock_amp.core.records import Arrival, RequestRecord
from mock_amp.core.refusals import Refused, Violation, Warned, plain
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books

_KEPT_OF_BODY: Final = 65_536


class Reply(NamedTuple):
    """What the service answers, and where its journal has the reason."""

    status: int
    body: bytes
    request: int
    rule: str | None = None
    allow: str | None = None
    retry_after: int | None = None


class Journal:
    def __init__(self, world: World) -> None:
        self._world = world

    def refuse(self, arrival: Arrival, account_id: str, refusal: Refused) -> Awaitable[Reply]:
        """Writes the line of a refused request and makes its answer. An account that has gone keeps no journal."""
        return self._world.store.transact(lambda books: self.write_refusal(books, arrival, account_id, refusal))

    def unwritten(self, refusal: Refused) -> Reply:
        """The answer to a request of which no line can be kept."""
        job_id = uuid4_of(self._world.ids.seed(), "refused", 0)
        return Reply(status=refusal.status, body=wire.refused(job_id, refusal), request=0, rule=refusal.rule)

    def write(
        self,
        books: Books,
        numbers: Numbers,
        arrival: Arrival,
        status: int,
        *,
        refusal: Refused | None = None,
        warnings: Sequence[Warned] = (),
        api_job_id: str | None = None,
        real: Instant | None = None,
    ) -> int:
        """Writes one line and says its number; `real` is the present, when it is known already."""
        real, number = self._world.clock.now() if real is None else real, numbers.request()
        record = RequestRecord(
            number,
            numbers.owner.clock.at(real),
            real,
            _kept(arrival),
            status,
            refusal.rule if refusal else None,
            refusal.reason if refusal else None,
            tuple([_told(each) for each in refusal.violations]) if refusal else (),
            tuple([warned._asdict() for warned in warnings]) if warnings else (),
            api_job_id,
            arrival.injected,
        )
        self._world.traffic.requests += 1
        books.journal.add(numbers.key, record)
        numbers.tell("request", record.at, number)
        return number

    def write_refusal(self, books: Books, arrival: Arrival, account_id: str, refusal: Refused) -> Reply:
        """The same within a transaction."""
        numbers = Numbers.of(books, account_id)
        if numbers is None:
            return self.unwritten(refusal)
        job_id = uuid4_of(numbers.owner.seed, "job", numbers.job())
        number = self.write(
            books,
            numbers,
            arrival,
            refusal.status,
            refusal=refusal,
            warnings=refusal.warnings,
            api_job_id=job_id,
        )
        return Reply(
            status=refusal.status,
            body=wire.refused(job_id, refusal),
            request=number,
            rule=refusal.rule,
            allow=refusal.allow,
            retry_after=refusal.retry_after,
        )


def _kept(arrival: Arrival) -> Arrival:
    """An arrival as the journal keeps it: the token by its tail, of a long body the beginning."""
    token, body = arrival.token, arrival.body
    return Arrival(
        arrival.method,
        arrival.path,
        arrival.remote,
        token and tail(token),
        body if len(body) <= _KEPT_OF_BODY else body[:_KEPT_OF_BODY],
    )


def _told(each: Violation) -> dict[str, object]:
    value = each.value
    if not isinstance(value, bool | float | None) and not (isinstance(value, int) and abs(value) < 2**53):
        value = plain(value)
    return {"rule": each.rule, "pointer": each.pointer, "value": value, "expected": each.expected}
