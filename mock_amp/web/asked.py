"""A request to the emulated service on its way through the stages, and the public path that it is for."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from multidict import CIMultiDictProxy
from yarl import URL

from mock_amp.core.account import DEFAULT_ACCOUNT, Account
from mock_amp.core.breaking import Struck
from mock_amp.core.model import Product, Token
from mock_amp.core.records import Arrival
from mock_amp.engine.journal import Reply
from mock_amp.web.services import Services
from mock_amp.web.texts import clean

Handler = Callable[["Asked"], Reply | Awaitable[Reply]]
"""A use case: its answer, or what comes to it when it has to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One public path: what each of its methods does."""

    path: str
    methods: Mapping[str, Handler]
    takes_body: bool = True
    """Whether a body means anything here; one that does not is of any type."""
    instead: "Callable[[Asked], Reply] | None" = None
    """The answer while the store cannot write, where it takes no writing. Raises StoreFailed."""

    @property
    def product(self) -> Product:
        return _PRODUCTS.get(self.path, Product.IM)


@dataclass(slots=True, kw_only=True)
class Asked:
    """One request on its way through the stages, which fill in what they learn."""

    services: Services
    endpoint: Endpoint | None
    method: str
    raw_path: str
    remote: str | None
    headers: CIMultiDictProxy[str]
    matched: Mapping[str, str]
    """What stands in the place of the path's parameters."""
    request: web.Request | None
    """None on the short way, and of what did not come over the wire: any body is there as a whole, of `size` bytes."""
    size: int = 0
    account: str = DEFAULT_ACCOUNT
    """Whose journal the request goes to; a request that nobody owns goes to the default account's."""
    owner: Account | None = None
    token: Token | None = None
    struck: Struck | None = None
    body: bytes = b""
    presented: str | None = None

    @property
    def arrival(self) -> Arrival:
        return Arrival(
            self.method,
            clean(self.raw_path),
            self.remote or "",
            self.presented,
            self.body,
            self.struck.injected if self.struck else None,
        )

    @property
    def path(self) -> str:
        """What was asked of, decoded, without the query."""
        return url_of(self.raw_path).path if self.request is None else self.request.path

    @property
    def has_body(self) -> bool:
        return self.size > 0 if self.request is None else self.request.body_exists

    @property
    def waiting(self) -> web.Request:
        """The request, for a stage that has to wait. Raises LookupError on the short way."""
        if self.request is None:
            raise LookupError("a request on the short way has nothing to wait for")
        return self.request


def url_of(raw_path: str) -> URL:
    """What stands in a request's first line, taken apart as aiohttp does that."""
    if not raw_path.startswith("/"):
        return URL(raw_path, encoded=True)
    path, _, fragment = raw_path.partition("#")
    path, _, query = path.partition("?")
    return URL.build(path=path, query_string=query, fragment=fragment, encoded=True)


_PRODUCTS: Final = {
    "/1/sms": Product.SMS,
    "/1/2fa": Product.TWO_FACTOR,
    "/1/2fa/{client_ref}/{code}": Product.TWO_FACTOR,
}
"""The endpoints that are not the messaging product's."""
