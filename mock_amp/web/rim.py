"""What all connections of one application share."""

import asyncio
from typing import Any, Final

from mock_amp.engine.journal import Journal
from mock_amp.web.express import Express
from mock_amp.web.heads import LONGEST
from mock_amp.web.rendering import in_bytes
from mock_amp.web.services import Services
from mock_amp.web.stages import overloaded
from mock_amp.web.turned import TurnedAway, problem_in_bytes

_LINES: Final = 8
"""As many lines of the greatest length may a head have in all."""


class Rim:
    """What all connections of one application share."""

    def __init__(self, services: Services, journal: Journal, express: Express | None) -> None:
        self.services, self.journal, self.express = services, journal, express
        self.longest = min(LONGEST, services.header_limit)
        self.longest_head = services.header_limit * _LINES
        self.answering: set[asyncio.Future[Any]] = set()
        """What comes to the answers of the short way."""
        self.turned: set[TurnedAway] = set()

    def too_many(self) -> bytes:
        """The answer on a connection for which there is no room: in the form of whom it may be for."""
        most = self.services.crowd.bounds.connections
        refusal = overloaded(f"[{most}] connections are open", "max-connections")
        if self.express is None:
            return problem_in_bytes(refusal.status, f"{refusal.reason}; {refusal.violations[0].expected}")
        return in_bytes(self.journal.unwritten(refusal)).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
