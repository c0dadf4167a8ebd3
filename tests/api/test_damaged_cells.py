"""A store whose file SQLite reads well, and of which a cell cannot be decoded: what needs it is 503, others go on."""

import asyncio
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import apsw
import orjson
import pytest

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.bootstrap import StartFailed
from mock_amp.core.instants import SECOND, Instant
from mock_amp.ports import Books
from tests.api.holding import hand_clock
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Answer, receiving, running

OTHER: Final = "35699000002"
SCRIPT: Final = {
    "name": "replying",
    "rules": [{"name": "all", "replies": [{"after": "5s", "text": ["Yes", "No"]}], "clicks": [{"after": "9s"}]}],
    "requests": [{"name": "every sixth", "match": {"method": "POST", "nth": {"every": 6}}, "status": 429}],
    "callbacks": [{"name": "lost", "match": {"nth": {"every": 3}}, "fail_first": 1}],
}
VIBER: Final = [
    {
        "channel": "VIBER",
        "content": "Hi {#NAME}",
        "actions": [{"title": "Book", "target_url": "https://harbour.example/", "track_clicks": True}],
    }
]

NO_TEXT: Final = b"\xff"
NO_JSON: Final = b'[["x'
OTHER_JSON: Final = b"7"
NO_WORD: Final = b"nobody"

_TEXTS: Final = {
    "account": "id spec",
    "token": "value",
    "script": "document",
    "job": "api_job_id callback_url reply_url",
    "cohort": "members plan",
    "message": "number custom_id params",
    "agenda": "kind",
    "callback": "url bundle",
    "attempt": "outcome answer injected",
    "reply": "text",
    "click": "title target_url",
    "request": "method token rule",
    "code": "code number",
}
_JSON: Final = {
    "account": "spec origin",
    "token": "policy",
    "script": "document",
    "job": "request left_out",
    "cohort": "plan timeline",
    "message": "params",
    "callback": "bundle injected",
    "request": "violations warnings injected",
}
_WORDS: Final = {
    "account": "clock_mode",
    "job": "product",
    "agenda": "kind",
    "callback": "kind state",
    "reply": "channel",
}

CELLS: Final = [
    (table, column, value)
    for named, value in ((_TEXTS, NO_TEXT), (_JSON, NO_JSON), (_JSON, OTHER_JSON), (_WORDS, NO_WORD))
    for table, columns in named.items()
    for column in columns.split()
] + [("cohort", "members", b"0-x"), ("cohort", "plan", b"[[]]"), ("job", "request", b'{"sms_content": 7}')]


class Lived(NamedTuple):
    """The file of a server whose second account, a client's, has something of all there is; some of its messages."""

    path: Path
    account: str
    messages: list[str]

    def client(self, amp: Amp) -> Amp:
        return Amp(amp.url, amp.session, "second-1", self.account)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return asyncio.run(_live(tmp_path_factory.mktemp("lived") / "store.db"))


@pytest.fixture
def lived(first: Lived, tmp_path: Path) -> Lived:
    return first._replace(path=Path(shutil.copy(first.path, tmp_path / "store.db")))


async def _live(path: Path) -> Lived:
    async with receiving() as receiver, running(store=f"sqlite:///{path}", callback_interval="5s") as amp:
        other = await amp.open_account(scenario=SCRIPT)
        token = {"token": "second-1", "channels": ["VIBER"], "rate": {"requests": 1000, "per": "1s"}}
        assert (await other.admin("POST", "/tokens", token)).status == 201
        outer = {"callback_url": receiver.url, "reply_url": receiver.url}
        person = {"number": NUMBER, "custom_id": "one", "params": {"NAME": "Ann"}}
        bodies: list[dict[str, Any]] = [
            {"destinations": [person, {**person, "number": OTHER}], "im_content": VIBER, "job_id": "mine", **outer},
            {
                "destinations": [{**person, "number": NO_IM_NUMBER}],
                "im_content": VIBER,
                "sms_content": {"message": "Hi"},
                **outer,
            },
            {"destinations": [{"number": NUMBER}], "sms_content": {"message": "Hi", "oddity": 1}, **outer},
        ]
        sent = [await other.send(body) for body in bodies]
        assert [each.status for each in sent] == [200] * 3
        assert (await other.send({"destinations": [{"number": "no number"}]})).status == 400
        headers = {"Authorization": f"Token {other.token}"}
        code = {"client_ref": "login", "phone_number": NUMBER}
        assert (await other.call("POST", "/1/2fa", json=code, headers=headers)).status == 200
        receiver.answers = (500, 200)
        await other.advance(by="30s")
        assert (await other.send(bodies[0])).status == 429
        assert (await other.send(bodies[0])).status == 200
        kept = await other.admin("GET", "/snapshot")
        assert (await other.admin("PUT", "/snapshot", kept.body)).status == 200
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    connection.close()
    messages = [told["message_id"] for each in sent for told in each.body["results"].values()]
    return Lived(path, other.account, messages)


def spoil(path: Path, table: str, column: str, value: bytes, key: int = 2) -> None:
    """Puts bytes into a column of all rows of an account."""
    owner = {
        "account": "key = :key",
        "script": ":key",
        "token": "account = (SELECT id FROM account WHERE key = :key)",
    }.get(table, "account = :key")
    cell = ":value" if (table, column) == ("job", "request") else "CAST(:value AS TEXT)"
    connection = apsw.Connection(str(path))
    query = f"UPDATE {table} SET {column} = {cell} WHERE {owner} AND {column} IS NOT NULL"  # noqa: S608 - from above
    connection.execute(query, {"value": value, "key": key})
    changed = connection.changes()
    connection.close()
    assert changed, f"nobody has a {column} of {table}"


async def sweep(amp: Amp, messages: Sequence[str]) -> list[Answer]:
    """All that can be asked of an account, and then a send, a status, and time that goes on."""
    lists = [
        f"/{name}?limit=100" for name in ("messages", "callbacks", "reports", "replies", "requests", "agenda", "jobs")
    ]
    paths = [*lists, "/tokens", "/scenario", "/clock", "/snapshot", f"/codes?to={NUMBER}", ""]
    paths += [f"/messages/{each}" for each in messages] + ["/callbacks/1", "/callbacks/9", "/requests/1"]
    answers = [await amp.admin("GET", path) for path in paths]
    answers += [await amp.status(messages[0]), await amp.send(sms_content={"message": "Hi"})]
    answers += [await amp.admin("POST", "/clock/advance", {"by": "1h"})]
    return answers


@pytest.mark.parametrize(("table", "column", "value"), CELLS)
async def test_what_needs_a_cell_that_cannot_be_decoded_is_503_and_others_go_on(
    lived: Lived, table: str, column: str, value: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """H-8: it is told once, and until the next start by /readyz; no failure of the server's own."""
    spoil(lived.path, table, column, value)

    async with running(store=f"sqlite:///{lived.path}") as amp:
        listed = await amp.call("GET", "/__admin/accounts")
        answers = [listed, *await sweep(lived.client(amp), lived.messages)]
        well = [await amp.send(sms_content={"message": "Hi"}), await amp.admin("GET", "/messages")]
        ready = await amp.call("GET", "/readyz")

    assert {each.status for each in answers} <= {200, 401, 404, 503}
    assert 503 in {each.status for each in answers}
    assert [each.status for each in well] == [200, 200]
    assert ready.status == 503
    assert (
        f"the file is damaged: {'the request of job' if table == 'job' and column == 'request' else 'a row of'}"
        in (ready.body["checks"]["store"])
    )
    assert [each.levelname for each in caplog.records if each.levelno >= logging.ERROR] == ["ERROR"]
    assert not [each for each in caplog.records if each.exc_info]


async def test_time_goes_on_beside_an_account_that_cannot_be_read(
    lived: Lived, caplog: pytest.LogCaptureFixture
) -> None:
    """D9: it is tried again and again, which the log hears of once; and the end is as ever."""
    caplog.set_level("INFO")
    spoil(lived.path, "cohort", "plan", NO_JSON)
    clock = hand_clock()

    async with running(clock=clock, store=f"sqlite:///{lived.path}", clock_rate=1, log_level="info") as amp:
        for each in (amp, lived.client(amp)):
            assert (await each.admin("PUT", "/clock", {"mode": "real"})).status == 200
        await amp.send(sms_content={"message": "Hi"})
        for _ in range(20):
            clock.turn(Instant(clock.now() + SECOND))
            (message,) = await amp.messages()

    errors = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert message["status"] == "DELIVRD"
    assert ["a row of cohort" in each.getMessage() for each in errors] == [True]
    assert "nobody can say what was not final, since the file is damaged" in caplog.records[-1].getMessage()
    assert not [each for each in caplog.records if each.exc_info]


async def test_a_server_does_not_start_without_its_default_account(lived: Lived) -> None:
    """One line for a person."""
    spoil(lived.path, "account", "spec", NO_JSON, key=1)

    with pytest.raises(StartFailed, match="default account: the file is damaged: a row of account"):
        async with running(store=f"sqlite:///{lived.path}"):
            pass


async def test_a_fault_of_a_work_is_no_damage() -> None:
    """Port: only what the store has kept can be damaged."""
    store = SqliteStore()

    def fail(_books: Books) -> None:
        orjson.loads(b"no JSON")

    with pytest.raises(ValueError, match="line 1"):
        store.read(fail)
    with pytest.raises(ValueError, match="line 1"):
        await store.transact(fail)
    assert store.trouble() is None
    store.close()
