"""The page: its files out of the package, read once, and what a browser is told to forbid it.

Nothing here knows a message or an account: all that the page shows, it asks the control plane for. So its files are no
secret and come without the key; by which key the page may ask, its reader tells it.
"""

import functools
import gzip
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from aiohttp import web

from mock_amp.web.problems import say_problem
from mock_amp.web.texts import clean

HOME: Final = "/__admin/ui/"

_INDEX: Final = "index.html"
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # Any host: the images that messages name. The page loads one only when its reader clicks for it.
        "img-src 'self' data: http: https:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_SAFE: Final = MappingProxyType(
    {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-cache",
    }
)
_MEDIA: Final = MappingProxyType(
    {
        "html": "text/html; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml; charset=utf-8",
        "webmanifest": "application/manifest+json; charset=utf-8",
        "json": "application/json; charset=utf-8",
        "png": "image/png",
    }
)
"""By the ending. Not by what the system thinks it is: on Windows a registry may call JavaScript plain text. What has
another ending, an editor's leftovers say, is no file of the page."""

_HELLO: Final = """mock-amp: an account of the Advanced Messaging Platform in a box.

The service:       POST /1/im, GET /1/im/status/{message_id}, POST /1/sms,
                   POST /1/2fa, POST /1/2fa/{client_ref}/{code}
The control plane: GET /__admin lists its calls
The page:          open this address, or /__admin/ui/ below it, in a browser
"""

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class _Form:
    """A file as it is sent, with the header fields that tell of it."""

    body: bytes
    tag: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _File:
    plain: _Form
    packed: _Form


def page_methods(path: str) -> frozenset[str]:
    """The methods that a path of the page takes; none if it is no path of the page."""
    return frozenset({"GET", "HEAD"} if f"{path}/".startswith(HOME) else ())


def add_page(router: web.UrlDispatcher, guarded: Callable[[_Handler], _Handler]) -> None:
    """The routes of the page and of `/`; `guarded` is the handler for those who may have it."""
    page_files()  # now, so that no request waits for the disk
    router.add_get("/", guarded(_answer_root))
    router.add_get(HOME.removesuffix("/"), guarded(_lead_home))
    router.add_get(f"{HOME}{{file:.*}}", guarded(_answer_file))


async def _answer_root(request: web.Request) -> web.Response:
    """The page for who would rather read HTML; a few lines of text for all others, curl say."""
    if prefers_html(request.headers.getall("Accept", ())):
        answer = _say(request, page_files()[_INDEX])
    else:
        answer = web.Response(text=_HELLO, headers=_SAFE)
    answer.headers["Vary"] = ", ".join(filter(None, (answer.headers.get("Vary"), "Accept")))
    return answer


async def _lead_home(_request: web.Request) -> web.Response:
    return web.Response(status=308, headers={**_SAFE, "Location": HOME})


async def _answer_file(request: web.Request) -> web.Response:
    name = request.match_info["file"] or _INDEX
    found = page_files().get(name)
    if found is not None:
        return _say(request, found)
    answer = say_problem(404, "Not found", f"the page has no file {clean(name)[:200]}; it is at {HOME}")
    answer.headers.update(_SAFE)
    return answer


def _say(request: web.Request, file: _File) -> web.Response:
    form = file.packed if takes_gzip(request.headers.getall("Accept-Encoding", ())) else file.plain
    if any(each.value in (form.tag, "*") for each in request.if_none_match or ()):
        return web.Response(status=304, headers={**_SAFE, "ETag": form.headers["ETag"], "Vary": form.headers["Vary"]})
    return web.Response(body=form.body, headers={**_SAFE, **form.headers})


@functools.cache  # the package is the same for all servers of a process
def page_files() -> Mapping[str, _File]:
    """All files of the page by their path in `static/`; whoever asks names one of these, so no path leads elsewhere."""
    folder = resources.files("mock_amp.web").joinpath("static")
    return MappingProxyType({name: _read(name, text) for name, text in _walk(folder, "")})


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _walk(each, f"{path}{each.name}/")
        elif _ending(each.name) in _MEDIA:
            yield path + each.name, each.read_bytes()


def _read(name: str, body: bytes) -> _File:
    """The two forms have tags of their own: a strong tag stands for bytes (RFC 9110, 8.8.3.3)."""
    tag = hashlib.sha256(body).hexdigest()[:32]
    told = {"Content-Type": _MEDIA[_ending(name)], "Vary": "Accept-Encoding"}
    packed = {**told, "ETag": f'"{tag}-gzip"', "Content-Encoding": "gzip"}
    return _File(
        plain=_Form(body, tag, {**told, "ETag": f'"{tag}"'}),
        packed=_Form(gzip.compress(body, mtime=0), f"{tag}-gzip", packed),
    )


def _ending(name: str) -> str:
    return name.rpartition(".")[2]


def prefers_html(accept: Sequence[str]) -> bool:
    """Whether header fields `Accept` name text/html, and none of plain text before it."""
    said = _weights(accept)
    html = said.get("text/html", 0.0)
    return html > 0 and html >= _first(said, "text/plain", "text/*", "*/*")


def takes_gzip(accept_encoding: Sequence[str]) -> bool:
    """Whether header fields `Accept-Encoding` take gzip, by name or by the star."""
    return _first(_weights(accept_encoding), "gzip", "*") > 0


def _first(said: Mapping[str, float], *names: str) -> float:
    """The weight of the first of the names that is said; a more exact one comes first (RFC 9110, 12.5.1)."""
    return next((said[name] for name in names if name in said), 0.0)


def _weights(fields: Sequence[str]) -> dict[str, float]:
    """What an Accept field of any kind names, in lower case, with its `q`; a `q` that is no number is none at all."""
    found = {}
    for each in ",".join(fields).split(","):
        name, *parameters = (part.strip().lower() for part in each.split(";"))
        weights = [part.partition("=")[2] for part in parameters if part.startswith("q=")]
        found[name] = _weight(weights[0]) if weights else 1.0
    return found


def _weight(text: str) -> float:
    whole = text.replace(".", "", 1)
    return float(text) if whole.isascii() and whole.isdigit() else 0.0
