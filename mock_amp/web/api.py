"""The endpoints of the emulated service."""

from collections.abc import Sequence

from mock_amp.engine.journal import Reply
from mock_amp.web.pipeline import Asked, Endpoint


async def send(asked: Asked) -> Reply:
    """`POST /1/im`."""
    if asked.token is None:
        raise LookupError("a send has passed the stages without a token")
    return await asked.services.sending.send(asked.arrival, asked.account, asked.token)


async def status(asked: Asked) -> Reply:
    """`GET /1/im/status/{message_id}`."""
    message_id = asked.request.match_info["message_id"]
    return await asked.services.reading.status(asked.arrival, asked.account, message_id)


def endpoints(send_paths: Sequence[str]) -> tuple[Endpoint, ...]:
    """The public paths; `send_paths` are further ones that take sends, as account managers hand out."""
    return (
        *(Endpoint(path=path, methods={"POST": send}) for path in ("/1/im", *send_paths)),
        Endpoint(path="/1/im/status/{message_id}", methods={"GET": status}),
    )
