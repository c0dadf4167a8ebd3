"""Who is measured beside ours, at which version, and how each is set up: the table that a fair figure hangs on.

Each has one core and one process, as ours has, runs without an access log, and has what its own manual advises where
speed is wanted. Each matches method, path and body, and none looks at the token, which ours does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from benchmarks.peers import setups

Registry = Literal["npm", "pypi"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A server to measure. `packages` and their versions are what is installed, the first of them the peer itself."""

    key: str
    name: str
    registry: Registry
    packages: Mapping[str, str]
    set_up: Callable[[setups.Place], list[str]]
    """Writes what the server needs into its work folder; the command that starts it."""
    needs: Mapping[str, int] = field(default_factory=dict)
    """Programs that have to be on the machine, and the lowest major version of each."""
    gives: str
    """What its answer is made of."""
    echoes: bool = True
    """Whether its answer names the number that was asked for; Prism's is an example and names its own."""
    warm_up: float = 3.0
    """Seconds of load before anything counts. A JVM compiles for long, the more so on one core."""

    @property
    def version(self) -> str:
        return next(iter(self.packages.values()))


_NODE: Final = {"node": 20, "npm": 9}
_JAVA: Final = {"java": 17, "npm": 9}

PEERS: Final = (
    Peer(
        key="fastapi",
        name="FastAPI stub",
        registry="pypi",
        packages={
            "fastapi": "0.165.0",
            "uvicorn": "0.54.0",
            "pydantic": "2.14.3",
            "uvloop": "0.23.0",
            "httptools": "0.9.0",
        },
        set_up=setups.fastapi,
        gives="pydantic models",
    ),
    Peer(
        key="prism",
        name="Prism",
        registry="npm",
        packages={"@stoplight/prism-cli": "5.14.2"},  # the last that runs on Node 20
        set_up=setups.prism,
        needs=_NODE,
        gives="the example of the OpenAPI document",
        echoes=False,
    ),
    Peer(
        key="wiremock",
        name="WireMock",
        registry="npm",
        packages={"wiremock": "3.13.2"},  # the package carries the jar
        set_up=setups.wiremock,
        needs=_JAVA,
        gives="a response template",
        warm_up=8.0,
    ),
    Peer(
        key="mockserver",
        name="MockServer",
        registry="npm",
        packages={"mockserver-node": "8.0.0"},  # the package carries the jar
        set_up=setups.mockserver,
        needs=_JAVA,
        gives="a response template",
        warm_up=8.0,
    ),
    Peer(
        key="mockoon",
        name="Mockoon",
        registry="npm",
        packages={"@mockoon/cli": "9.9.0"},
        set_up=setups.mockoon,
        needs=_NODE,
        gives="a response template",
    ),
    Peer(
        key="mountebank",
        name="mountebank",
        registry="npm",
        packages={"mountebank": "2.9.1"},
        set_up=setups.mountebank,
        needs=_NODE,
        gives="parts copied from the request",
    ),
)
BY_KEY: Final[Mapping[str, Peer]] = MappingProxyType({each.key: each for each in PEERS})
STUB: Final = "fastapi"
"""The peer that has a target of its own."""
