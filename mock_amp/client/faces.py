"""The two faces of every call: one that blocks and one that is awaited, made of the same plan.

A call is written once, as a plan; a line in `Account` and one in `AsyncAccount` give it its faces, types included.
"""

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, get_args

from mock_amp.client.errors import AmpError
from mock_amp.client.here import Here
from mock_amp.client.links import AsyncLink, Link
from mock_amp.client.plans import Plan
from mock_amp.client.shapes import AccountInfo

P = ParamSpec("P")
T = TypeVar("T")

Awaited = Coroutine[object, object, T]
"""Of object rather than Any, or mypy would not tell what a gather of two different calls gives."""


class OfServer(Protocol):
    """What blocks, and knows a server."""

    @property
    def link(self) -> Link: ...


class OfAccount(OfServer, Protocol):
    """What blocks, and is about an account."""

    @property
    def here(self) -> Here: ...


class AsyncOfServer(Protocol):
    """What is awaited, and knows a server."""

    @property
    def link(self) -> AsyncLink: ...


class AsyncOfAccount(AsyncOfServer, Protocol):
    """What is awaited, and is about an account."""

    @property
    def here(self) -> Here: ...


def play(link: Link, plan: Plan[T]) -> T:
    """Asks all that a plan asks for, one after the other."""
    __tracebackhide__ = True
    try:
        ask = next(plan)
        while True:
            try:
                answer = link.play(ask)
            except AmpError as error:
                ask = plan.throw(error)
            else:
                ask = plan.send(answer)
    except StopIteration as end:
        outcome: T = end.value
        return outcome
    except AmpError as error:
        # Its text tells the cause; where in here it came up would only hide the line that asked.
        raise error.with_traceback(None) from None


async def aplay(link: AsyncLink, plan: Plan[T]) -> T:
    """As `play`, and awaited."""
    __tracebackhide__ = True
    try:
        ask = next(plan)
        while True:
            try:
                answer = await link.play(ask)
            except AmpError as error:
                ask = plan.throw(error)
            else:
                ask = plan.send(answer)
    except StopIteration as end:
        outcome: T = end.value
        return outcome
    except AmpError as error:
        # Its text tells the cause; where in here it came up would only hide the line that asked.
        raise error.with_traceback(None) from None


def blocks(make: Callable[Concatenate[Here, P], Plan[T]]) -> Callable[Concatenate[OfAccount, P], T]:
    """A call about an account that blocks."""

    @functools.wraps(make)
    def call(self: OfAccount, /, *args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        return play(self.link, make(self.here, *args, **kwargs))

    return _dressed(call, make, skip=1)


def awaits(
    make: Callable[Concatenate[Here, P], Plan[T]],
) -> Callable[Concatenate[AsyncOfAccount, P], Awaited[T]]:
    """A call about an account that is awaited."""

    @functools.wraps(make)
    async def call(self: AsyncOfAccount, /, *args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        return await aplay(self.link, make(self.here, *args, **kwargs))

    return _dressed(call, make, skip=1)


def server_blocks(make: Callable[P, Plan[T]]) -> Callable[Concatenate[OfServer, P], T]:
    """A call about a server that blocks."""

    @functools.wraps(make)
    def call(self: OfServer, /, *args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        return play(self.link, make(*args, **kwargs))

    return _dressed(call, make, skip=0)


def server_awaits(make: Callable[P, Plan[T]]) -> Callable[Concatenate[AsyncOfServer, P], Awaited[T]]:
    """A call about a server that is awaited."""

    @functools.wraps(make)
    async def call(self: AsyncOfServer, /, *args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        return await aplay(self.link, make(*args, **kwargs))

    return _dressed(call, make, skip=0)


def opens(
    make: Callable[P, Plan[AccountInfo]], face: Callable[[Link, Here], T]
) -> Callable[Concatenate[OfServer, P], T]:
    """A call that blocks and comes to an account, given as its `face`."""

    @functools.wraps(make)
    def call(self: OfServer, /, *args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        found = play(self.link, make(*args, **kwargs))
        return face(self.link, Here(found.id, found.token))

    return _dressed(call, make, skip=0, gives=face)


def aopens(
    make: Callable[P, Plan[AccountInfo]], face: Callable[[AsyncLink, Here], T]
) -> Callable[Concatenate[AsyncOfServer, P], Awaited[T]]:
    """As `opens`, and awaited."""

    @functools.wraps(make)
    async def call(self: AsyncOfServer, /, *args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        found = await aplay(self.link, make(*args, **kwargs))
        return face(self.link, Here(found.id, found.token))

    return _dressed(call, make, skip=0, gives=face)


def _dressed(call: Callable[P, T], make: Callable[..., Any], *, skip: int, gives: object = None) -> Callable[P, T]:
    """Has `help` and `inspect` show a face for what it is: a method that gives what its plan comes to, or `gives`."""
    plan = inspect.signature(make)
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    rest = list(plan.parameters.values())[skip:]
    [*_, outcome] = get_args(plan.return_annotation)
    call.__dict__["__signature__"] = plan.replace(parameters=[own, *rest], return_annotation=gives or outcome)
    return call
