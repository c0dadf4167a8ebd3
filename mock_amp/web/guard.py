"""Who may call the control plane (D20): whoever brings the key; without one, whoever calls it by a name of ours.

It stands before every call of the control plane, the page and the metrics, never before the emulated service. It holds
off pages that a developer's browser shows: by another site's Origin, or by a name that was rebound to this machine. Our
own page comes without the key, since a browser that opens it has none yet; what the page asks for does not.
"""

import hmac
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from aiohttp import web

from mock_amp.core.authority import Authority, read_authority
from mock_amp.web.problems import say_problem
from mock_amp.web.texts import clean

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PORTS: Final = {"http": 80, "https": 443}
_SAFE: Final = ("GET", "HEAD")


class Guard:
    """`key` is what a call has to bring, if anything; `allowed` are hosts beside the loopback ones, `*` any."""

    def __init__(self, key: str | None = None, allowed: Iterable[str] = ()) -> None:
        names = tuple(allowed)
        self._key = None if key is None else key.encode()
        self._any = "*" in names
        self._allowed = tuple(read_authority(name) for name in names if name != "*")

    def before(self, handler: Handler, *, wants_key: bool = True) -> Handler:
        """The handler, for those who may call it; without `wants_key` it tells no secret and takes no key."""

        async def handle(request: web.Request) -> web.StreamResponse:
            refused = self.refusal(request, wants_key=wants_key)
            if refused is None:
                return await handler(request)
            log.info(
                "%s %s of the control plane is refused with %s", request.method, clean(request.raw_path), refused.status
            )
            if "Expect" in request.headers:
                refused.force_close()  # whether the body still comes is the client's choice
            return refused

        return handle

    def refusal(self, request: web.Request, *, wants_key: bool = True) -> web.Response | None:
        """Why a request may not call the control plane; None when it may."""
        keyless = self._key_refusal(request) if wants_key else None
        return keyless or self._host_refusal(request) or self._site_refusal(request)

    def _key_refusal(self, request: web.Request) -> web.Response | None:
        if self._key is None or any(hmac.compare_digest(self._key, each) for each in _keys(request)):
            return None
        words = "the control plane wants its key: Authorization: Bearer KEY, or X-Admin-Key: KEY (setting admin-key)"
        answer = say_problem(401, "Unauthorized", words)
        answer.headers["WWW-Authenticate"] = 'Bearer realm="mock-amp control plane"'
        return answer

    def _host_refusal(self, request: web.Request) -> web.Response | None:
        """Against DNS rebinding: a name that is not ours may be another site's that leads here."""
        if self._key is not None or self._any:
            return None
        host = _host_of(request)
        if host is None:
            return say_problem(400, "Bad request", "the control plane wants one Host header, with a host or host:port")
        if host.is_address or _is_loopback(host.host) or self._allows(host, _PORTS[request.scheme]):
            return None
        words = (
            f"the control plane does not answer to the host name {host.host}, only to loopback names and addresses; "
            f"--allowed-host {host.host} lets it, and so does a key (--admin-key)"
        )
        return say_problem(403, "Forbidden", words)

    def _site_refusal(self, request: web.Request) -> web.Response | None:
        """Against pages of other sites: what a browser says of where a call comes from."""
        origins = request.headers.getall("Origin", ())
        if len(origins) == 1 and self._names_origin(origins[0]):
            return None
        if origins and not (len(origins) == 1 and _is_same(origins[0], _host_of(request))):
            words = f"the control plane takes no call from a page of {clean(', '.join(origins))[:200]}"
            return say_problem(403, "Forbidden", f"{words}; --allowed-host with its host lets it")
        if "cross-site" in request.headers.getall("Sec-Fetch-Site", ()) and not _is_visit(request):
            return say_problem(403, "Forbidden", "the control plane takes no call from a page of another site")
        return None

    def _names_origin(self, origin: str) -> bool:
        """Whether an Origin was allowed by name. `*` allows no origin: any page of the world could have it."""
        found = _origin(origin)
        return found is not None and self._allows(found, found.port)

    def _allows(self, host: Authority, usual: int | None) -> bool:
        return any(each.covers(host.host, host.port or usual) for each in self._allowed)


def _keys(request: web.Request) -> list[bytes]:
    """What a request brings as keys, as bytes: whatever they are, they can be compared."""
    found = list(request.headers.getall("X-Admin-Key", ()))
    for value in request.headers.getall("Authorization", ()):
        scheme, _, key = value.partition(" ")
        if scheme.lower() == "bearer":
            found.append(key.strip())
    return [each.encode("utf-8", "surrogateescape") for each in found]


def _host_of(request: web.Request) -> Authority | None:
    """The host that a request is for; None when it says none, several, or what is no host.

    A target that names a host too has to name the same one: there, RFC 9112 would have the header ignored.
    """
    hosts = request.headers.getall("Host", ())
    host = _read(hosts[0]) if len(hosts) == 1 else None
    if request.raw_path.startswith("/"):
        return host
    named = request.raw_path.partition("://")[2].partition("/")[0].partition("?")[0]
    return host if _read(named) == host else None


def _origin(origin: str) -> Authority | None:
    """Host and port of an Origin; None for `null` and what is not of the web."""
    scheme, separator, rest = origin.partition("://")
    found = _read(rest) if separator and scheme.lower() in _PORTS else None
    return found and Authority(found.host, found.port or _PORTS[scheme.lower()])


def _is_same(origin: str, host: Authority | None) -> bool:
    found = _origin(origin)
    if found is None or host is None:
        return False
    usual = _PORTS[origin.partition("://")[0].lower()]
    return (found.host, found.port) == (host.host, host.port or usual)


def _is_visit(request: web.Request) -> bool:
    """Whether a person follows a link to here: nothing is changed, and the page linking here cannot read it."""
    said = [request.headers.get(f"Sec-Fetch-{name}") for name in ("Mode", "Dest")]
    return request.method in _SAFE and said == ["navigate", "document"]


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _read(text: str) -> Authority | None:
    try:
        return read_authority(text)
    except ValueError:
        return None
