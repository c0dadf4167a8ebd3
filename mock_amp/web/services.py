"""What the handlers work with, under one typed key of the application."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from mock_amp.core.model import Product
from mock_amp.engine.acting import Acting
from mock_amp.engine.faults import Faults
from mock_amp.engine.journal import Journal
from mock_amp.engine.reading import Reading
from mock_amp.engine.sending import Sending
from mock_amp.engine.steering import Steering
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.tokens import Tokens
from mock_amp.engine.twofactor import TwoFactor
from mock_amp.engine.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases, and what the rim itself needs: `body_limit` in bytes, `schemas` as they are published."""

    world: World
    journal: Journal
    sending: Mapping[Product, Sending]
    two_factor: TwoFactor
    reading: Reading
    acting: Acting
    steering: Steering
    tokens: Tokens
    faults: Faults
    timeline: Timeline
    body_limit: int
    send_paths: tuple[str, ...]
    schemas: Mapping[str, bytes]


SERVICES = web.AppKey("services", Services)
