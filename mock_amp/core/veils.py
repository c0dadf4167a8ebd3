"""Secrets out of texts that are shown: tokens and keys keep their last four characters, URLs lose who asks.

A text may come from anywhere, so this goes by the places in which secrets stand: headers, paths, queries and URLs.
"""

import re
from typing import Final

from mock_amp.core.auth import tail

_USER: Final = re.compile(r"(?<=://)[^\s/?#@'\"]*@")
_TOKEN: Final = re.compile(
    r"""((?:/tokens/|[?&]token=)"""
    r"""|\b(?:proxy-)?(?:authorization|x-admin-key)\W{1,8}(?:(?:token|bearer|basic)\s+)?)"""
    r"""([^\s/?&#'"]+)""",
    re.IGNORECASE,
)


def veiled(text: str) -> str:
    """The text without the secrets that stand in it."""
    if "://" in text:
        text = _USER.sub("…@", text)
    return _TOKEN.sub(lambda found: found[1] + tail(found[2]), text)
