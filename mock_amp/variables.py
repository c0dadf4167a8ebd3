"""Variables of the environment that look like settings and are none, since commands or platforms have set them."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from mock_amp.core.veils import visible
from mock_amp.settings import PREFIX, TABLE, near

_OF_OTHERS: Final = frozenset(
    {"SETTINGS", "URL", "SERVICE_URL", "ACCOUNT", "TOKEN", "CLIENT_CA", "INBOX_HOST", "COMPLETE"}
)
"""Of the commands that ask a server, and of the pytest plugin."""

_LINK: Final = re.compile(r"(?:tcp|udp|sctp)://")
_LINKED: Final = re.compile(
    r"(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)|NAME|ENV_\w+"
)
"""What else Kubernetes, and Docker by --link, set about a service of our name, or of one that begins with it."""


def links(variables: Mapping[str, str]) -> dict[str, str]:
    """Those that have the name of a setting but say where a service is, MOCK_AMP_PORT=tcp://10.0.0.1:8042 say."""
    ports = [each.variable for each in TABLE if each.name.endswith("port")]
    return {name: variables[name] for name in ports if _LINK.match(variables.get(name, ""))}


def without_links(variables: Mapping[str, str]) -> dict[str, str]:
    """The others: what a person may have set."""
    linked = links(variables)
    return {name: value for name, value in variables.items() if name not in linked}


def passed_over(variables: Mapping[str, str]) -> list[str]:
    """The links, each in a line for a person: they are not read as settings."""
    return [
        f"{name} is passed over: {visible(value)} is what Kubernetes or Docker say of a service, and no port"
        for name, value in links(variables).items()
    ]


def unknown_variables(variables: Iterable[str]) -> list[str]:
    """Variables that look like settings and are none: told, not refused, since platforms set such names too."""
    known = {setting.variable: setting.name for setting in TABLE}
    return [
        f"{visible(name)} is not a setting{near(name, known)}"
        for name in variables
        if name.startswith(PREFIX) and name not in known and not _is_of_others(name.removeprefix(PREFIX))
    ]


def _is_of_others(name: str) -> bool:
    return name in _OF_OTHERS or _LINKED.fullmatch(name) is not None
