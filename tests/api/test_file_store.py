"""A server whose state is in a file: the next one goes on from there."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from mock_amp.bootstrap import StartFailed
from tests.acceptance.processes import refused
from tests.contract.disks import Disk, failing_disk
from tests.contract.test_store_versions import PAST, STORES
from tests.harness import Amp, receiving, running


async def test_a_server_goes_on_where_another_has_stopped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The setting store: messages, ids and what is still to come."""
    store = f"sqlite:///{tmp_path}/store.db"
    caplog.set_level("INFO")
    async with running(store=store, log_level="info") as amp:
        await amp.send(sms_content={"message": "Hi"})
        before = await amp.messages()
    async with running(store=store, log_level="info") as amp:
        after = await amp.messages()
        await amp.advance(until="idle")
        lived = await amp.messages()
        await amp.send(sms_content={"message": "Hi"})
        both = await amp.messages()

    assert (after, [each["status"] for each in before]) == (before, ["ACCEPTD"])
    assert [each["status"] for each in lived] == ["DELIVRD"]
    assert len({each["id"] for each in both}) == 2
    assert f"stopped; kept in {tmp_path}/store.db: 1 messages that were not final" in caplog.text


@pytest.fixture
def disk() -> Iterator[Disk]:
    with failing_disk() as disk:
        yield disk


@pytest.mark.parametrize("version", PAST)
async def test_a_server_finds_what_one_of_an_earlier_version_has_said(tmp_path: Path, version: int) -> None:
    """Accounts, tokens, clocks, messages, agenda, callbacks, attempts, replies and requests, all to the letter."""
    said = json.loads((STORES / f"version-{version}.json").read_bytes())
    async with running(store=_stored(tmp_path, version), keep_messages=50) as amp:
        accounts = (await amp.call("GET", "/__admin/accounts")).body
        found = {name: await _told(amp, name, of) for name, of in said["of"].items()}
        tokens = [each["token"] for of in said["of"].values() for each in of["tokens"]["items"]]
        answers = [await amp.send(sms_content={"message": "Hi"}, token=token) for token in [*tokens, said["gone"]]]

    assert accounts == said["accounts"]
    assert found == said["of"]
    assert [answer.status for answer in answers] == [200] * len(tokens) + [401]


@pytest.mark.parametrize("version", PAST)
async def test_callbacks_of_an_earlier_version_go_on_with_the_right_count(tmp_path: Path, version: int) -> None:
    """C-4: a third attempt stays a third one, at its time, and is posted once."""
    said = json.loads((STORES / f"version-{version}.json").read_bytes())["of"]["default"]["callbacks"]["items"]
    owed = [each for each in said if each["state"] == "retrying"]
    async with receiving() as receiver:
        lead = [f"{place}={receiver.url.split('/')[2]}" for place in {each["url"].split("/")[2] for each in owed}]
        async with running(store=_stored(tmp_path, version), keep_messages=50, callback_map=lead) as amp:
            await amp.advance(by="6m")
            after = {each["id"]: each for each in await amp.callbacks()}
        posted = [each.body for each in receiver.received]

    for each in owed:
        now = after[each["id"]]
        assert now["attempts"][:-1] == each["attempts"]
        assert (now["state"], now["attempts"][-1]["number"], now["attempts"][-1]["at"]) == (
            "delivered",
            len(each["attempts"]) + 1,
            each["due_at"],
        )
        assert {**now["body"], "req_uuid": None} == {**each["body"], "req_uuid": None}  # of each attempt its own
        assert posted.count(now["body"]) == 1


async def test_a_server_on_a_full_disk_answers_what_it_can_and_goes_on(disk: Disk, tmp_path: Path) -> None:
    """Sends are refused and leave nothing; reads are answered, and so is everything once there is room."""
    async with running(store=f"sqlite:///{tmp_path}/store.db") as amp:
        sent = await amp.send(sms_content={"message": "Hi"})
        disk.fail(1, apsw.FullError)
        refusals = await asyncio.gather(*(amp.send(sms_content={"message": "Hi"}) for _ in range(5)))
        listed = await amp.messages()
        disk.be_good()
        again = await amp.send(sms_content={"message": "Hi"})
        after = await amp.messages()

    assert sent.status == again.status == 200
    assert {answer.status >= 500 for answer in refusals} == {True}
    assert (len(listed), len(after)) == (1, 2)


async def test_a_server_starts_on_a_full_disk_when_there_is_nothing_to_write(disk: Disk, tmp_path: Path) -> None:
    """What is kept can be read."""
    store = f"sqlite:///{tmp_path}/store.db"
    async with running(store=store) as amp:
        await amp.send(sms_content={"message": "Hi"})
    disk.fail(1, apsw.FullError)

    async with running(store=store) as amp:
        assert len(await amp.messages()) == 1


async def test_a_server_whose_store_is_broken_stops_cleanly(
    disk: Disk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It says that nobody can say what was left, and what was answered is found by the next one."""
    store = f"sqlite:///{tmp_path}/store.db"
    caplog.set_level("INFO")
    async with running(store=store) as amp:
        await amp.send(sms_content={"message": "Hi"})
    async with running(store=store, log_level="info"):
        disk.fail(1, apsw.IOError, reads=True)
    disk.be_good()
    async with running(store=store) as amp:
        kept = await amp.messages()

    assert "store.db: nobody can say what was not final, since the disk does not work" in caplog.text
    assert len(kept) == 1


async def test_a_server_whose_file_is_deleted_says_so_and_takes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It answers what it can read, and does not say at its end that anything was kept."""
    path = tmp_path / "store.db"
    caplog.set_level("INFO")
    async with running(store=f"sqlite:///{path}", log_level="info") as amp:
        await amp.send(sms_content={"message": "Hi"})
        path.unlink()
        ready = await amp.call("GET", "/readyz")
        sent = await amp.send(sms_content={"message": "Hi"})
        listed = await amp.messages()
    told = caplog.text
    async with running(store=f"sqlite:///{path}") as amp:
        new = await amp.messages()

    gone = f"the file is gone: {path} was deleted or replaced while the server ran; start again"
    assert (ready.status, ready.body["checks"]["store"], sent.status) == (503, gone, 503)
    assert (len(listed), len(new)) == (1, 0)
    assert f"stopped; lost, since {gone}: 1 messages that were not final" in told
    assert "kept in" not in told


async def test_a_server_whose_default_account_finds_no_room_does_not_start(disk: Disk, tmp_path: Path) -> None:
    """One line, and not a server that can do nothing."""
    path = tmp_path / "store.db"
    async with running(store=f"sqlite:///{path}"):
        pass
    connection = apsw.Connection(str(path))
    connection.execute("DELETE FROM account; DELETE FROM token")
    connection.close()
    disk.fail(1, apsw.FullError)

    with pytest.raises(StartFailed, match="the store does not take the default account: the disk is full"):
        async with running(store=f"sqlite:///{path}"):
            pass


def test_a_store_that_cannot_be_opened_is_one_line_and_status_2(tmp_path: Path) -> None:
    """D16: whatever is wrong with the settings is said in a line."""
    status, said = refused("serve", "--port", "0", "--store", f"sqlite:///{tmp_path}/no/store.db")

    assert (status, said) == (
        2,
        [f"mock-amp: cannot open the store {tmp_path}/no/store.db: there is no folder {tmp_path}/no"],
    )


def test_a_store_whose_name_is_not_utf_8_is_one_line_too(tmp_path: Path) -> None:
    """D16: the name is said so that it can be printed."""
    status, said = refused("serve", "--port", "0", "--store", f"sqlite:///{tmp_path}/b\udcff.db")

    assert (status, said) == (
        2,
        [f"mock-amp: cannot open the store {tmp_path}/b\\xff.db: its name is not UTF-8: name another file"],
    )


async def _told(amp: Amp, account: str, wanted: Any) -> dict[str, Any]:
    """What an account has by now, as far as it was told of then: shapes have grown since."""
    path = f"/__admin/accounts/{account}"
    found = {
        name: (await amp.call("GET", f"{path}/{name}" + ("" if name in ("clock", "tokens") else "?limit=10000"))).body
        for name in wanted
    }
    for each, then in zip(found["callbacks"]["items"], wanted["callbacks"]["items"], strict=True):
        for key in each.keys() - then.keys():
            del each[key]
    return found


def _stored(folder: Path, version: int) -> str:
    path = folder / "store.db"
    path.write_bytes(gzip.decompress((STORES / f"version-{version}.db.gz").read_bytes()))
    return f"sqlite:///{path}"


async def test_a_further_attempt_that_was_made_is_not_made_again(tmp_path: Path) -> None:
    """C-5: one that was asked for is asked for once, however often the server starts."""
    store = f"sqlite:///{tmp_path}/store.db"
    async with receiving() as receiver:
        async with running(store=store) as amp:
            await amp.send(sms_content={"message": "Hi"}, callback_url=receiver.url)
            await amp.advance(until="idle")
            await amp.admin("POST", "/callbacks/1/resend")
            await amp.advance(by="1s")
        for _ in range(2):
            async with running(store=store) as amp:
                await amp.advance(by="1h")
                attempts = (await amp.callbacks())[0]["attempts"]

    assert [each["number"] for each in attempts] == [1, 2]
    assert len(receiver.received) == 4
