"""Between rows and values: accounts, tokens, jobs, cohorts."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from mock_amp.adapters.damage import decoder
from mock_amp.adapters.plan_rows import read_plan, write_plan
from mock_amp.core.account import Account, AccountSpec, Origin, OwnLimits
from mock_amp.core.clock import AccountClock, ClockMode
from mock_amp.core.model import Channel, Cohort, Dialect, Entry, Job, Product, Runs, Status, Token
from mock_amp.core.throttle import Rate

Row = tuple[Any, ...]

_POLICY: Final = (
    "name",
    "networks",
    "senders",
    "two_way",
    "sms_sender",
    "im_sender",
    "route",
    "routes",
    "channels",
    "dialect",
)

_CHANNELS: Final = {each.value: each for each in Channel}
_STATUSES: Final = {each.value: each for each in Status}
"""Quicker than the enums themselves: every line of every timeline is read by them."""


def account_row(account: Account) -> Row:
    spec, clock = account.spec, account.clock
    first = [spec.mode, spec.rate, spec.now, spec.seed, spec.reject_first_promotional, spec.script]
    written = orjson.dumps([*first, [*spec.limits], spec.expires_after]).decode()
    return (account.id, account.created_at, written, *_clock_row(clock), *_counters(account))


def account_changes(account: Account) -> Row:
    return (*_clock_row(account.clock), *_counters(account), account.key)


@decoder("account")
def account_of(row: Row) -> Account:
    key, account_id, created_at, spec, mode, rate, shown, since, pinned, generation, *counters = row
    first_mode, first_rate, now, seed, reject_first, first_script, limits, expires_after = orjson.loads(spec)
    serial, jobs, requests, callbacks, messages, last_message, script, script_since, origin = counters
    return Account(
        key=key,
        id=account_id,
        created_at=created_at,
        spec=AccountSpec(
            mode=ClockMode(first_mode),
            rate=first_rate,
            now=now,
            seed=seed,
            reject_first_promotional=reject_first,
            script=first_script,
            limits=OwnLimits(*limits),
            expires_after=expires_after,
        ),
        clock=AccountClock(mode=ClockMode(mode), rate=rate, shown=shown, since=since, pinned=bool(pinned)),
        generation=generation,
        serial=serial,
        jobs=jobs,
        requests=requests,
        callbacks=callbacks,
        messages=messages,
        last_message=last_message,
        script=script,
        script_since=script_since,
        origin=Origin(*orjson.loads(origin)) if origin else None,
    )


def token_row(token: Token) -> Row:
    return (token.value, token.account, token.created_at, write_policy(token), token.spent_until)


def write_policy(token: Token) -> str:
    """What a token may do, as JSON by field name."""
    policy = {name: getattr(token, name) for name in _POLICY}
    rate = token.rate and [token.rate.requests, token.rate.per]
    return orjson.dumps(policy | {"rate": rate}).decode()


@decoder("token")
def token_of(row: Row) -> Token:
    value, account, created_at, policy, spent_until = row
    return Token(value=value, account=account, created_at=created_at, spent_until=spent_until, **_read_policy(policy))


def job_row(account: int, job: Job) -> Row:
    return (
        account,
        job.key,
        job.api_job_id,
        job.client_job_id,
        job.accepted_at,
        job.first,
        job.size,
        job.callback_url,
        job.reply_url,
        str(job.product),
        int(job.promotional),
        job.request,
        job.token,
        write_json(job.left_out),
        job.line,
    )


@decoder("job")
def job_of(row: Row) -> Job:
    key, api_job_id, client_job_id, accepted_at, first, size, *rest = row
    callback_url, reply_url, product, promotional, request, token, left_out, line = rest
    return Job(
        key=key,
        api_job_id=api_job_id,
        client_job_id=client_job_id,
        accepted_at=accepted_at,
        first=first,
        size=size,
        callback_url=callback_url,
        reply_url=reply_url,
        product=Product(product),
        promotional=bool(promotional),
        request=request,
        token=token,
        left_out=tuple((Channel(channel), why) for channel, why in read_json(left_out)),
        line=line,
    )


def cohort_row(account: int, cohort: Cohort) -> Row:
    return (
        account,
        cohort.key,
        cohort.job,
        write_runs(cohort.members),
        write_plan(cohort.plan),
        cohort.leg,
        cohort.step,
        cohort.started_at,
        *_standing(cohort),
    )


def cohort_changes(account: int, cohort: Cohort) -> Row:
    return (cohort.leg, cohort.step, cohort.started_at, *_standing(cohort), account, cohort.key)


def cohort_recast(account: int, cohort: Cohort) -> Row:
    return (write_runs(cohort.members), write_plan(cohort.plan), account, cohort.key)


@decoder("cohort")
def cohort_of(row: Row) -> Cohort:
    key, job, members, plan, leg, step, started_at, timeline = row
    return Cohort(
        key=key,
        job=job,
        members=read_runs(members),
        plan=read_plan(plan),
        leg=leg,
        step=step,
        started_at=started_at,
        timeline=_lines(timeline),
    )


@decoder("cohort")
def read_timeline(text: str) -> tuple[Entry, ...]:
    return _lines(text)


@decoder("cohort")
def read_latest(text: str) -> Entry:
    """The last line of a timeline."""
    return _entry_of(orjson.loads(text)[-1])


def write_params(params: Mapping[str, str] | None) -> str | None:
    return orjson.dumps(params).decode() if params else None


@decoder("message")
def read_params(text: str | None) -> Mapping[str, str] | None:
    return dict(orjson.loads(text)) if text else None


def write_runs(runs: Runs) -> str:
    """`0-999 1500`: short, and a person can read it."""
    if len(runs) == 1 and runs[0][0] == runs[0][1]:
        return str(runs[0][0])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


@lru_cache(maxsize=256)
def read_runs(text: str) -> Runs:
    return tuple((int(first), int(last or first)) for first, _, last in (run.partition("-") for run in text.split()))


def _clock_row(clock: AccountClock) -> Row:
    return (str(clock.mode), clock.rate, clock.shown, clock.since, int(clock.pinned))


def _counters(account: Account) -> Row:
    return (
        account.generation,
        account.serial,
        account.jobs,
        account.requests,
        account.callbacks,
        account.messages,
        account.last_message,
        account.script,
        account.script_since,
        orjson.dumps([*account.origin]).decode() if account.origin else None,
    )


def _standing(cohort: Cohort) -> Row:
    """The timeline, and its last line's channel and status, plain: SQLite would look for adapters of an enum."""
    timeline = cohort.timeline
    at, channel, status, error_code, sender = timeline[-1]
    if len(timeline) > 1:
        written = orjson.dumps([tuple(each) for each in timeline]).decode()
    else:
        written = f"[[{at},{_as_born(channel, status, error_code, sender)}]]"
    return (written, str(channel), str(status))


@lru_cache(maxsize=1024)
def _as_born(*line: Any) -> str:
    """A line of a timeline without its time; the first ones of many are alike."""
    return orjson.dumps(line).decode()[1:-1]


def _lines(text: str) -> tuple[Entry, ...]:
    return tuple(_entry_of(each) for each in orjson.loads(text))


def _entry_of(line: list[Any]) -> Entry:
    at, channel, status, error_code, sender = line
    return Entry(at, _CHANNELS[channel], _STATUSES[status], error_code, sender)


def write_json(items: tuple[Any, ...]) -> str | None:
    return orjson.dumps(items).decode() if items else None


def read_json(text: str | None) -> tuple[Any, ...]:
    return tuple(orjson.loads(text)) if text else ()


@lru_cache(maxsize=1024)
def _read_policy(text: str) -> Mapping[str, Any]:
    policy = orjson.loads(text)
    requests_per = policy["rate"]
    listed = {key: tuple(policy[key]) for key in ("networks", "senders", "routes")}
    return {
        **policy,
        **listed,
        "two_way": None if policy["two_way"] is None else tuple(policy["two_way"]),
        "channels": tuple(Channel(name) for name in policy["channels"]),
        "dialect": Dialect(policy["dialect"]),
        "rate": Rate(requests=requests_per[0], per=requests_per[1]) if requests_per else None,
    }
