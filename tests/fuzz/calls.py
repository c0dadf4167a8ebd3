"""Whole requests, as bytes: to the service on both its ways, to the control plane, and snapshots to take over."""

import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from zlib import crc32

import orjson

from mock_amp.adapters.files import read_schema
from mock_amp.core.listed import What
from mock_amp.core.records import Page
from mock_amp.core.wanting import Wanted
from mock_amp.settings import DEFAULT_TOKEN
from mock_amp.web.admin import ROUTES
from tests.fuzz.requests import CODES, SENDS
from tests.fuzz.target import Target
from tests.fuzz.wires import Failures, Home, Loop, listening, own_loop

_LIFE = 2_000
"""Inputs that a server lives through, so that what it holds stays bounded and a finding can be made again."""


def request(method: str, target: str, body: bytes = b"", *more: str) -> bytes:
    length = (f"Content-Length: {len(body)}",) if body else ()
    usual = ("Host: localhost", f"Authorization: Token {DEFAULT_TOKEN}", "Content-Type: application/json", *length)
    return "\r\n".join([f"{method} {target} HTTP/1.1", *usual, *more, "", ""]).encode() + body


def measured(data: bytes) -> bytes:
    """Every other input with the length of its body told right, or few would ever be understood."""
    head, ended, body = data.partition(b"\r\n\r\n")
    if not ended or crc32(data) & 1:
        return data
    return re.sub(rb"(?i)(content-length: )[0-9]*", rb"\g<1>%d" % len(body), head, count=1) + ended + body


def answers(heard: bytes) -> list[tuple[int, bytes]]:
    """Status and body of each answer; what streams is the last."""
    found = []
    while heard:
        head, _, rest = heard.partition(b"\r\n\r\n")
        status = re.match(rb"HTTP/[0-9.]+ ([0-9]{3}) ", head)
        assert status, f"that is no answer: {heard[:100]!r}"
        if status[1] == b"100":
            heard = rest
            continue
        length = re.search(rb"(?im)^Content-Length: ([0-9]+)\r?$", head)
        size = int(length[1]) if length else len(rest)
        if rest.startswith(b"HTTP/") or not rest:  # the answer to a HEAD
            size = 0
        found.append((int(status[1]), rest[:size]))
        if size and b"application/json" in head.lower():
            orjson.loads(rest[:size])
        heard = rest[size:]
    return found


class _Homes:
    """Servers that are made anew after so many inputs."""

    def __init__(self, make: Callable[[], tuple[Home, ...]], failures: Failures) -> None:
        self._make, self._failures = make, failures
        self._homes, self._age = make(), 0

    def __call__(self) -> tuple[Home, ...]:
        self._failures.told.clear()
        self._age += 1
        if self._age > _LIFE:
            self.close()
            self._homes, self._age = self._make(), 0
        return self._homes

    def renew(self) -> None:
        self._age = _LIFE

    def close(self) -> None:
        for home in self._homes:
            home.close()


@contextmanager
def _homes(make: Callable[[Loop], tuple[Home, ...]]) -> Iterator[tuple[_Homes, Failures]]:
    with ExitStack() as stack:
        loop, failures = stack.enter_context(own_loop()), stack.enter_context(listening())
        homes = _Homes(lambda: make(loop), failures)
        stack.callback(homes.close)
        yield homes, failures


@contextmanager
def both_ways() -> Iterator[Target]:
    """The short way and the long one answer byte for byte the same, whatever comes, and in whatever parts."""

    def make(loop: Loop) -> tuple[Home, ...]:
        return Home(loop, service_alone=True), Home(loop, service_alone=True, express=False)

    with _homes(make) as (homes, failures):

        def attempt(data: bytes) -> Hashable:
            here, there = homes()
            data = measured(data)
            try:
                cut = crc32(data) % (2 * len(data) + 1)
                heard = here.say(data, cut)
                assert heard == there.say(data, cut), "the two ways differ"
                assert journal(here) == journal(there), "the two journals differ"
            except BaseException:
                homes.renew()
                raise
            failures.check()
            found = answers(heard)
            assert all(status < 500 for status, _ in found), found
            return tuple(status for status, _ in found), frozenset(re.findall(rb"[A-Z]-[0-9]+", heard))

        def journal(home: Home) -> object:
            return home.loop.run_until_complete(_journal(home))

        sent = [request("POST", "/1/im", each) for each in SENDS] + [request("POST", "/1/sms", SENDS[0])]
        sent += [request("POST", "/1/2fa", each) for each in CODES] + [request("POST", "/1/2fa/login/123456")]
        sent += [request("GET", "/1/im/status/17672256000000014003"), request("GET", "/1/im/status/1")]
        sent += [sent[0] + sent[-1], request("POST", "/1/im", SENDS[0], "Expect: 100-continue")]
        sent += [request("POST", "/1/im", b"", "Transfer-Encoding: chunked") + b"4d\r\n" + SENDS[0] + b"\r\n0\r\n\r\n"]
        words = (
            b"\r\n", b"\r\n\r\n", b"\n", b": ", b" HTTP/1.0", b"/1/im", b"/1/im/status/", b"?a=b", b"%2f", b"//", b"..",
            b"\r\nConnection: close", b"\r\nContent-Length: 0", b"\r\nTransfer-Encoding: chunked",
            b"\r\nExpect: 100-continue",
            b"\r\nContent-Encoding: gzip", b"\r\nAuthorization: Token x", b"Token ", b"HEAD", b"OPTIONS", b"GET ",
            b"PUT ",
            b"\r\nContent-Type: text/plain", b"; charset=utf-8", b"; charset=latin-1", b"\r\n x", b"0\r\n\r\n",
            b"\xe9", b"\x00",
        )  # fmt: skip
        yield Target(name="both-ways", seeds=sent, words=words, attempt=attempt)


async def _journal(home: Home) -> object:
    """The newest lines."""
    listing = home.server.services.listing
    total = (await listing.page("default", Wanted(what=What.REQUESTS), Page(limit=1), total=True))["total"]
    return total, await listing.page("default", Wanted(what=What.REQUESTS), Page(after=max(0, total - 3), limit=10))


@contextmanager
def control_plane() -> Iterator[Target]:
    """Whatever is asked of the control plane, it is never at a loss; and to look changes nothing."""

    def make(loop: Loop) -> tuple[Home, ...]:
        home = Home(loop)
        for each in SENDS[:2]:
            home.say(request("POST", "/1/im", each))
        home.say(request("POST", "/__admin/clock/advance", b'{"by": "1500ms"}'))
        home.say(request("GET", "/__admin/messages?limit=1"))
        return (home,)

    with _homes(make) as (homes, failures):

        def attempt(data: bytes) -> Hashable:
            (home,) = homes()
            data = measured(data)
            try:
                heard = home.say(data)
                failures.check()
                found = answers(heard)
                assert all(status < 500 for status, _ in found), found
                if (
                    found[:1]
                    and found[0][0] == 200
                    and data.startswith(b"GET ")
                    and data.count(b"HTTP/1.") == 1
                    and b"/metrics" not in data
                ):
                    assert home.say(data) == heard, "who looks twice sees something else"
            except BaseException:
                homes.renew()
                raise
            return tuple(status for status, _ in found), re.sub(rb"[0-9]+", b"", heard.partition(b'"detail":')[2][:40])

        words = (
            b"?", b"&", b"=", b"limit=", b"cursor=", b"since=", b"total=true", b"%00", b"%ff", b"status=SEEN",
            b"to=", b"kinds=",
            b"/__admin", b"/accounts/", b"default", b"17672256000000014003", b"/messages", b"/callbacks",
            b"/requests", b"\r\n",
            b"\r\nLast-Event-ID: 0", b"last_event_id=", b"until", b'"by":', b'"to":', b"2026-01-01T00:00:00Z",
            b"5m", b"idle",
            b"\r\nContent-Type: application/yaml", b"\r\nOrigin: http://a", b"-0", b"9" * 18, b"9" * 19,
            b"timeline.status=",
        )  # fmt: skip
        yield Target(name="control-plane", seeds=_calls(), words=words, attempt=attempt, largest=8_192)


def _calls() -> list[bytes]:
    """Every call of the control plane that ends by itself, with the examples of its body."""
    bodies, found = read_schema("control-plane")["$defs"], []
    for route in ROUTES:
        if "/certify" in route.path or (route.method, route.path) == ("PUT", "/snapshot"):
            continue
        path = route.paths[-1].replace("{account}", "default").replace("{id}", "17672256000000014003")
        for method_body in bodies[route.takes].get("examples", [{}]) if route.takes else [None]:
            body = b"" if method_body is None else orjson.dumps(method_body)
            found.append(request(route.method, re.sub(r"\{\w+\}", "1", path), body))
    lists = ("messages", "callbacks", "reports", "replies", "requests")
    queries = (
        "?limit=1&cursor=1",
        "?total=true&since=1",
        "?status=DELIVRD&to=35699000001",
        "?body.data.status=SEEN&at=",
    )
    found += [request("GET", f"/__admin/{name}{query}") for name in lists for query in queries]
    found += [request("GET", "/__admin/events?kinds=status&last_event_id=0", b"", "Last-Event-ID: x-1")]
    return found


@contextmanager
def snapshots() -> Iterator[Target]:
    """What is taken over can be asked about and lived through; what is not changes nothing."""

    def make(loop: Loop) -> tuple[Home, ...]:
        return (Home(loop),)

    with _homes(make) as (homes, failures):

        def attempt(data: bytes) -> Hashable:
            (home,) = homes()
            try:
                return taken(home, data)
            except BaseException:
                homes.renew()
                raise

        def taken(home: Home, data: bytes) -> Hashable:
            before = home.say(request("GET", "/__admin/snapshot"))
            ((status, said),) = answers(home.say(request("PUT", "/__admin/snapshot", data)))
            failures.check()
            assert status in (200, 400, 409, 413), (status, said)
            if status != 200:
                assert home.say(request("GET", "/__admin/snapshot")) == before, "it was refused, and changed something"
                return status, re.sub(rb"[0-9]+", b"", said[:120])
            for _ in range(2):
                for path in (
                    "messages",
                    "callbacks",
                    "reports",
                    "replies",
                    "requests?total=true",
                    "agenda",
                    "snapshot",
                ):
                    ((found, shown),) = answers(home.say(request("GET", f"/__admin/{path}")))
                    failures.check()
                    assert found == 200, (path, shown)
                home.say(request("POST", "/__admin/clock/advance", b'{"until": "next"}'))
                failures.check()
            return status

        lived = Home(homes()[0].loop)
        try:
            seeds = [_snapshot(lived)]
            for each in SENDS:
                lived.say(request("POST", "/1/im", each))
            seeds.append(_snapshot(lived))
            lived.say(request("POST", "/1/2fa", CODES[0]))
            lived.say(request("POST", "/__admin/clock/advance", b'{"by": "1500ms"}'))
            seeds.append(_snapshot(lived))
        finally:
            lived.close()
        words = (b"null", b"-1", b"[]", b"{}", b'""', b"9" * 18, b'"tables"', b'"rows"', b'"columns"', b'"clock"')
        yield Target(name="snapshot", seeds=seeds, words=words, attempt=attempt, largest=65_536, json=True)


def _snapshot(home: Home) -> bytes:
    ((status, body),) = answers(home.say(request("GET", "/__admin/snapshot")))
    assert status == 200
    return body
