"""Acting as the handset: replies, which are posted to the sender, and clicks, which are logged (Y-1 to Y-3, I-9)."""

from collections.abc import Iterator
from contextlib import contextmanager

from mock_amp.core import shapes
from mock_amp.core.account import Account
from mock_amp.core.handset import Silent
from mock_amp.core.identity import ordinal_of
from mock_amp.core.model import Channel, Message
from mock_amp.core.records import HandsetReply, Sort
from mock_amp.core.shapes import Shape
from mock_amp.engine.absence import missing
from mock_amp.engine.ahead import check_room
from mock_amp.engine.contents import content_of
from mock_amp.engine.errors import Conflict, NoSuch
from mock_amp.engine.replying import post_reply, press
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books


class Acting:
    def __init__(self, world: World, timeline: Timeline) -> None:
        self._world, self._timeline = world, timeline

    async def reply(self, account_id: str, message_id: str, text: str | None, channel: Channel | None) -> Shape:
        """Answers a message, with or without text. Raises NoSuch, and Conflict where the service would be silent."""

        def work(books: Books) -> tuple[Account, HandsetReply]:
            account, message = self._find(books, account_id, message_id)
            check_room(self._world, self._timeline.courier, books, account.key)
            numbers = Numbers(account)
            with _in_words():
                reply = post_reply(self._world, books, numbers, message, text, self._world.shown(account), channel)
            numbers.save(books)
            return numbers.account, reply

        account, reply = await self._world.store.transact(work)
        self._timeline.poke(account, reply.at)
        return shapes.reply(reply, self._world.terms.node)

    async def click(self, account_id: str, message_id: str, channel: Channel | None) -> Shape:
        """Clicks the action of a message; only one whose clicks are tracked is logged. Raises NoSuch and Conflict."""

        def work(books: Books) -> Shape:
            account, message = self._find(books, account_id, message_id)
            content = content_of(message.job)
            numbers = Numbers(account)
            with _in_words():
                click, action = press(books, numbers, message, content, self._world.shown(account), channel)
            numbers.save(books)
            return {"message_id": message_id, **shapes.click(click), "logged": action.track_clicks}

        return await self._world.store.transact(work)

    def _find(self, books: Books, account_id: str, message_id: str) -> tuple[Account, Message]:
        account, ordinal = books.accounts.get(account_id), ordinal_of(message_id, self._world.terms.node)
        if account is None:
            raise NoSuch(f"there is no account {account_id}")
        found = None if ordinal is None else books.sending.message(account.key, ordinal)
        if found is None:
            raise missing(books, account, Sort.MESSAGE, ordinal, f"message {message_id}")
        return account, found


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except Silent as silent:
        raise Conflict(str(silent)) from None
