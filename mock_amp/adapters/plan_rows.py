"""Plans as text and back. They repeat from send to send, so each text is read and written once."""

from functools import lru_cache
from typing import Any, Final

import orjson

from mock_amp.core.model import Act, Channel, Leg, Plan, Status, Step
from mock_amp.core.windows import Span

_KEPT: Final = 1024
_WRITTEN: Final[dict[int, tuple[Plan, str]]] = {}


@lru_cache(maxsize=_KEPT)
def read_plan(text: str) -> Plan:
    return tuple(_leg(*each) for each in orjson.loads(text))


def write_plan(plan: Plan) -> str:
    """The text of a plan; the same object is known again without a look at all that it is made of."""
    known = _WRITTEN.get(id(plan))
    if known is not None:
        return known[1]
    if len(_WRITTEN) >= _KEPT:
        _WRITTEN.clear()
    text = _write_plan(plan)
    _WRITTEN[id(plan)] = plan, text
    return text


@lru_cache(maxsize=_KEPT)
def _write_plan(plan: Plan) -> str:
    legs = [
        [
            leg.channel,
            leg.sender,
            [[step.after, step.status, step.error_code] for step in leg.steps],
            leg.replaced_on_expiry,
            leg.ttl,
            leg.expired_code,
            [list(span) for span in leg.off],
            leg.per_second,
            [list(act) for act in leg.acts],
            leg.price,
            leg.why,
        ]
        for leg in plan
    ]
    return orjson.dumps(legs).decode()


def _leg(channel: str, sender: str, steps: list[list[Any]], *rest: Any) -> Leg:
    replaced, ttl, expired_code, off, per_second, acts, price, why = rest
    return Leg(
        channel=Channel(channel),
        sender=sender,
        steps=tuple(Step(after=after, status=Status(status), error_code=code) for after, status, code in steps),
        replaced_on_expiry=replaced,
        ttl=ttl,
        expired_code=expired_code,
        off=tuple(Span(*span) for span in off),
        per_second=per_second,
        acts=tuple(Act(kind, after, tuple(texts), made, locale) for kind, after, texts, made, locale in acts),
        price=price,
        why=why,
    )
