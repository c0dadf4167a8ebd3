"""`PUT …/snapshot` with any cell spoilt: 400, or an account of which everything can be asked and lived through."""

import copy
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.harness import NUMBER, START, Amp, Answer, Receiver

HOSTILE: Final[tuple[Any, ...]] = (None, "", "x", "\u0000", -1, 10**18, 2**63, 1.5, True, [], {}, 0, "[]", "{}", "null")
LISTS: Final = ("messages", "callbacks", "reports", "replies", "requests")
SCRIPT: Final = {
    "name": "busy",
    "rules": [
        {
            "name": "all",
            "replies": [{"after": "1s", "text": "Yes"}, {"after": "90s", "text": "No"}],
            "clicks": [{"after": "2s"}],
        }
    ],
}


async def lived(amp: Amp, receiver: Receiver) -> Any:
    """A snapshot in which every table of use has rows, and the agenda too."""
    headers = {"Authorization": f"Token {amp.token}"}
    told = await amp.admin("PUT", "/scenario", SCRIPT)
    assert told.status == 200, told.body
    action = {"title": "Book", "target_url": "https://harbour.example"}
    viber = {"channel": "VIBER", "content": "Hi %n%", "actions": [action], "track_clicks": True}
    destinations = [{"number": NUMBER, "custom_id": "a", "params": {"n": "Ann"}}]
    urls = {"callback_url": receiver.url, "reply_url": receiver.url}
    sent = await amp.send({"destinations": destinations, "im_content": [viber], **urls})
    assert sent.status == 200, sent.body
    code = {"client_ref": "login", "phone_number": NUMBER}
    assert (await amp.call("POST", "/1/2fa", json=code, headers=headers)).status == 200
    receiver.answers = (500,)
    await amp.advance(by="20s")
    receiver.answers = (200,)
    return (await amp.admin("GET", "/snapshot")).body


def spoilt(document: Any) -> Iterator[tuple[str, Any]]:
    """Every cell of a first and a last row, every counter and the clock, with every hostile value."""
    for table, given in document["tables"].items():
        for row in sorted({0, len(given["rows"]) - 1}) if given["rows"] else ():
            for at, column in enumerate(given["columns"]):
                for value in HOSTILE:
                    changed = {**document, "tables": {**document["tables"], table: copy.deepcopy(given)}}
                    changed["tables"][table]["rows"][row][at] = value
                    yield f"{table}.{column}[{row}] = {value!r}", changed
    for part in ("counters", "clock"):
        for name in document[part]:
            for value in HOSTILE:
                yield f"{part}.{name} = {value!r}", {**document, part: {**document[part], name: value}}


async def everything(amp: Amp) -> list[Answer]:
    """All that can be asked, before and after what is due next."""
    found = []
    for _ in range(2):
        lists = {name: await amp.admin("GET", f"/{name}?total=true") for name in LISTS}
        paths = ["/agenda", "/snapshot", "/clock", f"/codes?to={NUMBER}"]
        for name in ("messages", "callbacks", "requests"):
            if lists[name].status == 200:
                paths += [f"/{name}/{each['id']}" for each in lists[name].body["items"][:1]]
        found += [*lists.values(), *[await amp.admin("GET", path) for path in paths]]
        found.append(await amp.admin("POST", "/clock/advance", {"until": "next"}))
    return found


@pytest.mark.parametrize("part", range(4))
async def test_no_cell_of_a_snapshot_can_break_an_account(server: Amp, receiver: Receiver, part: int) -> None:
    home = await server.open_account()
    document = await lived(home, receiver)
    assert {name for name, given in document["tables"].items() if given["rows"]} >= {
        *("job", "cohort", "message", "agenda", "callback", "attempt", "reply", "click", "request", "code")
    }
    away, wrong, looked = await server.open_account(), [], set()

    for name, changed in list(spoilt(document))[part::4]:
        answer = await away.admin("PUT", "/snapshot", changed)
        if answer.status >= 500:
            wrong.append(f"PUT {name}: {answer.status}")
        if answer.status == 200 and (column := name.partition("[")[0]) not in looked:
            looked.add(column)
            wrong += [f"{name}: {each.status} {each.body}" for each in await everything(away) if each.status >= 500]

    assert wrong == []


async def test_a_good_snapshot_of_all_that_is_taken(server: Amp, receiver: Receiver) -> None:
    """Or the test above would hold nothing."""
    home, away = await server.open_account(), await server.open_account()
    document = await lived(home, receiver)

    assert (await away.admin("PUT", "/snapshot", document)).status == 200
    assert {each.status for each in await everything(away)} == {200}
    assert document["clock"]["now"] > START
