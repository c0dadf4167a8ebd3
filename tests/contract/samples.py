"""Values for the contracts: each builder gives something good, and takes what a test wants otherwise."""

from dataclasses import replace
from typing import Any

from mock_amp.core.account import Account, AccountSpec
from mock_amp.core.bundles import Item
from mock_amp.core.clock import ClockMode
from mock_amp.core.instants import SECOND, Instant
from mock_amp.core.model import Channel, Cohort, Destination, Entry, Job, Leg, Status, Step, Token
from mock_amp.core.records import Arrival, Attempt, Callback, CallbackState, Due, Kind, RequestRecord
from mock_amp.ports import Books, Store

T0 = Instant(1_767_225_600_000_000)
SPEC = AccountSpec(mode=ClockMode.SCALED, rate=2.5, now=T0, seed=7)
PLAN = (
    Leg(channel=Channel.VIBER, sender="Acme", steps=(Step(after=SECOND, status=Status.UNDELIV, error_code=9),)),
    Leg(channel=Channel.SMS, sender="123", steps=(Step(after=SECOND, status=Status.DELIVRD),)),
)
BORN = Entry(at=T0, channel=Channel.INTERNAL, status=Status.ACCEPTD, error_code=0, sender="Acme")


def later(seconds: float) -> Instant:
    """So many seconds after T0."""
    return Instant(T0 + round(seconds * SECOND))


def new_account(name: str) -> Account:
    """An account that no store has seen."""
    return Account(key=0, id=name, created_at=T0, spec=SPEC, clock=SPEC.clock(T0))


async def keep_account(store: Store, name: str = "one") -> int:
    """Keeps an account and says its key."""
    account = await store.transact(lambda books: books.accounts.add(new_account(name)))
    return account.key


def token(value: str, account: str = "one") -> Token:
    return Token(value=value, account=account, created_at=T0, name="nightly", channels=(Channel.VIBER, Channel.RCS))


def job(**changes: Any) -> Job:
    usual = Job(
        key=1,
        api_job_id="00000000-0000-4000-8000-000000000001",
        client_job_id="mine",
        accepted_at=T0,
        first=1_000,
        size=3,
        callback_url="http://127.0.0.1/reports",
        reply_url=None,
        request=b'{"sms_content":{"message":"Hi"}}',
    )
    return usual._replace(**changes)


def cohort(**changes: Any) -> Cohort:
    usual = Cohort(key=2, job=1, members=((0, 1), (2, 2)), plan=PLAN, leg=0, step=0, started_at=T0, timeline=(BORN,))
    return usual._replace(**changes)


def destinations(size: int = 3, cohort_key: int = 2) -> list[tuple[int, int, Destination]]:
    """Rows as `add_messages` takes them: numbers 35699000000 and on, the odd ones with a custom_id and params."""
    return [
        (
            position,
            cohort_key,
            Destination(
                number=str(35_699_000_000 + position),
                custom_id=f"c{position}" if position % 2 else None,
                params={"NAME": "Ann"} if position % 2 else None,
            ),
        )
        for position in range(size)
    ]


def write_job(books: Books, account: int, of: Job | None = None, moving: Cohort | None = None) -> None:
    """A whole job: its row, its messages and the one cohort that they move in."""
    of, moving = of or job(), moving or cohort()
    books.sending.add_job(account, of)
    books.sending.add_messages(account, of.key, of.first, destinations(of.size, moving.key))
    books.sending.add_cohort(account, moving)


def due(at: Instant = T0, seq: int = 1, kind: Kind = Kind.MOVE, subject: int = 2) -> Due:
    return Due(at=at, seq=seq, kind=kind, subject=subject)


def callback(key: int = 1, **changes: Any) -> Callback:
    usual = Callback(
        key=key,
        job=1,
        kind="report",
        url="http://127.0.0.1/reports",
        state=CallbackState.DUE,
        due_at=T0,
        tried=0,
        bundle=(Item(2, 0, ((0, 1), (2, 2))),),
    )
    return replace(usual, **changes)


def attempt(number: int = 1, **changes: Any) -> Attempt:
    usual = Attempt(
        callback=1,
        number=number,
        at=T0,
        real_at=later(1),
        ended_at=later(2),
        outcome="failed",
        status=500,
        error=None,
        answer="oops",
    )
    return usual._replace(**changes)


def request(number: int, **changes: Any) -> RequestRecord:
    usual = RequestRecord(
        number=number,
        at=T0,
        real_at=later(1),
        arrival=Arrival(method="POST", path="/1/im", remote="127.0.0.1", token="…0042", body=b"\xff{}"),
        status=403,
        rule="D-1",
        reason="no number",
        violations=({"rule": "D-1", "pointer": "/destinations/0", "value": None, "expected": "a number"},),
        warnings=({"rule": "H-12", "pointer": "/ttl", "text": "unknown"},),
        api_job_id="00000000-0000-4000-8000-000000000009",
    )
    return usual._replace(**changes)
