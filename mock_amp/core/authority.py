"""`host` and `host:port` as people and headers write them, and the mapping of one to another."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(?::([0-9]{1,5}))?")
_BARE_V6: Final = re.compile(r"[0-9A-Fa-f:.]*")
"""With two colons in it. An expression that says so takes the cube of the time: a Host header may be all colons."""

_PART: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NAME_MOST: Final = 253
_NAME_SHOWN: Final = 80

_PASSWORD: Final = re.compile(r"(//[^/?#:]*):[^/?#]*@")

_SHOWN: Final = 300
"""Characters of a URL that are worth a line."""

Target = IPv4Network | IPv6Network | str
"""A network, a host name, or `*.name`."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A host in lower case, without brackets and without a dot at its end, and the port if one is said."""

    host: str
    port: int | None = None

    @property
    def is_address(self) -> bool:
        return _address(self.host) is not None

    def covers(self, host: str, port: int | None) -> bool:
        """Whether this is that host, on that port or on any when none is said here."""
        return self.host == host and self.port in (None, port)


def read_authority(text: str) -> Authority:
    """`host`, `host:port`, `[v6]`, `[v6]:port`, or a bare v6 address. Raises ValueError."""
    text = text.strip()
    if text.count(":") > 1 and _BARE_V6.fullmatch(text):
        return Authority(_host(f"[{text}]"))
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a host or host:port")
    port = None if found[2] is None else int(found[2])
    if port is not None and not 1 <= port <= 65_535:
        raise ValueError(f"{text!r} has a port that is none")
    return Authority(_host(found[1]), port)


def read_mapping(text: str) -> tuple[Authority, Authority]:
    """`from=to`, each a host or host:port. Raises ValueError."""
    came, equals, goes = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} has no =")
    return read_authority(came), read_authority(goes)


def read_target(text: str) -> Target:
    """A network, an address (a network of one), a host name, or `*.name` for the names below one. Raises ValueError."""
    text = text.strip()
    try:
        return ip_network(text[1:-1] if text.startswith("[") and text.endswith("]") else text, strict=False)
    except ValueError:
        star = "*." if text.startswith("*.") else ""
        found = read_authority(text.removeprefix("*."))
        if found.port is not None or found.is_address or found.host.replace(".", "").isdigit():
            raise ValueError(f"{text!r} is not a network, an address or a host name") from None
        return star + found.host


def read_name(text: str) -> str:
    """What a certificate can be for: an address, a host name, or `*.name` for the names below one. Raises ValueError,
    with a line for a person.
    """
    text = text.strip()
    if not text.isascii():
        raise ValueError(f"{_cut(text)!r} is not as certificates have it{_as_they_have_it(text)}")
    try:
        found = read_target(text)
    except ValueError:
        found = ip_network("::/0")  # no name either
    if not isinstance(found, str):
        if found.num_addresses == 1:
            return str(found.network_address)
        raise ValueError(f"{_cut(text)!r} is not a host name, an address, or *.name for the names below one")
    if len(found) > _NAME_MOST or not all(map(_PART.fullmatch, found.removeprefix("*.").split("."))):
        raise ValueError(
            f"{_cut(text)!r} is no name for a certificate: between its dots are 1 to 63 letters, digits, - and _, "
            f"no - first or last, and it has at most {_NAME_MOST} characters"
        )
    return found


def without_password(url: str) -> str:
    """A URL as it may stand in a log: the beginning of one that is long, too."""
    shown = _PASSWORD.sub(r"\1:***@", url) if "@" in url else url
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def _as_they_have_it(text: str) -> str:
    try:
        return f": write {text.encode('idna').decode()}"
    except UnicodeError:
        return ""


def _cut(text: str) -> str:
    return text if len(text) <= _NAME_SHOWN else f"{text[:_NAME_SHOWN]}…"


def _host(text: str) -> str:
    if text.startswith("["):
        address = _address(text[1:-1])
        if address is None:
            raise ValueError(f"{text!r} is not an address")
        return address
    host = text.lower().removesuffix(".")
    if not host or ".." in text or host.startswith("."):
        raise ValueError(f"{text!r} is not a host")
    return host


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None
