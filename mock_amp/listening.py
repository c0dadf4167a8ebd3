"""Where a server listens: its doors, with TLS and without, and by whose certificates."""

import contextlib
import logging
import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from aiohttp import web

from mock_amp.adapters.clocks import SystemClock
from mock_amp.adapters.files import read_schema
from mock_amp.core.authority import read_name
from mock_amp.core.instants import SECOND, Instant
from mock_amp.settings import Settings
from mock_amp.web.app import build_app, build_control_plane, build_service
from mock_amp.web.arrivals import Arrival, Entrance
from mock_amp.web.crowd import Bounds, Crowd
from mock_amp.web.doors import Door, NotOpened, Place
from mock_amp.web.guard import Guard
from mock_amp.web.proxy import Asking, Hosts
from mock_amp.web.server import Runner
from mock_amp.web.services import Services

if TYPE_CHECKING:  # brings cryptography in, which a server without HTTPS need not
    from mock_amp.adapters.certificates import Authority

log = logging.getLogger(__name__)

SERVICE: Final = "rest.fortytwo.com"
"""The host of the real service, as it is written into applications."""

_NAMES: Final = (SERVICE, "localhost", "127.0.0.1", "::1")

_SOON: Final = timedelta(days=30)
"""So long before a CA ends there is a word about it at every start."""

_REQUEST_GRACE: Final = 0.2
"""Seconds that requests get when the server stops, after the posts in flight: the whole stop takes less than two."""


class StartFailed(Exception):
    """The server cannot start; the message is one line for a person."""


class Listening:
    """All doors of a server, and the CA of those with TLS. `authority` is there when there are such."""

    def __init__(self, settings: Settings, services: Services, authority: "Authority | None") -> None:
        """Raises StartFailed."""
        self._authority, self._elsewhere = authority, services.service
        self._service, self._control, runner = _plain_doors(settings, services)
        self._doors = list(dict.fromkeys((self._service, self._control)))
        self._entrance, self._tls, self._proxy = None, None, None
        if authority is None:
            if settings.tls_port_file or settings.proxy_port_file:
                raise StartFailed("tls-port-file means nothing without tls, nor proxy-port-file without proxy-port")
            return
        self._entrance = Entrance(services.crowd, _context(settings, authority))
        self._tls = _tls_door(settings, runner, self._entrance)
        self._doors.append(self._tls)
        if settings.proxy_port is not None:
            self._proxy = _proxy_door(settings, settings.proxy_port, runner, self._entrance)
            self._doors.append(self._proxy)
        elif settings.proxy_port_file:
            raise StartFailed("proxy-port-file means nothing without proxy-port")

    @property
    def port(self) -> int:
        return self._service.port

    @property
    def url(self) -> str:
        return self._service.url

    @property
    def admin_url(self) -> str:
        return self._control.url

    @property
    def tls_url(self) -> str | None:
        """By a name that the certificate has."""
        return self._tls.url if self._tls else None

    @property
    def proxy_url(self) -> str | None:
        return self._proxy.url if self._proxy else None

    @property
    def ca_path(self) -> str | None:
        path = self._authority and self._authority.path
        return os.path.abspath(path) if path else None

    def forget_ports(self) -> None:
        for door in self._doors:
            door.forget_port()

    async def open(self) -> None:
        """Begins to listen, and says so in the files. Raises StartFailed."""
        try:
            for door in self._doors:
                await door.open()
            if self._control is not self._service:
                self._elsewhere.port = self._service.port
            for door in self._doors:
                door.write_port()
        except NotOpened as error:
            raise StartFailed(str(error)) from error

    def stop_listening(self) -> None:
        for door in self._doors:
            door.forget_port()
            door.stop_listening()

    async def close(self) -> None:
        """Gives requests their moment."""
        for door in self._doors:
            await door.close()
        if self._entrance:
            await self._entrance.close()


def wants_tls(settings: Settings) -> bool:
    """Whether there is HTTPS: a proxy would lead nowhere without it."""
    return settings.tls or settings.proxy_port is not None


def find_authority(settings: Settings) -> "Authority":
    """The CA of these settings: the given one, or the one that is kept, or one in memory. Raises StartFailed."""
    from mock_amp.adapters import ca_folder, certificates

    now = SystemClock().now()
    try:
        if settings.tls_ca and settings.tls_ca_key:
            given = certificates.given_authority(settings.tls_ca, settings.tls_ca_key, now)
            return _lasting(given, now, "give a newer one by --tls-ca and --tls-ca-key")
        if settings.tls_ca or settings.tls_ca_key:
            raise StartFailed("tls-ca and tls-ca-key go together: the certificate of a CA, and its key")
        try:
            kept = ca_folder.kept_authority(settings.tls_dir, now)
            return _lasting(kept, now, ca_folder.another(ca_folder.place_of(settings.tls_dir)))
        except ca_folder.NotKept as error:
            if settings.tls_dir:
                raise StartFailed(str(error)) from None
            log.warning("%s; until the server stops there is one in memory: GET /__admin/certs/ca.pem", error)
            return certificates.passing_authority(now)
    except certificates.BadAuthority as error:
        raise StartFailed(str(error)) from None


def _lasting(authority: "Authority", now: Instant, advice: str) -> "Authority":
    """Says so when the CA ends soon. It is not renewed in silence: nobody would trust the new one."""
    if authority.ends - datetime.fromtimestamp(now // SECOND, UTC) < _SOON:
        log.warning("the CA ends on %s, and then no client takes it any more; %s", f"{authority.ends:%Y-%m-%d}", advice)
    return authority


def _plain_doors(settings: Settings, services: Services) -> tuple[Door, Door, Runner]:
    """That of the service and that of the control plane, which may be the same; and what runs the service."""
    guard, bodies = Guard(settings.admin_key, settings.allowed_host), read_schema("control-plane")

    def runner(app: web.Application) -> Runner:
        return Runner(app, services.journal, shutdown_timeout=_REQUEST_GRACE)

    place = Place(settings.host, settings.port, settings.port_file, "port")
    if settings.admin_port is None:
        if settings.admin_host or settings.admin_port_file:
            raise StartFailed("admin-host and admin-port-file mean nothing without admin-port")
        both = runner(build_app(services, bodies, guard))
        door = Door(both, place)
        return door, door, both
    own = Place(settings.admin_host or settings.host, settings.admin_port, settings.admin_port_file, "admin-port")
    service = runner(build_service(services))
    return Door(service, place), Door(runner(build_control_plane(services, bodies, guard)), own), service


def _context(settings: Settings, authority: "Authority") -> ssl.SSLContext:
    """What the server shows itself by, once a client has been tried on it. Raises StartFailed."""
    from mock_amp.adapters.certificates import BadAuthority

    own = _own_name(settings.host)
    try:
        context = authority.context((*_NAMES, *settings.tls_host, *([own] if own else [])), SystemClock().now())
    except BadAuthority as error:
        raise StartFailed(str(error)) from None
    doubt = authority.objection(context, SERVICE, strict=True)
    refusal = doubt and authority.objection(context, SERVICE, strict=False)
    if refusal:
        raise StartFailed(f"no client takes what the CA in {authority.path} issues: {refusal}")
    if doubt:
        log.warning("strict clients, such as Python 3.13, do not take the CA in %s: %s", authority.path, doubt)
    return context


def _own_name(host: str) -> str | None:
    """The host that is listened on as a certificate has it; None for all addresses. Raises StartFailed."""
    with contextlib.suppress(OSError):
        host = socket.inet_ntoa(socket.inet_aton(host))  # 0 and 127.1 are addresses where names are looked up
    with contextlib.suppress(ValueError):
        if ip_address(host).is_unspecified:
            return None
    try:
        return read_name(host.partition("%")[0])
    except ValueError as error:
        raise StartFailed(f"host: {error}") from None


def _tls_door(settings: Settings, runner: Runner, entrance: Entrance) -> Door:
    """To the service, with all that its own door leads to."""
    place = Place(settings.host, settings.tls_port, settings.tls_port_file, "tls-port")
    host = settings.host if _own_name(settings.host) else "localhost"
    shown = f"https://[{host}]" if ":" in host else f"https://{host}"
    return Door(runner, place, shown=shown, meets=lambda make: partial(Arrival, entrance, make))


def _proxy_door(settings: Settings, port: int, runner: Runner, entrance: Entrance) -> Door:
    place = Place(settings.host, port, settings.proxy_port_file, "proxy-port")
    hosts, longest = Hosts((SERVICE, *settings.tls_host)), settings.header_limit
    return Door(runner, place, meets=lambda make: partial(Asking, entrance, make, hosts, longest))


def crowd_of(settings: Settings) -> Crowd:
    """How many may be connected, for how long."""
    return Crowd(
        Bounds(
            connections=settings.max_connections,
            requests=settings.max_requests,
            patience=settings.client_timeout / SECOND,
            idle=settings.idle_timeout / SECOND,
        )
    )


def ca_of(settings: Settings) -> tuple[bytes, str | None]:
    """The CA that a server with these settings and HTTPS has, in PEM, and its file: None where there is no way to make
    one. Raises StartFailed.
    """
    from mock_amp.adapters import ca_folder, certificates

    try:
        if settings.tls_ca:
            return certificates.given_certificate(settings.tls_ca), os.path.abspath(settings.tls_ca)
        pem, path = ca_folder.kept_certificate(settings.tls_dir, SystemClock().now())
    except (certificates.BadAuthority, ca_folder.NotKept) as error:
        raise StartFailed(str(error)) from None
    return pem, os.path.abspath(path) if path else None
