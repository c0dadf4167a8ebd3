"""Why the control plane cannot do what it was asked. The words are for the person who asked."""

from typing import Any, TypeGuard

from mock_amp.ports import BadScript as BadScript  # for the web, which may not know the ports
from mock_amp.ports import StoreFailed as StoreFailed
from mock_amp.ports import StoreRefused


def out_of_order(error: BaseException | None) -> TypeGuard[StoreFailed]:
    """Whether it is the store itself that cannot. Of that it tells the log; what it refuses is a fault of ours."""
    return isinstance(error, StoreFailed) and not isinstance(error, StoreRefused)


class NoSuch(Exception):
    """What was named does not exist."""


class Evicted(NoSuch):
    """What was named did exist, and was evicted (D13)."""


class Conflict(Exception):
    """It exists, and does not allow this now; `more` are further members of the answer."""

    def __init__(self, text: str, **more: Any) -> None:
        super().__init__(text)
        self.more = more


class Illegal(Exception):
    """The request makes no sense; `pointer` says where in it, `expected` what would."""

    def __init__(self, text: str, pointer: str = "", expected: str = "") -> None:
        super().__init__(text)
        self.pointer = pointer
        self.expected = expected


class AccountGone(Exception):
    """The account was reset or deleted while something was done for it; what was done belongs to its old life."""
