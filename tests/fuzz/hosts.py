"""What names a host: headers, settings and URLs of callbacks."""

import re
from collections.abc import Hashable
from types import SimpleNamespace
from typing import cast

from aiohttp import web
from multidict import CIMultiDict

from mock_amp.adapters.detours import Detours
from mock_amp.adapters.files import read_schema
from mock_amp.core.authority import read_authority, read_mapping, read_target
from mock_amp.web.guard import Guard
from tests.fuzz.target import Target


def authority() -> Target:
    def attempt(data: bytes) -> Hashable:
        text = data.decode("utf-8", "surrogateescape")
        kinds = []
        for read in (read_authority, read_mapping, read_target):
            try:
                kinds.append(type(read(text)).__name__)
            except ValueError:
                kinds.append("")
        if kinds[0]:
            found = read_authority(text)
            shown = f"[{found.host}]" if ":" in found.host else found.host
            assert read_authority(shown if found.port is None else f"{shown}:{found.port}") == found
        return tuple(kinds)

    seeds = (
        b"localhost:80",
        b"[::1]:8042",
        b"::ffff:10.0.0.1",
        b"10.0.0.0/8",
        b"a.b.test=c.test:8",
        b"*.a.test",
        b"::/0",
    )
    words = (b":", b"::", b".", b"..", b"*.", b"[", b"]", b"=", b"/", b"%1", b"0", b"65536", b"_", b"~", b"xn--")
    return Target(name="authority", seeds=seeds, words=words, attempt=attempt, largest=8_190)


def guard() -> Target:
    guards = (Guard(), Guard("key-of-the-door"), Guard(None, ("ci.test", "*")), Guard(None, ("ci.test:80",)))

    def attempt(data: bytes) -> Hashable:
        headers = CIMultiDict[str]()
        for line in data.decode("utf-8", "surrogateescape").split("\n")[:20]:
            name, _, value = line.partition(": ")
            if name and name.isascii() and name.isprintable():
                headers.add(name, value.replace("\r", ""))
        request = cast(
            "web.Request", SimpleNamespace(headers=headers, method="GET", raw_path="/__admin", scheme="http")
        )
        said = [each.refusal(request) for each in guards]
        foreign = [each.strip().lower() for each in headers.getall("Host", ())] == ["evil.test"]
        assert not (foreign and (said[0] is None or said[3] is None)), "a name that is not ours was let in"
        return tuple(each and each.status for each in said)

    seeds = (
        b"Host: localhost:8042", b"Host: evil.test", b"Host: ci.test\nOrigin: http://ci.test",
        b"Host: 127.0.0.1\nOrigin: http://127.0.0.1:80",
        b"Host: [::1]\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate",
        b"Host: a\nAuthorization: Bearer key-of-the-door\nX-Admin-Key: key",
    )  # fmt: skip
    words = (
        b"\n",
        b"Host: ",
        b"Origin: ",
        b"null",
        b"http://",
        b"https://",
        b":",
        b"::",
        b"[",
        b"]",
        b".localhost",
        b"@",
    )
    return Target(name="guard", seeds=seeds, words=words, attempt=attempt, largest=8_190)


def callback_urls() -> Target:
    said = re.compile(read_schema("im-request")["properties"]["callback_url"]["pattern"])
    ways = (Detours(()), Detours([read_mapping("localhost=host.test:81"), read_mapping("a.test:8080=[::1]")]))

    def attempt(data: bytes) -> Hashable:
        url = data.decode("utf-8", "replace")
        if not said.search(url):
            return None
        kinds = []
        for way in ways:
            try:
                goes = way.of(url)
                line = "".join([goes.url.raw_path_qs, goes.url.raw_host or "", *goes.headers.values()])
            except ValueError:  # the transport takes it for an outcome wherever it comes from
                kinds.append("refused")
                continue
            assert not any(each in line for each in "\r\n\0 "), "more than a line of a request can carry"
            assert goes.url.scheme in ("http", "https")
            kinds.append("mapped" if goes.headers else "straight")
        return tuple(kinds)

    seeds = (
        b"http://a.test:8080/x?y=1#z",
        b"https://user:pass@localhost/%41/%zz",
        b"http://[::1]:80/",
        b"HTTP://\xc3\xbc.test/\xc3\xa9",
    )
    words = (
        b"://",
        b"/",
        b"?",
        b"#",
        b"@",
        b":",
        b"[",
        b"]",
        b"%",
        b"%0d%0a",
        b"\\",
        b"..",
        b"xn--",
        b":99999",
        b"0x7f.1",
        b"\xe3\x80\x82",
        b"[v1.a]",
    )
    return Target(name="callback-url", seeds=seeds, words=words, attempt=attempt, largest=8_190)
