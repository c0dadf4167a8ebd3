"""How requests reach a server: one link that blocks, by urllib3, and one that is awaited, by aiohttp.

Neither looks at the proxy variables of the environment: a mock-amp is near. Neither follows a redirect, and what
changes nothing is asked once more when a kept connection lost it before it was answered.
"""

import io
import os
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import urllib3

from mock_amp.client.address import USUAL_URL, Address, address_of
from mock_amp.client.errors import AmpError
from mock_amp.client.plans import Answer, Ask, refusal

if TYPE_CHECKING:
    import asyncio

    import aiohttp

__all__ = ["USUAL_URL", "Address", "AsyncLink", "Link", "address_of"]

_LARGE: Final = 1_000_000
"""Bytes of a body that goes in pieces."""

_CONNECT: Final = 10.0
_CHUNK: Final = 65_536
_KEPT: Final = 64
"""Connections that are kept for threads that ask at the same time."""

_UNCONNECTED: Final = (
    urllib3.exceptions.ConnectTimeoutError,  # whose subclass is whatever else keeps a connection from being made
    urllib3.exceptions.LocationValueError,
    urllib3.exceptions.SSLError,
)


class Link:
    """Blocks until the answer is there. May be used by many threads at a time, and after a fork."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._open_pool()

    def play(self, ask: Ask) -> Answer:
        """Raises NotReached."""
        if ask.lives:
            _hold_no_loop(ask)
        answer = self._ask(ask, streams=False)
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)

    def stream(self, ask: Ask) -> Generator[bytes, None, None]:
        """The body as it comes; first of all, once the server has answered, no bytes. Raises Refused and NotReached."""
        answer = self._ask(ask, streams=True)
        try:
            if answer.status != 200:
                raise refusal(Answer(answer.status, {}, answer.read()))
            yield b""
            while data := answer.read1(_CHUNK):
                yield data
        except urllib3.exceptions.HTTPError as error:
            raise self.address.unreached(ask, error, connected=True) from error
        finally:
            answer.close()

    def close(self) -> None:
        """Lets the connections go; the next request opens one again."""
        pools = self._pool.pools
        for pool in [pools.get(key) for key in pools.keys()]:  # noqa: SIM118 - it cannot be iterated over by itself
            if pool is not None:
                pool.close()  # clear() would leave that to the collector of garbage
        pools.clear()

    def _open_pool(self) -> None:
        self._process = os.getpid()
        self._pool = urllib3.PoolManager(maxsize=_KEPT, retries=False, ssl_context=self.address.context)

    def _ask(self, ask: Ask, *, streams: bool) -> urllib3.BaseHTTPResponse:
        if self._process != os.getpid():
            self._open_pool()  # the connections are our parent's, and answers on them would be anybody's
        try:
            try:
                return self._request(ask, streams=streams)
            except urllib3.exceptions.ProtocolError as error:
                if not ask.twice or not isinstance(error.args[-1], ConnectionError):
                    raise
                return self._request(ask, streams=streams)
        except urllib3.exceptions.HTTPError as error:
            raise self.address.unreached(ask, error, connected=not isinstance(error, _UNCONNECTED)) from error

    def _request(self, ask: Ask, *, streams: bool) -> urllib3.BaseHTTPResponse:
        return self._pool.request(
            ask.method,
            self.address.of(ask),
            body=ask.body,
            headers=self.address.heads(ask),
            timeout=urllib3.Timeout(connect=_CONNECT, read=ask.patience),
            preload_content=not streams,
            redirect=False,
        )


class AsyncLink:
    """Awaits the answer. A session is kept between `open` and `close`, for the event loop that it was opened on, and
    made for each call otherwise, so that nothing is left over when nobody closes it.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._kept: tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession] | None = None

    async def play(self, ask: Ask) -> Answer:
        """Raises NotReached."""
        with self._hearing(ask):
            async with AsyncExitStack() as until:
                answer = await self._ask_again(ask, until)
                heads = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status, heads, await answer.read())

    async def stream(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        """The body as it comes; first of all, once the server has answered, no bytes. Raises Refused and NotReached."""
        with self._hearing(ask):
            async with AsyncExitStack() as until:
                answer = await self._ask(ask, until)
                if answer.status != 200:
                    raise refusal(Answer(answer.status, {}, await answer.read()))
                yield b""
                async for data in answer.content.iter_any():
                    yield data

    async def open(self) -> None:
        """Keeps connections from now on, for the event loop that runs."""
        import asyncio

        if self._kept is None:
            self._kept = asyncio.get_running_loop(), self._session()

    async def close(self) -> None:
        """Lets them go."""
        kept, self._kept = self._kept, None
        if kept is not None:
            await kept[1].close()

    async def _ask_again(self, ask: Ask, until: AsyncExitStack) -> "aiohttp.ClientResponse":
        """The answer; a GET is repeated by aiohttp itself."""
        import aiohttp

        try:
            return await self._ask(ask, until)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if not ask.repeatable or isinstance(error, aiohttp.ClientConnectorError):
                raise
            return await self._ask(ask, until)

    async def _ask(self, ask: Ask, until: AsyncExitStack) -> "aiohttp.ClientResponse":
        """The answer, open until that ends: by the kept session, or by one for this call alone.

        No generator stands between, or a loop that ends would close that and what it is used by at the same time.
        """
        import asyncio

        import aiohttp
        import yarl

        kept = self._kept is not None and self._kept[0] is asyncio.get_running_loop()
        session = self._kept[1] if self._kept and kept else await until.enter_async_context(self._session())
        return await until.enter_async_context(
            session.request(
                ask.method,
                yarl.URL(self.address.of(ask), encoded=True),
                data=_piece_by_piece(ask.body),
                headers=self.address.heads(ask),
                timeout=aiohttp.ClientTimeout(sock_connect=_CONNECT, sock_read=ask.patience),
                allow_redirects=False,
            )
        )

    @contextmanager
    def _hearing(self, ask: Ask) -> Iterator[None]:
        import aiohttp

        try:
            yield
        except (aiohttp.ClientError, OSError) as error:
            unconnected = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
            raise self.address.unreached(ask, error, connected=not isinstance(error, unconnected)) from error

    def _session(self) -> "aiohttp.ClientSession":
        import aiohttp

        context = self.address.context
        # as many connections as there are calls: one that waits must not keep another from being asked
        connector = aiohttp.TCPConnector(limit=0, ssl=True if context is None else context)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


def _hold_no_loop(ask: Ask) -> None:
    """Or a receiver that runs on this very loop could never answer, and both would wait for each other."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or not _runs(asyncio.get_running_loop):
        return
    raise AmpError(
        f"{ask.method} {ask.path} waits, and would hold up the event loop that this is called on, with all that "
        "runs there. Await the same call of the asynchronous face instead (await account.aio.advance(...), say), or "
        "call it in a thread (await asyncio.to_thread(account.advance, ...))"
    )


def _runs(find: Callable[[], object]) -> bool:
    try:
        find()
    except RuntimeError:
        return False
    return True


def _piece_by_piece(body: bytes | None) -> io.BytesIO | bytes | None:
    """A large body as aiohttp wants it, which else warns that one write may hold the loop up."""
    return io.BytesIO(body) if body and len(body) > _LARGE else body
