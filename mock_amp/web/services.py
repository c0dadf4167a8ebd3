"""What the handlers work with, under one typed key of the application."""

from dataclasses import dataclass

from aiohttp import web

from mock_amp.engine.journal import Journal
from mock_amp.engine.reading import Reading
from mock_amp.engine.sending import Sending
from mock_amp.engine.steering import Steering
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases, and what of the settings the rim itself needs. `body_limit` in bytes."""

    world: World
    journal: Journal
    sending: Sending
    reading: Reading
    steering: Steering
    timeline: Timeline
    body_limit: int
    send_paths: tuple[str, ...]


SERVICES = web.AppKey("services", Services)
