"""Posting callbacks over HTTP: pooled, verified TLS, no redirects, no proxy of the environment (C-1, C-4, C-6)."""

import asyncio
import io
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Final

import aiohttp

from mock_amp.adapters.detours import Detours
from mock_amp.adapters.files import BadFile
from mock_amp.adapters.lookups import LookUp, Lookups
from mock_amp.adapters.patience import Patience
from mock_amp.adapters.pool import TRIP, Pool
from mock_amp.core.authority import Authority, Target, without_password
from mock_amp.core.reach import reach_of
from mock_amp.core.retry import BAD_CERTIFICATE, NO_CONNECTION, Answered, Outcome, Unreachable
from mock_amp.core.wire import CALLBACK_HEADERS

_KEPT_OF_ANSWER: Final = 2_048
_KEPT_OF_ERROR: Final = 400
"""Characters. An error may say the whole URL, or what a receiver said."""
_ANSWER_LIMIT: Final = 65_536
_HEAD_LIMIT: Final = 1_048_576
_AT_ONCE: Final = 1_048_576
"""Largest body that is handed over in one piece; a larger one goes in parts, and others have their turns between."""

_BODY_WAIT: Final = 1.0
_DRIPS: Final = 10
"""Parts that a slow body comes in."""

log = logging.getLogger(__name__)


class WebhookTransport:
    """Implements the Transport port. The pool is opened with the first post. Raises BadFile for a bad CA file."""

    def __init__(
        self,
        timeout: float = 30.0,
        ca_file: str | None = None,
        source: str | None = None,
        mappings: Iterable[tuple[Authority, Authority]] = (),
        *,
        allowed: Iterable[Target] = (),
        answer_limit: int = _ANSWER_LIMIT,
        look_up: LookUp = socket.getaddrinfo,
    ) -> None:
        rows = tuple(mappings)
        self._timeout, self._patience = timeout, Patience(timeout)
        self._detours = Detours(rows)
        self._reach = reach_of(allowed, (goes for _, goes in rows))
        self._answer_limit = answer_limit
        self._lookups = Lookups(timeout, look_up)
        self._source = (source, 0) if source else None
        self._context = _trusting(ca_file) if ca_file else None
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, *, cut: bool = False, drip: float = 0) -> Outcome:
        if self._session is not None and self._session.closed:
            return Unreachable("mock-amp is stopping")
        try:
            answer = await self._in_time(url, body, cut=cut, drip=drip)
        except TimeoutError:
            return _failed(self._why_late())
        except aiohttp.ClientConnectorCertificateError as error:
            return _failed(f"{BAD_CERTIFICATE}: {error.certificate_error}")
        except aiohttp.ClientConnectorError as error:
            return _failed(TRIP.get().refused or f"{NO_CONNECTION} {error.host}:{error.port}: {_reason(error, url)}")
        except (aiohttp.ServerDisconnectedError, aiohttp.EofStream):
            return Unreachable("the connection was closed before an answer came")
        except aiohttp.InvalidURL:
            return _failed(f"{without_password(url)} is not a URL that can be posted to")
        except aiohttp.ClientResponseError as error:
            return _failed(f"what came is not an answer: {' '.join(error.message[:_KEPT_OF_ERROR].split())}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error.__cause__, _Cut):
                return Unreachable("the connection was ended after half of the body")
            return _failed(without_password(str(error)) or type(error).__name__)
        if cut:
            answer.close()
            return Unreachable(f"answered {answer.status} before half of the body was sent")
        return Answered(answer.status, await _beginning(answer, self._answer_limit))

    async def _in_time(self, url: str, body: bytes, *, cut: bool, drip: float) -> aiohttp.ClientResponse:
        """Raises TimeoutError, and what else may come of a post."""
        if drip:
            async with asyncio.timeout(self._timeout + drip):
                return await self._once(url, body, cut=cut, drip=drip)
        task = self._patience.begin()
        try:
            await asyncio.sleep(0)  # noqa: TID251 - a turn of the loop, in which pooled connections that have ended are seen to
            try:
                return await self._once(url, body, cut=cut, drip=drip)
            except aiohttp.ClientOSError as error:
                if not (TRIP.get().reused and "Can not write" in str(error)):
                    raise
            return await self._once(url, body, cut=cut, drip=drip)  # it ended before it had this: nobody has read it
        except asyncio.CancelledError:
            if self._patience.ran_out(task):
                raise TimeoutError from None
            raise
        finally:
            self._patience.end(task)

    async def _once(self, url: str, body: bytes, *, cut: bool, drip: float) -> aiohttp.ClientResponse:
        goes = self._detours.of(url)
        headers = {"Content-Length": str(len(body)), **goes.headers} if cut or drip else goes.headers
        return await self._open().post(
            goes.url,
            data=_half_of(body) if cut else _dripping(body, drip) if drip else _whole(body),
            headers=headers,
            server_hostname=goes.server_name,
            allow_redirects=False,
        )

    def _why_late(self) -> str:
        """What a post without an answer in time was waiting for."""
        trip = TRIP.get(None)
        waits = self._lookups.why_late(trip.host) if trip and not trip.begun else ""
        return waits or f"no answer within {self._timeout:g} s"

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._patience.stop()
        await self._lookups.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            context = self._context or ssl.create_default_context()
            self._session = aiohttp.ClientSession(
                connector=Pool(
                    self._reach,
                    _HEAD_LIMIT + self._answer_limit,
                    resolver=self._lookups,
                    limit=0,
                    ssl=context,
                    local_addr=self._source,
                ),
                headers=CALLBACK_HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                trust_env=False,
                auto_decompress=False,
            )
        return self._session


class _Cut(Exception):
    """Ends a connection in the middle of a body."""


def _failed(why: str) -> Unreachable:
    return Unreachable(why if len(why) <= _KEPT_OF_ERROR else f"{why[:_KEPT_OF_ERROR]}…")


def _reason(error: aiohttp.ClientConnectorError, url: str) -> str:
    """Why there is no connection, in words."""
    said = error.os_error.strerror or str(error.os_error)
    if said:
        return said
    if url[:6].lower() == "https:":  # it says nothing of a handshake that ended before it was through
        return "the connection was closed before TLS was agreed on; perhaps what is spoken there is not TLS"
    return type(error.os_error).__name__


def _whole(body: bytes) -> aiohttp.Payload:
    return aiohttp.BytesPayload(body) if len(body) <= _AT_ONCE else aiohttp.BytesIOPayload(io.BytesIO(body))


async def _half_of(body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]
    raise _Cut


async def _dripping(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    """The body in parts, the first at once and the last after so long."""
    size = len(body)
    for at in range(_DRIPS):
        if at:
            await asyncio.sleep(seconds / (_DRIPS - 1))  # noqa: TID251 - a slow network is what this is
        yield body[size * at // _DRIPS : size * (at + 1) // _DRIPS]


def _trusting(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(ca_file)
    except OSError as error:
        raise BadFile(f"cannot read the CA file {ca_file}: {error.strerror or error}") from error
    return context


async def _beginning(answer: aiohttp.ClientResponse, limit: int) -> str:
    """What is worth keeping of an answer's body. It changes nothing: the status has already decided."""
    if answer.content.is_eof() and answer.content.exception() is None:  # it came along with the headers
        kept = answer.content.read_nowait()
        answer.release()
    else:
        kept = await _read(answer, limit)
    return kept[: min(limit, _KEPT_OF_ANSWER)].decode("utf-8", "replace")


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """A body that is still to come, as far as it comes in time. What is left of it ends the connection."""
    kept, size = b"", 0
    try:
        async with answer, asyncio.timeout(_BODY_WAIT):
            while size < limit and (part := await answer.content.readany()):
                size += len(part)
                kept += part[: max(0, _KEPT_OF_ANSWER - len(kept))]
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.debug("the body of an answer broke off or did not end: %r", error)
    return kept
