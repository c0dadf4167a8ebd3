"""Where callbacks may go: anywhere but to a cloud's metadata, or only where an operator says.

What is judged is the address that is about to be connected to, not the URL: a name leads where its owner wants, and an
address has many spellings.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from mock_amp.core.authority import Authority, Target
from mock_amp.core.retry import FORBIDDEN

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

METADATA: Final[tuple[Network, ...]] = tuple(
    ip_network(each)
    for each in (
        "169.254.0.0/16",  # link-local: AWS, Google, Azure, Oracle and most others; AWS's containers too
        "100.100.100.200",  # Alibaba
        "100.96.0.96",  # Volcengine
        "168.63.129.16",  # Azure's agent
        "192.0.0.192",  # Oracle's classic cloud
        "fe80::/10",  # link-local: OpenStack at fe80::a9fe:a9fe
        "fd00:ec2::/32",  # AWS
        "fd20:ce::254",  # Google
        "fd00:42::42",  # Scaleway
    )
)
"""Where machines in a cloud get their secrets from, to anybody who asks from inside."""

_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_NAT64: Final = IPv6Network("64:ff9b:1::/48")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What `--callback-allow` says; where `--callback-map` leads is the operator's word too. Neither names metadata
    but by a network."""

    networks: tuple[Network, ...] = ()
    names: frozenset[str] = frozenset()
    led_to: frozenset[tuple[str, int | None]] = frozenset()
    """Hosts and the port of each; None is every port."""

    def why_not(self, host: str, address: str, port: int) -> str:
        """Why no connection may be made to a port of an address that a URL's host has led to; empty when it may."""
        there = _address(address)
        if there is None:
            return f"{FORBIDDEN} {address}: it is not an address"
        name = host.lower().rstrip(".")
        told = "" if _address(name) else f", where {name} leads"
        for each in _readings(there):
            if _within(each, METADATA) and not any(_within(it, self.networks) for it in (there, each)):
                lets = f"--callback-allow {each} lets them"
                return f"{FORBIDDEN} {there} (cloud metadata){told}: {lets}"
        if self._is_open or _within(there, self.networks) or self._names(name):
            return ""
        if self._leads_to(name, port) or self._leads_to(str(there), port):
            return ""
        return f"{FORBIDDEN} {there}{told}: --callback-allow does not name it"

    @property
    def _is_open(self) -> bool:
        return not (self.networks or self.names)

    def _leads_to(self, host: str, port: int) -> bool:
        return (host, port) in self.led_to or (host, None) in self.led_to

    def _names(self, host: str) -> bool:
        if host in self.names:
            return True
        labels = host.split(".")
        return any(f"*.{'.'.join(labels[at:])}" in self.names for at in range(1, len(labels)))


def reach_of(allowed: Iterable[Target], led_to: Iterable[Authority] = ()) -> Reach:
    """What the targets of `--callback-allow` and the places that `--callback-map` leads to come to."""
    targets = tuple(allowed)
    return Reach(
        networks=tuple(_plain(each) for each in targets if not isinstance(each, str)),
        names=frozenset(each for each in targets if isinstance(each, str)),
        led_to=frozenset((each.host, each.port) for each in led_to),
    )


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def _address(text: str) -> Address | None:
    """An address, without the zone; a v4 address that is written as a v6 one is the v4 address."""
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _plain(network: Network) -> Network:
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFF_FFFF, network.prefixlen - 96))
    return network


def _readings(address: Address) -> Iterator[Address]:
    """The address, and each v4 address that a translator or a tunnel may make of it."""
    yield address
    if isinstance(address, IPv4Address):
        return
    raw = address.packed
    yield IPv4Address(raw[12:])  # NAT64 under any prefix of 96 bits, ISATAP, and the forms that are out of use
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if (
        address in _NAT64
    ):  # RFC 6052: where the v4 address stands goes by the length of the prefix, and octet 8 is left out
        rest = raw[6:8] + raw[9:]
        yield from (IPv4Address(rest[at : at + 4]) for at in range(3))
