"""The content types that the control plane takes: JSON, and YAML for scenarios. It takes none that a form can send."""

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
