"""The request journal: what came in, and why it was refused. Each use case writes its line in its own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mock_amp.core import wire
from mock_amp.core.auth import tail
from mock_amp.core.identity import uuid4_of
from mock_amp.core.records import Arrival, RequestRecord
from mock_amp.core.refusals import Refused, Violation, Warned, plain
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books

_KEPT_OF_BODY: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
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

    async def refuse(self, arrival: Arrival, account_id: str, refusal: Refused) -> Reply:
        """Writes the line of a refused request and makes its answer. An account that has gone keeps no journal."""
        return await self._world.store.transact(lambda books: self._refuse(books, arrival, account_id, refusal))

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
    ) -> int:
        """Writes one line and says its number."""
        real = self._world.clock.now()
        record = RequestRecord(
            number=numbers.request(),
            at=numbers.account.clock.at(real),
            real_at=real,
            arrival=_kept(arrival),
            status=status,
            rule=refusal.rule if refusal else None,
            reason=refusal.reason if refusal else None,
            violations=tuple(_told(each) for each in refusal.violations) if refusal else (),
            warnings=tuple(warned._asdict() for warned in warnings),
            api_job_id=api_job_id,
            injected=arrival.injected,
        )
        books.journal.add(numbers.account.key, record)
        numbers.tell("request", record.at, record.number)
        return record.number

    def _refuse(self, books: Books, arrival: Arrival, account_id: str, refusal: Refused) -> Reply:
        account = books.accounts.get(account_id)
        if account is None:
            return self.unwritten(refusal)
        numbers = Numbers(account)
        job_id = uuid4_of(account.seed, "job", numbers.job())
        number = self.write(
            books,
            numbers,
            arrival,
            refusal.status,
            refusal=refusal,
            warnings=refusal.warnings,
            api_job_id=job_id,
        )
        numbers.save(books)
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
    return Arrival(
        method=arrival.method,
        path=arrival.path,
        remote=arrival.remote,
        token=arrival.token and tail(arrival.token),
        body=arrival.body[:_KEPT_OF_BODY],
    )


def _told(each: Violation) -> dict[str, object]:
    value = each.value
    if not isinstance(value, bool | float | None) and not (isinstance(value, int) and abs(value) < 2**53):
        value = plain(value)
    return {"rule": each.rule, "pointer": each.pointer, "value": value, "expected": each.expected}
