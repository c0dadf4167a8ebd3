"""Where a callback really goes when its host is mapped: another connection, but nothing else changes."""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from yarl import URL

from mock_amp.core.authority import Authority, read_authority, without_password

log = logging.getLogger(__name__)


_PATH: Final = re.compile(r"[/?#]")
_LONGEST: Final = 4_096
"""Characters of a host, its port and who asks: to decode a megabyte takes 15 s, and 253 are a name."""

_AT_HAND: Final = 1_024
"""URLs of which it is remembered where they lead: most callbacks go where others went."""


_KEPT: Final = 2_048
"""Characters of the longest URL of which that is remembered."""

_LONGEST_PLAIN: Final = 8_192
"""Characters of the longest URL that a request may have; what was stored before may be longer."""

_AS_IT_IS: Final = "".join(chr(each) for each in range(0x21, 0x7F))


@dataclass(frozen=True, slots=True)
class Detour:
    """The URL to connect to, the headers that keep the Host, and the name that a certificate has to carry."""

    url: URL
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    server_name: str | None = None


class Detours:
    """The mapping of hosts. A row with a port beats one without; what a row leads to is not looked up again."""

    def __init__(self, mappings: Iterable[tuple[Authority, Authority]]) -> None:
        self._to = {(came.host, came.port): goes for came, goes in mappings}
        self._way = lru_cache(_AT_HAND)(self._find)

    def of(self, url: str) -> Detour:
        """Where a post to a URL goes. Raises ValueError when it cannot be posted to."""
        way = self._way(url) if len(url) <= _KEPT else self._long(url)
        if way.headers:
            log.debug("a callback to %s goes to %s:%s", way.headers["Host"], way.url.host, way.url.port)
        return way

    def _long(self, written: str) -> Detour:
        """The same for a URL that is not worth remembering; yarl would remember it as well."""
        if len(written) <= _LONGEST_PLAIN:
            return self._find(written)
        scheme, there, rest = written.partition("://")
        host = _PATH.split(rest, maxsplit=1)[0]
        if not there or len(scheme) > _LONGEST:
            raise ValueError(f"{without_password(written)!r} has no scheme")
        way = self._find(f"{scheme}{there}{host}")
        path, _, query = quote(rest[len(host) :].partition("#")[0], safe=_AS_IT_IS).partition("?")
        url = URL()
        url.__setstate__(((way.url.scheme, way.url.raw_authority, path, query, ""),))
        return Detour(url, way.headers, way.server_name)

    def _find(self, written: str) -> Detour:
        if len(_PATH.split(written.partition("://")[2], maxsplit=1)[0]) > _LONGEST:
            raise ValueError(f"{without_password(written)!r} has a host that is too long for one")
        url = _as_written(written)
        if not (url.raw_host or "").isprintable() or " " in (url.raw_host or ""):
            raise ValueError(f"{without_password(written)!r} has a host that is none")
        goes = self._goal(url) if self._to and url.host else None
        if goes is None or url.host is None:
            return Detour(url)
        there = url.with_host(goes.host).with_port(goes.port or url.port)
        name = url.host if url.scheme == "https" else None
        return Detour(there, {"Host": url.host_port_subcomponent or ""}, name)

    def _goal(self, url: URL) -> Authority | None:
        try:
            host = read_authority(url.host_subcomponent or "").host
        except ValueError:  # a name of the outer world that no row can have
            return None
        return self._to.get((host, url.port)) or self._to.get((host, None))


def _as_written(url: str) -> URL:
    """The URL with its escapes untouched; only what a request line cannot carry is escaped."""
    return URL(url, encoded=url.isascii() and url.isprintable() and " " not in url)
