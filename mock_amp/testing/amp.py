"""An account for a test: the client's `Account`, with what was sent and a receiver of its own at hand."""

from collections.abc import Mapping
from datetime import datetime

from mock_amp.client import Account, AsyncAccount, Message
from mock_amp.client.here import Here
from mock_amp.client.links import AsyncLink, Link
from mock_amp.testing.inbox import Inbox


class AsyncAmp(AsyncAccount):
    """The account for asynchronous tests: the same calls, awaited. `inbox` is never waited for, so it is the same."""

    def __init__(self, link: AsyncLink, here: Here, inbox: Inbox) -> None:
        super().__init__(link, here)
        self.inbox = inbox

    @property
    def headers(self) -> Mapping[str, str]:
        """The `Authorization` header of the application's requests."""
        return _headers(self.token)

    async def sent(self) -> list[Message]:
        """All messages of the account, oldest first."""
        return await self.messages()

    async def now(self) -> datetime:
        """What the account's clock shows."""
        return (await self.clock()).now


class Amp(Account):
    """An account for a test. The application under test needs `url` and `token`, and a callback_url: `inbox.url`."""

    aio: AsyncAmp
    """The same account for asynchronous tests."""

    def __init__(self, link: Link, here: Here, inbox: Inbox) -> None:
        super().__init__(link, here)
        self.inbox = inbox
        self.aio = AsyncAmp(AsyncLink(link.address), here, inbox)

    @property
    def headers(self) -> Mapping[str, str]:
        """The `Authorization` header of the application's requests."""
        return _headers(self.token)

    @property
    def sent(self) -> list[Message]:
        """All messages of the account, oldest first."""
        return self.messages()

    @property
    def now(self) -> datetime:
        """What the account's clock shows."""
        return self.clock().now


def _headers(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Token {token}"}
