"""The call of the control plane that tries the user's own receiver out."""

from functools import partial
from typing import Any, Final

from mock_amp.core.certifying import BOUND, USUAL_TIMEOUT, Wish
from mock_amp.core.instants import Duration, format_duration, parse_duration
from mock_amp.engine.errors import Illegal
from mock_amp.web.calls import Answer, Call, Route
from mock_amp.web.hangups import on_hangup


async def certify(call: Call) -> Answer:
    wish = Wish(
        callback_url=call.body["callback_url"],
        reply_url=call.body.get("reply_url"),
        timeout=_timeout(call.body.get("timeout")),
        only=tuple(call.body.get("only", ())),
    )
    return await call.services.certifying.certify(call.account, wish, partial(on_hangup, call.request))


def _timeout(value: Any) -> Duration:
    if value is None:
        return USUAL_TIMEOUT
    try:
        timeout = parse_duration(value)
    except ValueError as error:
        raise Illegal(str(error), "/timeout") from None
    if not 0 < timeout <= BOUND:
        raise Illegal(f"timeout is {value!r}", "/timeout", f"more than 0s and at most {format_duration(BOUND)}")
    return timeout


ROUTES: Final = (
    Route("POST", "/certify", certify, "Try a receiver of callbacks out", takes="CertifyWish", gives="Certificate"),
)
