"""The page as a browser gets it: its files, and what comes with them. What is in them: unit/test_page_files.py."""

import gzip
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from tests.conformance.raw import ask
from tests.harness import Amp, Answer, running

FOLDER: Final = Path(__file__).resolve().parents[2] / "mock_amp" / "web" / "static"
FILES: Final = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
HOME: Final = "/__admin/ui/"
MEDIA: Final = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "webmanifest": "application/manifest+json; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "png": "image/png",
}
SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-cache",
}
POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: http: https:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
BROWSER: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.fixture
async def plain(server: Amp) -> AsyncIterator[Amp]:
    """A client that takes bodies as they come, and says of itself no more than it is told to."""
    skip = ["Accept", "Accept-Encoding", "User-Agent"]
    async with aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=skip) as session:
        yield Amp(server.url, session, server.token, server.account)


@dataclass(frozen=True, slots=True)
class Got:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def policy(self) -> dict[str, str]:
        parts = (each.strip().partition(" ") for each in self.headers["Content-Security-Policy"].split(";"))
        return {name: sources for name, _, sources in parts}


async def get(amp: Amp, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Got:
    async with amp.session.request(method, amp.url + path, headers=headers, allow_redirects=False) as answer:
        return Got(answer.status, answer.headers, await answer.read())


# ---- what is served


async def test_every_file_is_served_as_it_is(plain: Amp) -> None:
    for name in FILES:
        answer = await get(plain, HOME + name)

        assert answer.status == 200, name
        assert answer.body == (FOLDER / name).read_bytes(), name
        assert answer.headers["Content-Type"] == MEDIA[name.rpartition(".")[2]], name


async def test_the_page_is_at_its_home_and_at_the_root(plain: Amp) -> None:
    at_home, at_root = await get(plain, HOME), await get(plain, "/", {"Accept": BROWSER})

    assert at_home.body == at_root.body == (FOLDER / "index.html").read_bytes()


async def test_its_home_without_the_slash_leads_there(plain: Amp) -> None:
    answer = await get(plain, "/__admin/ui")

    assert (answer.status, answer.headers["Location"]) == (308, HOME)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (BROWSER, "text/html"),
        ("text/html", "text/html"),
        ("TEXT/HTML", "text/html"),
        ("text/html, */*", "text/html"),
        ("text/html, text/plain", "text/html"),
        ("text/plain;q=0.5, text/html;q=0.5", "text/html"),
        ("text/html;level=1;q=0.7, text/plain;q=0.3, */*", "text/html"),
        (None, "text/plain"),
        ("", "text/plain"),
        ("*/*", "text/plain"),
        ("text/*", "text/plain"),
        ("application/json", "text/plain"),
        ("text/html;q=0", "text/plain"),
        ("text/html;q=none", "text/plain"),
        ("text/html;q=0.5, */*", "text/plain"),
        ("text/html;q=0.5, text/*;q=0.6", "text/plain"),
        ("text/plain, text/html;q=0.9", "text/plain"),
    ],
)
async def test_the_root_is_the_page_for_who_prefers_html(plain: Amp, accept: str | None, media: str) -> None:
    """curl takes anything, and gets lines that it can show."""
    answer = await get(plain, "/", {} if accept is None else {"Accept": accept})

    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert "Accept" in answer.headers["Vary"].split(", ")


async def test_the_root_as_text_says_where_the_page_is(server: Amp) -> None:
    answer = await server.call("GET", "/")

    assert HOME in answer.body
    assert "GET /__admin " in answer.body


@pytest.mark.parametrize("path", [HOME, "/", *(HOME + name for name in FILES)])
async def test_head_says_what_get_says(plain: Amp, path: str) -> None:
    got, told = await get(plain, path), await get(plain, path, method="HEAD")

    assert told.body == b""
    assert {**told.headers, "Date": ""} == {**got.headers, "Date": ""}


@pytest.mark.parametrize(
    "name",
    [
        "nothing.js",
        "js",
        "js/",
        "INDEX.HTML",
        "index.html/",
        "../ui.py",
        "../../../pyproject.toml",
        "%2e%2e/ui.py",
        "..%2fui.py",
        "js/../../ui.py",
        "..\\ui.py",
        "/etc/passwd",
        "%00",
        "index.html%00.js",
        "%ff",
    ],
)
async def test_what_is_no_file_of_the_page_is_404(server: Amp, name: str) -> None:
    """Whoever asks names one of the files that were read at the start, so no path leads out of them."""
    answer = await ask(server, f"GET {HOME}{name} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    assert answer.status == 404
    assert b'"title":"Not found"' in answer.body
    assert b"import" not in answer.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", [HOME, HOME + "index.html", "/__admin/ui"])
async def test_the_page_can_only_be_read(server: Amp, path: str, method: str) -> None:
    answer = await server.call(method, path)

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


# ---- what comes with it


@pytest.mark.parametrize("path", ["/", "/__admin/ui", HOME, f"{HOME}nothing.js", *(HOME + name for name in FILES)])
async def test_a_browser_is_told_what_to_forbid_the_page(plain: Amp, path: str) -> None:
    answer = await get(plain, path, {"Accept": BROWSER})

    assert answer.policy == POLICY
    assert {name: answer.headers.get(name) for name in SAFE} == SAFE


async def test_a_file_that_the_browser_has_is_not_sent_again(plain: Amp) -> None:
    first = await get(plain, HOME)
    for known in (first.headers["ETag"], f"W/{first.headers['ETag']}", f'"other", {first.headers["ETag"]}', "*"):
        again = await get(plain, HOME, {"If-None-Match": known})

        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.policy == POLICY


async def test_a_file_that_the_browser_has_of_another_version_is_sent(plain: Amp) -> None:
    answer = await get(plain, HOME, {"If-None-Match": '"0123456789abcdef"'})

    assert (answer.status, answer.body) == (200, (FOLDER / "index.html").read_bytes())


@pytest.mark.parametrize("taken", ["gzip", "gzip, deflate, br, zstd", "GZIP;q=0.1", "*", "br, *;q=0.5"])
async def test_who_takes_gzip_gets_it(plain: Amp, taken: str) -> None:
    """With a tag of its own: a strong one stands for the bytes."""
    packed, bare = await get(plain, HOME, {"Accept-Encoding": taken}), await get(plain, HOME)

    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(packed.body) == bare.body
    assert packed.headers["ETag"] != bare.headers["ETag"]


@pytest.mark.parametrize("taken", ["", "identity", "br", "gzip;q=0", "gzip;q=0, *", "*;q=0"])
async def test_who_takes_no_gzip_gets_none(plain: Amp, taken: str) -> None:
    answer = await get(plain, HOME, {"Accept-Encoding": taken})

    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/clock"), ("GET", "/nowhere"), ("POST", "/clock"), ("PATCH", "/tokens/1")]
)
async def test_no_browser_keeps_an_answer_of_the_control_plane(server: Amp, method: str, path: str) -> None:
    """The page asks again, and means the state of now."""
    answer: Answer = await server.admin(method, path)

    assert answer.headers["Cache-Control"] == "no-store"


async def test_no_browser_keeps_a_refusal_of_the_guard() -> None:
    async with running(admin_key="k") as amp:
        answer = await amp.admin("GET", "/clock")

    assert (answer.status, answer.headers["Cache-Control"]) == (401, "no-store")


async def test_the_page_is_on_the_port_of_the_control_plane_only() -> None:
    async with running(admin_port=0) as amp:
        answer = await amp.call("GET", HOME, headers={"Accept": BROWSER})

    assert answer.status == 404
    assert "html" not in answer.headers["Content-Type"]
