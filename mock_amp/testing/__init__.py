"""A mock-amp for tests: `MockAmp` for one, `AmpServer` for many, and what the fixtures of the pytest plugin are made
of.
"""

import logging

from mock_amp.bootstrap import StartFailed
from mock_amp.settings import BadSetting
from mock_amp.testing.amp import Amp, AsyncAmp
from mock_amp.testing.inbox import Inbox, Post
from mock_amp.testing.server import SEED, START, AmpServer, MockAmp

__all__ = ["SEED", "START", "Amp", "AmpServer", "AsyncAmp", "BadSetting", "Inbox", "MockAmp", "Post", "StartFailed"]

# In somebody else's program it is for them to say whether the log is shown; without this, warnings go to stderr.
logging.getLogger("mock_amp").addHandler(logging.NullHandler())
