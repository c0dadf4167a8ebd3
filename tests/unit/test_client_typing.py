"""What a type checker says of code that uses the client: both faces keep the signatures of their calls."""

import re
from pathlib import Path
from typing import Final

from mypy import api

ROOT: Final = Path(__file__).resolve().parents[2]

USER: Final = """
import asyncio
from datetime import datetime, timedelta

from mock_amp.client import Account, AsyncClient, Client, Message


def blocking(client: Client) -> None:
    account = client.open_account(clock="frozen", now="2026-01-01T00:00:00Z")
    reveal_type(account)  # Account
    reveal_type(account.wait_for(to="35699000001", text__contains="x", timeout="5s"))  # list[Message]
    reveal_type(account.advance("5m"))  # Advanced
    reveal_type(account.advance(timedelta(minutes=5)).events[0].message_id)  # str | None
    reveal_type(account.advance(to=datetime.now()).now)  # datetime
    reveal_type(account.code_for("35699000001"))  # str
    reveal_type(account.messages(status=["SEEN", "DELIVRD"])[0].timeline[0].at)  # datetime
    reveal_type(account.expect_reports(count=2))  # list[Report]
    reveal_type(account.certify("http://127.0.0.1:9000", only=["single"]).passed)  # bool
    reveal_type(account.send({"destinations": []}).message_id)  # str
    reveal_type(account.delete())  # None
    reveal_type(client.account_of("token"))  # Account | None
    reveal_type(client.ready())  # bool
    with account, account.events(kinds=["status"]) as events:
        reveal_type(events)  # Events
        for event in events:
            reveal_type(event.id)  # str
    account.advance(bye="5m")  # error: call-arg
    account.advance(5, "6")  # error: call-arg
    account.wait_for(count="2")  # error: arg-type
    account.wait_for("35699000001")  # error: call-arg
    account.set_clock(rate="fast")  # error: arg-type
    account.messages(to=object())  # error: arg-type
    account.messages(to=["35699000001", None], error_code=[0, None], status=("SEEN",), pages={1, 2}, custom_id=None)
    account.expect(to=b"35699000001")  # error: arg-type
    account.advance(until="idle")
    account.advance(until="idl")  # error: arg-type
    account.set_clock("frozn")  # error: arg-type
    client.open_account(clock="frozn")  # error: arg-type
    account.count("tokens")  # error: arg-type
    account.expect_none(what="message")  # error: arg-type
    account.advence("5m")  # error: attr-defined
    account.message("1").text = "x"  # error: misc


async def awaited(client: AsyncClient, blocks: Account) -> None:
    async with await client.open_account() as account:
        reveal_type(account)  # AsyncAccount
        reveal_type(await account.wait_for(to="35699000001"))  # list[Message]
        reveal_type(await blocks.aio.advance("5m"))  # Advanced
        reveal_type(await client.account_of("token"))  # AsyncAccount | None
        reveal_type(await client.ready())  # bool
        task = asyncio.create_task(account.reply("35699000001", "Hello"))
        reveal_type(await task)  # Reply
        both = await asyncio.gather(account.info(), account.tokens())
        reveal_type(both)  # tuple[AccountInfo, list[Token]]
        async with asyncio.TaskGroup() as group:
            group.create_task(account.wait_until_idle())
        async for event in account.events():
            reveal_type(event)  # Event
        await account.advance(bye="5m")  # error: call-arg
        account.advance("5m").now  # error: attr-defined
        for message in account.messages():  # error: attr-defined
            pass


def later(messages: list[Message]) -> str | None:
    return messages[0].sender
"""


def test_a_type_checker_knows_both_faces_as_well_as_we_do(tmp_path: Path) -> None:
    file = tmp_path / "user.py"
    file.write_text(USER, encoding="utf-8")

    told, _, _ = api.run(["--strict", "--config-file=", f"--cache-dir={ROOT / '.mypy_cache'}", str(file)])

    lines = [re.fullmatch(r".*?:(\d+): (?:error|note): (.*)", line) for line in reversed(told.splitlines())]
    assert {int(line[1]): short(line[2]) for line in lines if line and "Maybe" not in line[2]} == wanted()


def wanted() -> dict[int, str]:
    """Line by line, what stands in the comments."""
    lines = [line.partition("  # ") for line in USER.splitlines()]
    return {at: said for at, (_, _, said) in enumerate(lines, 1) if said}


def short(told: str) -> str:
    """A type without the modules of its names, or an error by its code."""
    revealed = re.fullmatch(r'Revealed type is "(.*)"', told)
    if revealed:
        return re.sub(r"[\w.]+\.(\w+)", r"\1", revealed[1])
    return f"error: {told.rpartition('[')[2].rstrip(']')}"
