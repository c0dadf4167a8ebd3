"""The proxy for applications with https://rest.fortytwo.com written into them: CONNECT to us, and to nobody else.

It opens no connection. Whoever asks for a host of ours goes on, on the same connection, with the TLS of our own
service; whoever asks for anything else is told in plain text what would be right.
"""

import logging
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from mock_amp.core.authority import Authority, read_authority
from mock_amp.core.veils import visible
from mock_amp.web.arrivals import Arrival, Entrance, Make
from mock_amp.web.crowd import Phase
from mock_amp.web.turned import TurnedAway

log = logging.getLogger(__name__)

_FIRST: Final = re.compile(rb"([!-~]+) ([!-~]+) HTTP/1\.[0-9]")
_END: Final = re.compile(rb"\r?\n\r?\n")
_DONE: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_BEGINS: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\r\n")
"""What a request to a proxy may begin with: a method, or the empty lines that some clients send before it."""

_NO_REQUEST: Final = "this is a proxy for HTTP/1.1, and what came is no request."
_TLS: Final = "this is TLS, and the proxy is asked without: its URL begins with http://, in HTTPS_PROXY too."
_SOCKS: Final = "this is SOCKS, and the proxy is one for HTTP: its URL begins with http://."
_OTHERS: Final = {0x16: _TLS, 0x04: _SOCKS, 0x05: _SOCKS}
"""What is spoken by clients that take the proxy for another kind, by its first byte."""

_SHOWN: Final = 200


class Hosts:
    """The names that the proxy leads to: hosts, addresses, and `*.name` for those one below a name."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(names))

    def has(self, host: str) -> bool:
        return host in self.names or f"*.{host.partition('.')[2]}" in self.names

    def __str__(self) -> str:
        return ", ".join(self.names)


class Asking(Arrival):
    """A connection that has to ask for a host of ours first."""

    def __init__(self, entrance: Entrance, make: Make, hosts: Hosts, longest: int) -> None:
        super().__init__(entrance, make)
        self._hosts, self._longest = hosts, longest
        self._head: bytearray | None = bytearray()
        """What has come of the head; None once it is answered."""

    @property
    def phase(self) -> Phase:
        return Phase.REQUEST if self._head is None or self._head else Phase.IDLE

    def come_in(self) -> None:
        """Whoever comes here speaks first."""

    def turn_away(self) -> None:
        most = self.entrance.crowd.bounds.connections
        self._refuse(503, f"{most} connections are open; the setting max-connections says how many may be.")

    def expire(self, phase: Phase) -> None:
        if phase is Phase.IDLE:
            self.cut_off()
        elif self._head is not None:
            self._refuse(408, "what was asked of the proxy has not come within client-timeout.")
        else:
            super().expire(phase)

    def data_received(self, data: bytes) -> None:
        if self._head is None:
            super().data_received(data)
            return
        self._head += data
        if self._head and self._head[0] not in _BEGINS:  # an end of the head may never come
            self._refuse(400, _OTHERS.get(self._head[0], _NO_REQUEST))
            return
        end = _END.search(self._head, max(0, len(self._head) - len(data) - 3))
        if (end.end() if end else len(self._head)) > self._longest:
            self._refuse(431, f"what was asked of the proxy has a head of more than {self._longest} bytes.")
        elif end:
            self._answer(bytes(self._head[: end.start()]), bytes(self._head[end.end() :]))

    def _answer(self, head: bytes, rest: bytes) -> None:
        first = _FIRST.fullmatch(head.splitlines()[0] if head else b"")
        if first is None:
            self._refuse(400, _NO_REQUEST)
            return
        method, target = first[1].decode(), first[2].decode()
        asked = _asked(target) if method == "CONNECT" else None
        if method != "CONNECT":
            self._refuse(405, _not_by(method, target))
        elif asked is None:
            self._refuse(400, f"CONNECT takes a host and a port, rest.fortytwo.com:443 say, and not {_cut(target)}.")
        elif not self._hosts.has(asked.host):
            self._refuse(403, _not_to(asked.host, self._hosts))
        elif self._line:
            log.debug("%s goes by the proxy to %s", self.peer, asked.host)
            self._head = None
            self._line.write(_DONE)
            self.shake_hands(rest)

    def _refuse(self, status: int, why: str) -> None:
        """Says why, in plain text, and ends the connection."""
        log.info("the proxy refuses %s with %d: %s", self.peer, status, visible(why))
        line, self._head = self._line, None
        self._leave()
        if line:
            TurnedAway(line, _text(status, f"mock-amp: {why}\n"), self.entrance.turned)


def _asked(target: str) -> Authority | None:
    try:
        found = read_authority(target)
    except ValueError:
        return None
    return found if found.port else None


def _not_to(host: str, hosts: Hosts) -> str:
    return (
        f"this proxy leads to {hosts} and nowhere else, so not to {_cut(host)}. Let the application reach that without "
        f"a proxy: NO_PROXY={_cut(host)}. Or have mock-amp stand for it too: --tls-host {_cut(host)}."
    )


def _not_by(method: str, target: str) -> str:
    return (
        f"this proxy takes CONNECT alone, which is what clients ask for https:// by; {_cut(method)} {_cut(target)} "
        "is for http://. Set HTTPS_PROXY and leave HTTP_PROXY unset; by http:// mock-amp is reached at its own address."
    )


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _text(status: int, text: str) -> bytes:
    body = text.encode()
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        *(["Allow: CONNECT"] if status == 405 else []),
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
