"""What can be asked: the status of a message, and the lists of the control plane. Changes nothing but the journal."""

from collections.abc import Callable

import orjson

from mock_amp.core import bundles, shapes, wire
from mock_amp.core.account import Account
from mock_amp.core.identity import ordinal_of
from mock_amp.core.model import Message
from mock_amp.core.records import REPLY, Arrival, Callback, MessageFilter, Page
from mock_amp.core.refusals import Refused, refuse
from mock_amp.core.shapes import Shape
from mock_amp.engine.errors import NoSuch
from mock_amp.engine.journal import Journal, Reply
from mock_amp.engine.outbox import body_of, req_uuid
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books


class Reading:
    def __init__(self, world: World, journal: Journal) -> None:
        self._world, self._journal = world, journal

    async def status(self, arrival: Arrival, account_id: str, message_id: str) -> Reply:
        """The latest status of a message (G-1), or 404 (G-4)."""
        found = await self._world.store.transact(lambda books: self._status(books, arrival, account_id, message_id))
        if isinstance(found, Refused):
            return await self._journal.refuse(arrival, account_id, found)
        return found

    def messages(self, account_id: str, wanted: MessageFilter, page: Page) -> Shape:
        return self._list(account_id, page, lambda books, account, more: self._messages(books, account, wanted, more))

    def message(self, account_id: str, message_id: str) -> Shape:
        """One message, with the callbacks about it, the replies to it and the clicks on it. Raises NoSuch."""
        account, ordinal = self._world.account(account_id), ordinal_of(message_id, self._world.terms.node)

        def read(books: Books) -> Shape:
            found = None if ordinal is None else books.sending.message(account.key, ordinal)
            if found is None:
                raise NoSuch(f"account {account_id} has no message {message_id}")
            position = found.ordinal - found.job.first
            reported = [
                self._callback(books, account, each)
                for each in books.callbacks.of_job(account.key, found.job.key)
                if any(bundles.holds(item.runs, position) for item in each.bundle)
            ]
            node, handsets = self._world.terms.node, books.handsets
            replies = [shapes.reply(each, node) for each in handsets.replies(account.key, found.ordinal)]
            clicks = [shapes.click(each) for each in handsets.clicks(account.key, found.ordinal)]
            return {**self._message(found), "callbacks": reported, "replies": replies, "clicks": clicks}

        return self._world.store.read(read)

    def callbacks(self, account_id: str, page: Page) -> Shape:
        def read(books: Books, account: Account, more: Page) -> list[tuple[int, Shape]]:
            found = books.callbacks.page(account.key, more)
            return [(each.key, self._callback(books, account, each)) for each in found]

        return self._list(account_id, page, read)

    def callback(self, account_id: str, key: int | None) -> Shape:
        """One callback with every attempt. Raises NoSuch."""
        account = self._world.account(account_id)

        def read(books: Books) -> Shape:
            found = None if key is None else books.callbacks.get(account.key, key)
            if found is None:
                raise NoSuch(f"account {account_id} has no such callback")
            return self._callback(books, account, found)

        return self._world.store.read(read)

    def requests(self, account_id: str, page: Page) -> Shape:
        def read(books: Books, account: Account, more: Page) -> list[tuple[int, Shape]]:
            return [(each.number, shapes.request(each)) for each in books.journal.page(account.key, more)]

        return self._list(account_id, page, read)

    def request(self, account_id: str, number: int | None) -> Shape:
        """One line of the request journal. Raises NoSuch."""
        account = self._world.account(account_id)
        found = None if number is None else self._world.store.read(lambda books: books.journal.get(account.key, number))
        if found is None:
            raise NoSuch(f"account {account_id} has no such request")
        return shapes.request(found)

    def agenda(self, account_id: str, page: Page) -> Shape:
        """What will happen, in order. The first `limit` rows; there is no cursor in what keeps changing."""
        account = self._world.account(account_id)
        found = self._world.store.read(lambda books: books.agenda.peek(account.key, page))
        return shapes.page([shapes.due(each) for each in found], None)

    def _status(self, books: Books, arrival: Arrival, account_id: str, message_id: str) -> Reply | Refused:
        account, ordinal = books.accounts.get(account_id), ordinal_of(message_id, self._world.terms.node)
        if account is None:
            return refuse("token_unknown")
        found = None if ordinal is None else books.sending.message(account.key, ordinal)
        if found is None:
            return refuse("message_unknown", message_id)
        numbers = Numbers(account)
        number = self._journal.write(books, numbers, arrival, 200, api_job_id=found.job.api_job_id)
        numbers.save(books)
        return Reply(status=200, body=wire.status(found, message_id), request=number)

    def _list(
        self, account_id: str, page: Page, read: Callable[[Books, Account, Page], list[tuple[int, Shape]]]
    ) -> Shape:
        """A page, and the cursor of the next one when there is more."""
        account = self._world.account(account_id)
        more = Page(after=page.after, limit=page.limit + 1)
        found = self._world.store.read(lambda books: read(books, account, more))
        kept = found[: page.limit]
        return shapes.page([shape for _, shape in kept], kept[-1][0] if len(found) > page.limit else None)

    def _messages(self, books: Books, account: Account, wanted: MessageFilter, page: Page) -> list[tuple[int, Shape]]:
        found = books.sending.messages(account.key, wanted, page)
        return [(each.ordinal, self._message(each)) for each in found]

    def _message(self, message: Message) -> Shape:
        return shapes.message(message, self._world.terms.node, wire.read_content(orjson.loads(message.job.request)))

    def _callback(self, books: Books, account: Account, callback: Callback) -> Shape:
        body = body_of(books, account.key, callback, self._world.terms.node, max(callback.tried, 1))
        attempts = books.callbacks.attempts(account.key, callback.key)
        asked = attempts if callback.kind == REPLY else ()
        req_uuids = [req_uuid(books, account.key, callback, each.number) for each in asked]
        return shapes.callback(callback, body, attempts, req_uuids)
