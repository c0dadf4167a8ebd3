"""Calls of the control plane about jobs: a send of up to 50,000 messages as one row, with where these stand."""

from functools import partial
from typing import Any, Final

from mock_amp.core.model import Product
from mock_amp.core.records import Sought
from mock_amp.engine.errors import Illegal
from mock_amp.engine.turns import unless_hung_up
from mock_amp.web.calls import Answer, Call, Route, page_of, since_of, wants_total
from mock_amp.web.hangups import on_hangup

_FIELDS: Final = ("api_job_id", "client_job_id", "product")
_PAGED: Final = ("limit", "cursor", "order", "since", "total")


async def list_jobs(call: Call) -> Answer:
    sought = Sought(fields=_fields(call), since=since_of(call))
    work = call.services.jobs.page(call.account, sought, page_of(call), total=wants_total(call))
    return await unless_hung_up(partial(on_hangup, call.request), work)


async def get_job(call: Call) -> Answer:
    work = call.services.jobs.job(call.account, call.path["api_job_id"])
    return await unless_hung_up(partial(on_hangup, call.request), work)


ROUTES: Final = (
    Route(
        "GET",
        "/jobs",
        list_jobs,
        "Jobs, with how many messages of each stand where",
        filters=(*_FIELDS, *_PAGED),
        many=frozenset(_FIELDS),
        gives="JobPage",
    ),
    Route("GET", "/jobs/{api_job_id}", get_job, "One job", gives="Job"),
)


def _fields(call: Call) -> dict[str, tuple[Any, ...]]:
    """What jobs are chosen by: of each field any of the values that are given. Raises Illegal."""
    query = call.request.query
    fields = {name: tuple(query.getall(name)) for name in _FIELDS if name in query}
    for product in fields.get("product", ()):
        if product and product not in list(Product):
            raise Illegal(f"product is {product!r}", "?product", f"one of {', '.join(Product)}")
    return fields
