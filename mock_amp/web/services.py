"""What the handlers work with, under one typed key of the application."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from mock_amp.core.model import Product
from mock_amp.engine.acting import Acting
from mock_amp.engine.certifying import Certifying
from mock_amp.engine.events import Events
from mock_amp.engine.expiry import Expiry
from mock_amp.engine.faults import Faults
from mock_amp.engine.forcing import Forcing
from mock_amp.engine.jobs import Jobs
from mock_amp.engine.journal import Journal
from mock_amp.engine.listing import Listing
from mock_amp.engine.metering import Health, Meter
from mock_amp.engine.opening import Opening
from mock_amp.engine.reading import Reading
from mock_amp.engine.recalling import Recalling
from mock_amp.engine.repeating import Repeating
from mock_amp.engine.resending import Resending
from mock_amp.engine.retention import Retention
from mock_amp.engine.sending import Sending
from mock_amp.engine.snapshots import Snapshots
from mock_amp.engine.steering import Steering
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.tokens import Tokens
from mock_amp.engine.twofactor import TwoFactor
from mock_amp.engine.waiting import Waiting
from mock_amp.engine.world import World
from mock_amp.web.crowd import Crowd
from mock_amp.web.room import Room


@dataclass(slots=True)
class Elsewhere:
    """Where the service listens when that is not where the control plane does."""

    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases, and what the rim itself needs: `body_limit` in bytes, `schemas` as they are published.

    `header_limit` is that of a line of a head, in bytes;
    `nesting_limit` is the number of levels of a JSON body.
    """

    world: World
    journal: Journal
    sending: Mapping[Product, Sending]
    two_factor: TwoFactor
    reading: Reading
    listing: Listing
    jobs: Jobs
    waiting: Waiting
    recalling: Recalling
    acting: Acting
    forcing: Forcing
    repeating: Repeating
    resending: Resending
    snapshots: Snapshots
    opening: Opening
    expiry: Expiry
    retention: Retention
    steering: Steering
    tokens: Tokens
    certifying: Certifying
    faults: Faults
    timeline: Timeline
    events: Events
    meter: Meter
    health: Health
    crowd: Crowd
    room: Room
    body_limit: int
    header_limit: int
    nesting_limit: int
    send_paths: tuple[str, ...]
    schemas: Mapping[str, bytes]
    rules: Callable[[], Sequence[Mapping[str, str]]]
    """The ledger of the wire contract, which is read when somebody asks for it."""
    ca: bytes | None = None
    """The CA to trust for HTTPS, in PEM; None where there is no HTTPS."""
    service: Elsewhere = field(default_factory=Elsewhere)


SERVICES = web.AppKey("services", Services)
