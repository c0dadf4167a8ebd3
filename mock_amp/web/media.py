"""The content types of the control plane: JSON, and YAML for scenarios. It takes none that a form can send."""

import re
from collections.abc import Sequence
from email.message import Message as Header
from functools import lru_cache
from typing import Final

from aiohttp import web

from mock_amp.web.bodies import is_empty
from mock_amp.web.calls import Route
from mock_amp.web.texts import clean

JSON: Final = ("application/json",)
YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")

_FORM: Final = "application/x-www-form-urlencoded"
_QUALITY: Final = re.compile(r"[01](\.[0-9]{0,3})?")


class Unsupported(Exception):
    """A body is of a type that the call does not take; `expected` says what it does."""

    def __init__(self, text: str, expected: str) -> None:
        super().__init__(text)
        self.expected = expected


async def check_media(request: web.Request, route: Route) -> None:
    """Raises Unsupported for a body of another type than the call takes; no body at all has no type to be wrong."""
    if not request.body_exists or request.method in ("GET", "HEAD"):
        return
    types = request.headers.getall("Content-Type", ())
    if len(types) == 1 and _fits(types[0], yaml=route.yaml):
        return
    if await is_empty(request):
        return
    wanted = "application/json, or application/yaml for YAML" if route.yaml else "application/json"
    sent = clean(", ".join(types)) or "none"
    why = "; curl says that unless it is told otherwise" if sent.startswith(_FORM) else ""
    hint = "application/yaml" if route.yaml else "application/json"
    raise Unsupported(f"the content type is {sent}{why}: send -H 'Content-Type: {hint}'", f"{wanted}, in UTF-8")


def prefers(request: web.Request, types: Sequence[str]) -> bool:
    """Whether one of these types is accepted by its name, and rather than JSON by its name."""
    weights: dict[str, float] = {}
    for part in ",".join(request.headers.getall("Accept", ())).lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        weights[name] = max(weights.get(name, 0.0), min((_weight(each) for each in parameters), default=1.0))
    return max(weights.get(each, 0.0) for each in types) > max(weights.get(each, 0.0) for each in JSON)


def _weight(parameter: str) -> float:
    """What a parameter of an accepted type says of how much it is wanted; one that says nothing of it wants all."""
    name, _, value = parameter.partition("=")
    return float(value) if name.strip() == "q" and _QUALITY.fullmatch(value.strip()) else 1.0


@lru_cache(maxsize=256)
def _fits(content_type: str, *, yaml: bool) -> bool:
    header = Header()
    header["Content-Type"] = content_type
    try:
        found, charset = header.get_content_type(), str(header.get_param("charset", "utf-8")).lower()
    except (ValueError, TypeError):  # bytes and parameters that the reader cannot put together
        return False
    is_json = found in JSON or (found.startswith("application/") and found.endswith("+json"))
    return charset in ("utf-8", "utf8") and (is_json or (yaml and found in YAML))
