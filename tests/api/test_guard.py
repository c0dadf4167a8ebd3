"""Who may call the control plane, and by which name (D20)."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import pytest

from mock_amp.web.admin import ROUTES
from tests.conformance.raw import RawAnswer, ask
from tests.harness import Amp, Answer, running, settings

KEY: Final = "k3y!of-the-harbour"
KEYED: Final = [("GET", "/__admin/nowhere"), *((each.method, each.paths[-1]) for each in ROUTES)]
PAGE: Final = [("GET", "/"), ("GET", "/__admin/ui"), ("GET", "/__admin/ui/"), ("GET", "/__admin/ui/nothing.js")]
GUARDED: Final = [*PAGE, *KEYED]
"""Everything that is not the emulated service, health or metrics; those have a test of their own."""


@pytest.fixture
async def locked() -> AsyncIterator[Amp]:
    """A server whose control plane wants a key."""
    async with running(admin_key=KEY) as amp:
        yield amp


async def asked(amp: Amp, headers: Mapping[str, str], path: str = "/__admin/clock", method: str = "GET") -> Answer:
    return await amp.call(method, path, headers=headers)


async def asked_raw(amp: Amp, *lines: str, target: str = "/__admin/clock", version: str = "1.1") -> RawAnswer:
    """The answer to a GET with just these header lines."""
    return await ask(amp, "\r\n".join([f"GET {target} HTTP/{version}", *lines, "", ""]).encode())


def problem(answer: Answer) -> tuple[int, str]:
    """The status of a problem, and that it is one."""
    assert answer.body["status"] == answer.status
    return answer.status, answer.headers["Content-Type"]


REFUSED: Final = (403, "application/problem+json")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8042",
        "LOCALHOST",
        "localhost.",
        "amp.localhost:1",
        "127.0.0.1",
        "127.0.0.1:8042",
        "192.168.1.5:8042",
        "[::1]",
        "[::1]:8042",
        "[2001:db8::1]",
    ],
)
async def test_a_loopback_name_or_an_address_may_be_called(server: Amp, host: str) -> None:
    """D20: no name of these can be rebound by another site."""
    assert (await asked(server, {"Host": host})).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8042",
        "localhost.evil.example",
        "notlocalhost",
        "127.0.0.1.evil.example",
        "127.1",
        "2130706433",
        "mock-amp",
    ],
)
async def test_any_other_name_is_refused_and_told_which_setting_helps(server: Amp, host: str) -> None:
    """D20: a page that lets its own name lead here gets nothing (DNS rebinding)."""
    answer = await asked(server, {"Host": host})

    assert problem(answer) == REFUSED
    assert f"--allowed-host {host.split(':')[0]}" in answer.body["detail"]
    assert "--admin-key" in answer.body["detail"]


@pytest.mark.parametrize("lines", [(), ("Host:",), ("Host: a b",), ("Host: user@localhost",), ("Host: localhost:x",)])
async def test_a_host_that_is_none_is_400(server: Amp, lines: tuple[str, ...]) -> None:
    """D20: HTTP/1.0 may leave it out, and then nobody knows."""
    answer = await asked_raw(server, *lines, version="1.0")

    assert answer.status == 400


async def test_two_hosts_are_400(server: Amp) -> None:
    """D20: the second one could be what the first is not."""
    answer = await asked_raw(server, "Host: localhost", "Host: evil.example")

    assert answer.status == 400


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_the_guard_stands_before_every_call(server: Amp, method: str, path: str) -> None:
    """D20: the page, unknown paths and every row of the table; nothing is done."""
    answer = await asked(server, {"Host": "evil.example"}, path, method)

    assert problem(answer) == REFUSED


@pytest.mark.parametrize("path", ["/%5f_admin/clock", "/__admin%2fclock", "//__admin/clock", "/__admin/./clock"])
async def test_another_spelling_of_a_path_is_no_way_round(server: Amp, path: str) -> None:
    """D20: it is guarded, or it is a path of the service that does not exist."""
    answer = await asked_raw(server, "Host: evil.example", target=path)

    assert answer.status in (403, 404)
    assert b'"mode"' not in answer.body


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_health_is_open_to_all(locked: Amp, path: str) -> None:
    """D20: probes know neither names nor keys."""
    answer = await asked(locked, {"Host": "evil.example", "Origin": "null", "Sec-Fetch-Site": "cross-site"}, path)

    assert answer.status == 200


async def test_the_emulated_service_never_looks_at_where_a_request_comes_from(locked: Amp) -> None:
    """D20: the real one does not either."""
    headers = {"Host": "evil.example", "Origin": "http://evil.example:1", "Sec-Fetch-Site": "cross-site"}
    body = {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hi"}}
    answer = await locked.call(
        "POST", "/1/im", json=body, headers={**headers, "Authorization": f"Token {locked.token}"}
    )

    assert answer.status == 200


@pytest.mark.parametrize(
    ("allowed", "host", "status"),
    [
        ("mock-amp", "mock-amp", 200),
        ("mock-amp", "Mock-Amp:8042", 200),
        ("mock-amp:8042", "mock-amp:8042", 200),
        ("mock-amp:8042", "mock-amp:1", 403),
        ("mock-amp", "amp.mock-amp", 403),
        ("*", "evil.example", 200),
    ],
)
async def test_a_host_that_is_allowed_may_be_called(allowed: str, host: str, status: int) -> None:
    """D20: with or without its port; `*` allows all names."""
    async with running(allowed_host=[allowed]) as amp:
        assert (await asked(amp, {"Host": host})).status == status


async def test_more_hosts_than_one_may_be_allowed() -> None:
    """D20: --allowed-host may be repeated."""
    async with running(allowed_host=["mock-amp", "rest.fortytwo.com"]) as amp:
        statuses = [(await asked(amp, {"Host": host})).status for host in ("mock-amp", "rest.fortytwo.com")]

    assert statuses == [200, 200]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer  {KEY}"},
        {"X-Admin-Key": KEY},
        {"X-Admin-Key": KEY, "Authorization": "Token 42"},
        {"X-Admin-Key": KEY, "Host": "anything.example"},
    ],
)
async def test_whoever_brings_the_key_may_call(locked: Amp, headers: dict[str, str]) -> None:
    """D20: by either header, and by whatever name."""
    assert (await asked(locked, headers)).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Admin-Key": ""},
        {"X-Admin-Key": KEY[:-1]},
        {"X-Admin-Key": KEY + "x"},
        {"X-Admin-Key": "Gr\u00fc\u00dfe"},
        {"Authorization": KEY},
        {"Authorization": f"Token {KEY}"},
        {"Authorization": "Bearer"},
    ],
)
async def test_without_the_key_a_call_is_401_and_told_how(locked: Amp, headers: dict[str, str]) -> None:
    """D20, RFC 9110: the answer has WWW-Authenticate, and never the key."""
    answer = await asked(locked, headers)

    assert problem(answer) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Authorization: Bearer KEY" in answer.body["detail"]
    assert KEY not in answer.raw.decode()


@pytest.mark.parametrize(("method", "path"), KEYED)
async def test_the_key_is_wanted_by_every_call(locked: Amp, method: str, path: str) -> None:
    """D20: nothing of the control plane is open."""
    assert (await asked(locked, {}, path, method)).status == 401


@pytest.mark.parametrize(("method", "path"), PAGE)
async def test_the_page_comes_without_the_key_and_asks_for_it(locked: Amp, method: str, path: str) -> None:
    """D20: a browser that opens it has none yet; there is nothing in it that is not in the package."""
    answer = await asked(locked, {}, path, method)

    assert answer.status == (404 if path.endswith(".js") else 200)
    assert KEY not in answer.raw.decode()


@pytest.mark.parametrize(("method", "path"), PAGE)
async def test_the_page_is_for_no_other_site_with_a_key_either(locked: Amp, method: str, path: str) -> None:
    """D20: it has no key to bring, and is held off as any call is."""
    assert problem(await asked(locked, {"Origin": "http://evil.example"}, path, method)) == REFUSED


async def test_what_the_page_does_not_take_wants_the_key(locked: Amp) -> None:
    """D20: only reading it is open."""
    statuses = [(await asked(locked, headers, "/__admin/ui/", "POST")).status for headers in ({}, {"X-Admin-Key": KEY})]

    assert statuses == [401, 405]


async def test_the_key_is_in_no_log_and_no_settings(locked: Amp, caplog: pytest.LogCaptureFixture) -> None:
    """D20: a key that is written down is no key."""
    caplog.set_level("DEBUG")
    for headers in ({"X-Admin-Key": KEY}, {"X-Admin-Key": KEY + "x"}, {"Authorization": f"Bearer {KEY}"}):
        await asked(locked, headers)
        await asked(locked, headers, "/1/im", "POST")
    journal = await asked(locked, {"X-Admin-Key": KEY}, "/__admin/requests")

    assert KEY not in caplog.text
    assert KEY not in journal.raw.decode()
    assert KEY not in repr(settings(admin_key=KEY))


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:3000",
        "null",
        "file://",
        "http://",
        "chrome-extension://{host}",
        "http://{host}/path",
        "http://127.0.0.1",
    ],
)
async def test_a_page_of_another_site_is_refused(server: Amp, origin: str, method: str) -> None:
    """D20: its Origin is not the host of the request; reading is refused too, since a stream could be read."""
    host = server.url.removeprefix("http://")
    answer = await asked(server, {"Origin": origin.format(host=host)}, "/__admin/clock", method)

    assert problem(answer) == REFUSED


async def test_two_origins_are_refused(server: Amp) -> None:
    """D20: no browser sends them."""
    host = server.url.removeprefix("http://")
    answer = await asked_raw(server, f"Host: {host}", f"Origin: http://{host}", "Origin: http://evil.example")

    assert answer.status == 403


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8042", "http://localhost:8042"),
        ("LocalHost:8042", "http://localhost:8042"),
        ("localhost", "http://localhost"),
        ("localhost", "http://localhost:80"),
        ("localhost:443", "https://localhost"),
        ("localhost:8042", "https://localhost:8042"),
        ("[::1]:8042", "http://[::1]:8042"),
    ],
)
async def test_the_page_of_this_server_may_call(server: Amp, host: str, origin: str) -> None:
    """D20: Origin and Host are the same."""
    assert (await asked(server, {"Host": host, "Origin": origin, "Sec-Fetch-Site": "same-origin"})).status == 200


async def test_a_page_of_a_host_that_is_allowed_may_call() -> None:
    """D20: named by --allowed-host; a star names none, or any page of the world could call."""
    headers = {"Origin": "http://dashboard.example:3000", "Sec-Fetch-Site": "cross-site"}
    for allowed, status in (
        ("dashboard.example", 200),
        ("dashboard.example:3000", 200),
        ("dashboard.example:1", 403),
        ("*", 403),
    ):
        async with running(allowed_host=[allowed]) as amp:
            assert (await asked(amp, headers)).status == status


async def test_a_page_of_another_site_is_refused_with_the_key_too(locked: Amp) -> None:
    """D20: whoever has the key calls from where it is kept, not from a page."""
    assert problem(await asked(locked, {"X-Admin-Key": KEY, "Origin": "http://evil.example"})) == REFUSED


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
    ],
)
async def test_a_browser_says_where_a_call_comes_from(server: Amp, headers: dict[str, str], status: int) -> None:
    """D20: Fetch Metadata; a person may follow a link to the page."""
    assert (await asked(server, headers, "/")).status == status


async def test_a_form_of_another_site_cannot_follow_a_link(server: Amp) -> None:
    """D20: a POST is no visit."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

    assert problem(await asked(server, headers, "/__admin/reset", "POST")) == REFUSED


async def test_a_preflight_is_refused_like_any_unknown_method(server: Amp) -> None:
    """D20: there is no CORS."""
    answer = await asked(server, {}, "/__admin/clock", "OPTIONS")

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, PUT")
    assert [name for name in answer.headers if name.startswith("Access-Control")] == []


ADVANCE: Final = b'{"by": 1}'
SCENARIO: Final = b"name: mine\n"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ('Application/JSON; Charset="UTF-8"', 200),
        ("application/merge-patch+json", 200),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
        ("text/plain; charset=utf-8", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/octet-stream", 415),
        ("application/yaml", 415),
        ("text/json", 415),
        ("application/jsonp", 415),
        ("text/plain+json", 415),
        ("", 415),
    ],
)
async def test_a_body_has_to_say_that_it_is_json(amp: Amp, content_type: str, status: int) -> None:
    """D20: what a form of a page can send is not taken."""
    path = f"/__admin/accounts/{amp.account}/clock/advance"
    answer = await amp.call("POST", path, data=ADVANCE, headers={"Content-Type": content_type})

    assert answer.status == status
    if status == 415:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "-H 'Content-Type: application/json'" in answer.body["detail"]


async def test_a_body_without_a_type_is_415(amp: Amp) -> None:
    """D20: a type is wanted, not guessed."""
    path = f"/__admin/accounts/{amp.account}/clock/advance"
    answer = await amp.call("POST", path, data=ADVANCE, skip_auto_headers=["Content-Type"])

    assert answer.status == 415


async def test_curl_without_a_type_is_told_why(amp: Amp) -> None:
    """D20: the commonest mistake gets the clearest words."""
    path = f"/__admin/accounts/{amp.account}/scenario"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await amp.call("PUT", path, data=SCENARIO, headers=headers)

    assert answer.status == 415
    assert "curl" in answer.body["detail"]
    assert "-H 'Content-Type: application/yaml'" in answer.body["detail"]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/yaml", 200),
        ("application/x-yaml", 200),
        ("text/yaml; charset=utf-8", 200),
        ("text/x-yaml", 200),
        ("text/plain", 415),
        ("application/octet-stream", 415),
    ],
)
async def test_a_scenario_may_be_yaml(amp: Amp, content_type: str, status: int) -> None:
    """D20: text/plain is not fine, a form can send it."""
    path, body = f"/__admin/accounts/{amp.account}/scenario", b'{"name": "mine"}'
    answer = await amp.call("PUT", path, data=body, headers={"Content-Type": content_type})

    assert answer.status == status


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Length": "0"}])
async def test_a_post_without_a_body_needs_no_type(amp: Amp, headers: dict[str, str]) -> None:
    """D20: there is nothing that could be of a type."""
    answer = await amp.call("POST", f"/__admin/accounts/{amp.account}/reset", headers=headers)

    assert answer.status == 200


async def test_a_body_that_is_chunked_and_empty_needs_no_type(amp: Amp) -> None:
    """D20: how long nothing is makes no difference."""

    async def nothing() -> AsyncIterator[bytes]:
        return
        yield b""

    more: dict[str, Any] = {"data": nothing(), "skip_auto_headers": ["Content-Type"]}
    answer = await amp.call("POST", f"/__admin/accounts/{amp.account}/reset", **more)

    assert answer.status == 200


async def test_a_body_that_nobody_asked_for_has_to_be_json_too(amp: Amp) -> None:
    """D20: a form posted to a call that takes nothing is still a form."""
    answer = await amp.call("POST", f"/__admin/accounts/{amp.account}/reset", data={"a": "b"})

    assert answer.status == 415
