"""What can go wrong between a client and a server."""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_amp.client.shapes import Miss


class AmpError(Exception):
    """Whatever the client raises; the message is for a person."""


class NotReached(AmpError):
    """Nobody answered, or not in the language of the control plane."""


class Refused(AmpError):
    """The server said no. `status` is the HTTP status, `problem` the whole answer, `rule` the wire rule of a refused
    send, `pointer` and `expected` say where and what would be right, as far as the server knows.
    """

    def __init__(
        self, text: str, *, status: int = 0, problem: Mapping[str, Any] | None = None, rule: str | None = None
    ) -> None:
        """All but the text may be left out: an error that comes from another process is made of that, then filled."""
        super().__init__(text)
        problem = problem or {}
        self.status, self.problem, self.rule = status, problem, rule
        self.pointer: str | None = problem.get("pointer")
        self.expected: str | None = problem.get("expected")


class NotFound(Refused):
    """404: there is no such thing; 410 (`Evicted`): there was."""


class Evicted(NotFound):
    """410: it was there, and is kept no more."""


class Conflict(Refused):
    """409: not possible now; the text says why."""


class NotSeen(AmpError, AssertionError):
    """What was waited for or expected is not so. It is an AssertionError, so a test fails by it; its text shows the
    items that came nearest and why they were not meant, and these are in `near` and `items` too.
    """

    def __init__(self, text: str, *, items: Sequence[Mapping[str, Any]] = (), near: Sequence[Miss] = ()) -> None:
        super().__init__(text)
        self.items, self.near = tuple(items), tuple(near)
