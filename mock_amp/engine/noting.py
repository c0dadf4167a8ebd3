"""Writing down what has come of attempts: those of one turn of the loop together, until the store has taken them (C-4).

While the store cannot take them they are kept here and tried again, and the account begins nothing more. So no attempt
is made twice as long as the process lives, and what is kept is no more than what was out.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from mock_amp.core.account import Account
from mock_amp.core.instants import Instant
from mock_amp.core.records import Attempt, Due, Kind
from mock_amp.engine.attempts import landing, say
from mock_amp.engine.errors import AccountGone, out_of_order
from mock_amp.engine.flights import Flight, Made, Trip
from mock_amp.engine.world import Numbers, World, same_life
from mock_amp.ports import Books, StoreFailed

log = logging.getLogger(__name__)


class Notes:
    """`tell` hears of attempts that were written down, `on_due` of retries, and `land` of those that are done with."""

    def __init__(
        self,
        world: World,
        on_due: Callable[[Account, Instant], None],
        tell: Callable[[int, Iterable[Attempt]], None],
        land: Callable[[Flight, Sequence[Trip]], None],
    ) -> None:
        self._world, self._on_due, self._tell, self._land = world, on_due, tell, land

    async def write_down(self, flight: Flight) -> None:
        """Writes down what has been made, and what is made meanwhile."""
        while flight.made:
            made, flight.made = flight.made, []
            for _, life in groupby(made, lambda each: each.trip.account.generation):
                await self._write_down_life(flight, list(life))
        flight.writer = None

    async def _write_down_life(self, flight: Flight, made: Sequence[Made]) -> None:
        """Attempts of one life. What the store cannot take is kept until it can.

        Should it refuse them for themselves, each is tried alone, so that only the guilty one fails.
        """
        some = len(made)
        while made:
            error = await self._try_to_record(made[:some])
            if out_of_order(error) and not flight.over:
                await self._hold(flight, made, error)
            elif error and some > 1 and not out_of_order(error):
                some = 1
            else:
                if error:
                    _give_up(made[:some], error)
                flight.stuck = None
                self._land(flight, [each.trip for each in made[:some]])
                made = made[some:]

    async def _hold(self, flight: Flight, made: Sequence[Made], why: StoreFailed) -> None:
        """Waits until the store is worth another try; whoever waits for these attempts is told."""
        log.debug("%d attempts are kept until they can be written down: %s", len(made), why)
        flight.stuck = str(why)
        flight.rest.set()
        await self._world.comeback.wait(self._world.clock, flight.woken)

    async def _try_to_record(self, made: Sequence[Made]) -> Exception | None:
        """Records attempts of one life, and says why it could not; a life that is over needs no records."""
        first = made[0].trip
        try:
            await self._record(first.account, made)
        except AccountGone:
            log.debug("callback %s of %s belongs to a life that is over", first.callback.key, first.account.id)
        except Exception as error:
            return error
        return None

    async def _record(self, account: Account, made: Sequence[Made]) -> None:
        policy = self._world.terms.retry
        landed = [landing(policy, each.trip.callback, each.outcome, each.began, each.ended) for each in made]

        asked_for = [each.trip.again for each in made]

        def record(books: Books) -> Account:
            numbers = Numbers(same_life(books, account))
            for (attempt, state, due_at, retry_at), again in zip(landed, asked_for, strict=True):
                books.callbacks.tried(account.key, attempt.callback, state, due_at, attempt.number)
                books.callbacks.add_attempt(account.key, attempt)
                if again:
                    books.callbacks.made(account.key, attempt.callback)
                numbers.tell("attempt", attempt.at, attempt.callback, attempt.number, attempt.outcome)
                if retry_at is not None:
                    due = Due(at=retry_at, seq=numbers.serial(), kind=Kind.POST, subject=attempt.callback)
                    books.agenda.add(account.key, due)
            numbers.save(books)
            return numbers.account

        current = await self._world.store.transact(record)
        self._tell(account.key, (attempt for attempt, *_ in landed))
        for each, (_, state, _, retry_at) in zip(made, landed, strict=True):
            say(each.trip.callback, each.trip.number, each.outcome, state)
            if retry_at is not None:
                self._on_due(current, retry_at)


def _give_up(made: Sequence[Made], error: Exception) -> None:
    """What was tried is owed still, and is tried again when the server starts the next time."""
    if out_of_order(error):
        log.error("%d attempts of callbacks are made again at the next start: %s", len(made), error)
        return
    first = made[0].trip.callback
    log.error(
        "callback %s of %s was tried, and that could not be stored", first.key, made[0].trip.account.id, exc_info=error
    )
