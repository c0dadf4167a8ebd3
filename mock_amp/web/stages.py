"""The stages that a request to the emulated service goes through, in their order (H-1).

The order is data. Each stage looks at one request and finds a refusal or nothing.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from email.message import Message as Header
from functools import lru_cache
from typing import Any, Final

from aiohttp import hdrs

from mock_amp.core.account import Account
from mock_amp.core.auth import allows, token_of
from mock_amp.core.model import Product, Token
from mock_amp.core.refusals import Refused, refuse
from mock_amp.core.veils import veiled_target
from mock_amp.web.asked import Asked
from mock_amp.web.bodies import TooLarge, Unreadable, is_empty, read_body
from mock_amp.web.room import NoRoom
from mock_amp.web.texts import clean

Finding = Refused | None | Coroutine[Any, Any, Refused | None]
"""What a stage has found, or what finds it when it has to wait; until that is awaited, nothing has been done."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of H-1. Without a check it happens inside the use case, and stands here for its place.

    The status of a fault is the scenario's choice; one stands here for all.
    """

    name: str
    status: int
    check: Callable[[Asked], Finding] | None


def check_path(asked: Asked) -> Finding:
    if asked.endpoint is None:
        known = "POST /1/im, GET /1/im/status/{message_id}, POST /1/sms, POST /1/2fa, POST /1/2fa/{client_ref}/{code}"
        return refuse("path_unknown", veiled_target(clean(asked.raw_path)), endpoints=known)
    return None


def check_method(asked: Asked) -> Finding:
    methods = asked.endpoint.methods if asked.endpoint else {}
    if asked.method in methods:
        return None
    allow = ", ".join(sorted(methods))
    return refuse("method", asked.method, allow=allow, allowed=allow)


def check_token(asked: Asked) -> Finding:
    """A-1, A-2, A-3."""
    headers = asked.headers.getall(hdrs.AUTHORIZATION, ())
    if not headers:
        return refuse("token_missing")
    one = len(headers) == 1 or len(set(headers)) == 1
    value = asked.presented = _read_token(headers[0]) if one else None
    if value is None:
        return refuse("token_malformed")
    found = asked.services.world.store.read(lambda books: books.accounts.of_token(value))
    return _open(asked, value) if found is None else _let_in(asked, *found)


async def _open(asked: Asked, value: str) -> Refused | None:
    found = await asked.services.opening.open_for(value)
    return refuse("token_unknown") if found is None else _let_in(asked, *found)


def _let_in(asked: Asked, account: Account, token: Token) -> Refused | None:
    asked.services.expiry.take(account.id)
    asked.account, asked.owner, asked.token = account.id, account, token
    if not allows(token.networks, asked.remote):
        return refuse("address", asked.remote, networks=", ".join(token.networks))
    return None


def check_fault(asked: Asked) -> Finding:
    """H-7, H-8: what has nothing to do with the request: there are too many others, or the scenario has a fault for it.

    A fault with a status is answered here; what any other does to the answer comes last.
    """
    crowd = asked.services.crowd
    if crowd.requests > crowd.most:
        return overloaded(f"[{crowd.most}] requests are in work", "max-requests")
    if asked.owner is None or asked.endpoint is None or not asked.services.faults.threaten(asked.owner):
        return None
    return _strike(asked, asked.owner, asked.endpoint.product)


async def _strike(asked: Asked, owner: Account, product: Product) -> Refused | None:
    facts = {"method": asked.method, "path": clean(asked.path), "product": product}
    asked.struck = await asked.services.faults.strike(owner, facts)
    return asked.struck.refusal if asked.struck else None


def check_rate(asked: Asked) -> Finding:
    """H-7; a token without a rate costs nothing here."""
    if asked.token is None or asked.token.rate is None:
        return None
    return asked.services.tokens.spend(asked.token)


def check_media_type(asked: Asked) -> Finding:
    """H-4; a request without a body has no media type to be wrong."""
    takes_body = asked.endpoint is None or asked.endpoint.takes_body
    if asked.method == "GET" or not takes_body or not asked.has_body:
        return None
    media_type = asked.headers.get(hdrs.CONTENT_TYPE)
    return None if media_type is not None and _is_json(media_type) else _miss_body(asked, media_type)


async def _miss_body(asked: Asked, media_type: str | None) -> Refused | None:
    empty = asked.request is not None and await is_empty(asked.request)
    return None if empty else refuse("media_type", clean(media_type or ""))


def check_size(asked: Asked) -> Finding:
    """H-6: by Content-Length before a byte is read, and while reading what has none or is compressed."""
    if asked.method == "GET" or (asked.request is None and asked.size <= asked.services.body_limit):
        return None
    limit = asked.services.body_limit
    return refuse("body_size", limit=limit) if asked.request is None else _read(asked, limit)


async def _read(asked: Asked, limit: int) -> Refused | None:
    try:
        asked.body = await read_body(asked.waiting, limit, asked.services.room)
    except TooLarge:
        return refuse("body_size", limit=limit)
    except Unreadable as error:
        return refuse("not_readable", problem=str(error))
    except NoRoom as error:
        return overloaded(str(error), "body-memory")
    return None


STAGES: Final = (
    Stage("path", 404, check_path),
    Stage("method", 405, check_method),
    Stage("token", 401, check_token),
    Stage("fault", 503, check_fault),
    Stage("rate", 429, check_rate),
    Stage("media_type", 415, check_media_type),
    Stage("size", 413, check_size),
    Stage("understood", 400, None),
    Stage("values", 403, None),
)
"""H-1."""


def overloaded(problem: str, setting: str) -> Refused:
    """H-8: there is too much to do; the setting says how much that is."""
    return refuse("overloaded", retry_after=1, problem=problem, setting=setting)


@lru_cache(maxsize=1024)
def _read_token(header: str) -> str | None:
    """The token of an Authorization header (A-1)."""
    return token_of(clean(header))


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    """`application/json`, alone or with charset utf-8 in any case, quoted or not (H-4)."""
    header = Header()
    header["Content-Type"] = content_type
    try:
        charset = header.get_param("charset", "utf-8")
        return header.get_content_type() == "application/json" and str(charset).lower() == "utf-8"
    except (ValueError, TypeError):  # bytes and parameters that the reader cannot put together
        return False
