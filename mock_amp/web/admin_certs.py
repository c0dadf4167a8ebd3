"""The call of the control plane that gives the CA of the server's HTTPS."""

from typing import Final

from aiohttp import web

from mock_amp.engine.errors import NoSuch
from mock_amp.web.calls import Answer, Call, Route

_PEM: Final = "application/x-pem-file"


async def get_ca(call: Call) -> Answer:
    """The certificates to trust, never a key."""
    if call.services.ca is None:
        raise NoSuch("this server serves no HTTPS, so it has no CA; start it with --tls (or MOCK_AMP_TLS=true)")
    return web.Response(body=call.services.ca, content_type=_PEM)


ROUTES: Final = (
    Route(
        "GET",
        "/certs/ca.pem",
        get_ca,
        "The CA to trust for HTTPS, in PEM",
        of_account=False,
        media=_PEM,
        refuses=(404,),
    ),
)
