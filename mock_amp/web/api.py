"""The endpoints of the emulated service."""

from collections.abc import Awaitable, Sequence

from mock_amp.core.model import Product, Token
from mock_amp.engine.journal import Reply
from mock_amp.web.asked import Asked, Endpoint
from mock_amp.web.texts import clean


def send(asked: Asked) -> Reply | Awaitable[Reply]:
    """`POST /1/im`."""
    return _send(asked, Product.IM)


def send_sms(asked: Asked) -> Reply | Awaitable[Reply]:
    """`POST /1/sms`."""
    return _send(asked, Product.SMS)


def status(asked: Asked) -> Reply | Awaitable[Reply]:
    """`GET /1/im/status/{message_id}`."""
    message_id = asked.matched["message_id"]
    return asked.services.reading.status(asked.arrival, asked.account, message_id)


def status_instead(asked: Asked) -> Reply:
    """The same without a line in the journal."""
    return asked.services.reading.status_instead(asked.account, asked.matched["message_id"])


def send_code(asked: Asked) -> Reply | Awaitable[Reply]:
    """`POST /1/2fa`."""
    return asked.services.two_factor.send(asked.arrival, asked.account, _token(asked))


def check_code(asked: Asked) -> Reply | Awaitable[Reply]:
    """`POST /1/2fa/{client_ref}/{code}`."""
    client_ref, code = (clean(asked.matched[each]) for each in ("client_ref", "code"))
    return asked.services.two_factor.check(asked.arrival, asked.account, _token(asked), client_ref, code)


def endpoints(send_paths: Sequence[str]) -> tuple[Endpoint, ...]:
    """The public paths; `send_paths` are further ones that take sends, as account managers hand out."""
    return (
        *(Endpoint(path=path, methods={"POST": send}) for path in ("/1/im", *send_paths)),
        Endpoint(path="/1/sms", methods={"POST": send_sms}),
        Endpoint(path="/1/im/status/{message_id}", methods={"GET": status}, instead=status_instead),
        Endpoint(path="/1/2fa", methods={"POST": send_code}),
        Endpoint(path="/1/2fa/{client_ref}/{code}", methods={"POST": check_code}, takes_body=False),
    )


def _send(asked: Asked, product: Product) -> Reply | Awaitable[Reply]:
    return asked.services.sending[product].send(asked.arrival, asked.account, _token(asked))


def _token(asked: Asked) -> Token:
    if asked.token is None:
        raise LookupError("a request has passed the stages without a token")
    return asked.token
