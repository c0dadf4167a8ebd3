"""Reading the Authorization header (A-1), and where a token may be used from (A-3)."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

_WELL_FORMED: Final = re.compile(r"[!-~]{8,128}")


def token_of(header: str | None) -> str | None:
    """The token of `Token <token>`; None when the header is missing or says something else.

    The scheme compares without case, the token is taken exactly as it stands.
    """
    scheme, _, value = (header or "").strip().partition(" ")
    value = value.strip()
    return value if scheme.lower() == "token" and value and " " not in value else None


def opens(token: str) -> bool:
    """Whether an unknown token is of a form that may open an account: 8 to 128 visible ASCII characters (A-2)."""
    return _WELL_FORMED.fullmatch(token) is not None


def tail(token: str) -> str:
    """A token as logs and pages may show it: its last four characters."""
    return f"…{token[-4:]}"


def allows(networks: Sequence[str], address: str | None) -> bool:
    """Whether a request may come from an address: from anywhere when no networks are named (A-3)."""
    if not networks:
        return True
    found = _address(address or "")
    return found is not None and any(found in _network(each) for each in networks)


def as_network(text: str) -> str:
    """An address or network in its usual form, such as `127.0.0.0/8`. Raises ValueError for anything else."""
    return str(ip_network(text, strict=False))


@lru_cache(maxsize=1024)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
