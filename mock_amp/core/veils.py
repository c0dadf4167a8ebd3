"""Texts as they are shown: tokens and keys keep their last four characters, URLs lose who asks, terminals obey none.

A text may come from anywhere, so this goes by the places in which secrets stand: headers, paths, queries and URLs.
"""

import re
from typing import Final

from mock_amp.core.auth import tail

_USER: Final = re.compile(r"(?<=://)[^\s/?#@'\"]*@")


def _spelt(word: str) -> str:
    """A pattern of a word in which any letter may be percent-encoded, in either case."""
    return "".join(rf"(?:{each}|%(?:{ord(each):x}|{ord(each.upper()):x}))" for each in word)


_SLASH: Final = r"(?:/|%2f)"
_TOKEN: Final = re.compile(
    rf"""((?:{_SLASH}{_spelt("tokens")}{_SLASH}|[?&](?:{_spelt("access")}_)?{_spelt("token")}=)"""
    r"""|\b(?:proxy-)?(?:authorization|x-admin-key)[^\w…]{1,8}(?:(?:token|bearer|basic)\s+)?)"""
    r"""([^\s/?&#'"]+)""",
    re.IGNORECASE,
)
_HINTS: Final = ("?", "%", "/tokens/", "authorization", "x-admin-key")
_SHORTEST: Final = len("/tokens/")


def veiled(text: str) -> str:
    """The text without the secrets that stand in it."""
    if "://" in text:
        text = _USER.sub("…@", text)
    return _TOKEN.sub(lambda found: found[1] + tail(found[2].lstrip("…")), text)


def veiled_target(path: str) -> str:
    """The same of what a request asks for; the usual ones are seen quickly to hold no secret."""
    if len(path) <= _SHORTEST:
        return path
    lowered = path.lower()
    for each in _HINTS:
        if each in lowered:
            return veiled(path)
    return path


def visible(text: str) -> str:
    """The text on one line, with what a terminal would obey written out."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
