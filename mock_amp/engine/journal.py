"""The request journal: what came in, and why it was refused. Each use case writes its line in its own transaction.

What needs no more than its line is answered without it when the store cannot keep it; such lines are counted.
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Final, NamedTuple

from mock_amp.core import wire
from mock_amp.core.auth import tail
from mock_amp.core.identity import uuid4_of
from mock_amp.core.instants import Instant
from mock_amp.core.records import Arrival, RequestRecord
from mock_amp.core.refusals import Refused, Violation, Warned, plain
from mock_amp.core.veils import veiled_target
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books, StoreFailed

log = logging.getLogger(__name__)

KEPT_OF_BODY: Final = 65_536
"""Bytes; of a longer body the journal has the beginning."""

NO_REQUEST: Final = "?"
"""Method and path of what could not be read that far."""


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
        self.lost = 0
        """Lines that the store could not keep, since the server started."""
        self._untold = 0

    def refuse(self, arrival: Arrival, account_id: str, refusal: Refused) -> Awaitable[Reply]:
        """Writes the line of a refused request, if that can be, and makes its answer.

        An account that has gone keeps no journal.
        """
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        written = self._world.store.transact(lambda books: self.write_refusal(books, arrival, account_id, refusal))
        asyncio.ensure_future(written).add_done_callback(partial(self._refused, answer, refusal))
        return answer

    def unwritten(self, refusal: Refused) -> Reply:
        """The answer to a request of which no line can be kept."""
        job_id = uuid4_of(self._world.ids.seed(), "refused", 0)
        return _reply(refusal, job_id, 0)

    def lose(self) -> None:
        """Counts a line that the store could not keep; when it keeps lines again, the log tells how many there were."""
        if not self._untold:
            self._world.comeback.then(self._tell_lost)
        self._untold += 1
        self.lost += 1

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
        numbers.tell("request", record.at, number, len(record.arrival.body))
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
        return _reply(refusal, job_id, number)

    def _refused(self, answer: "asyncio.Future[Reply]", refusal: Refused, written: "asyncio.Future[Reply]") -> None:
        if answer.done():  # nobody waits for it any more
            return
        if written.cancelled():
            answer.cancel()
        elif not (error := written.exception()):
            answer.set_result(written.result())
        elif isinstance(error, StoreFailed):
            self.lose()
            answer.set_result(self.unwritten(refusal))
        else:
            answer.set_exception(error)

    def _tell_lost(self) -> None:
        log.warning("%d requests were answered of which the journal has no line: it could not be written", self._untold)
        self._untold = 0


def _reply(refusal: Refused, job_id: str, number: int) -> Reply:
    return Reply(
        status=refusal.status,
        body=wire.refused(job_id, refusal),
        request=number,
        rule=refusal.rule,
        allow=refusal.allow,
        retry_after=refusal.retry_after,
    )


def _kept(arrival: Arrival) -> Arrival:
    """An arrival as the journal keeps it: tokens by their tails, of a long body the beginning."""
    token, body = arrival.token, arrival.body
    return Arrival(
        arrival.method,
        veiled_target(arrival.path),
        arrival.remote,
        token and tail(token),
        body if len(body) <= KEPT_OF_BODY else body[:KEPT_OF_BODY],
    )


def _told(each: Violation) -> dict[str, object]:
    value = each.value
    if not isinstance(value, bool | float | None) and not (isinstance(value, int) and abs(value) < 2**53):
        value = plain(value)
    return {"rule": each.rule, "pointer": each.pointer, "value": value, "expected": each.expected}
