"""What the control plane cannot do, it says in the form of RFC 9457: where in the request, and what would be right."""

from typing import Any

import pytest

from tests.harness import START, Amp, running


async def _problem(amp: Amp, method: str, path: str, json: Any = None) -> Any:
    """The problem that a call is answered, without its words."""
    answer = await amp.admin(method, path, json)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= answer.body.keys()
    assert answer.body["status"] == answer.status
    return answer.body


@pytest.mark.parametrize("path", ["/nowhere", "/messages/", "/clock/advance/now"])
async def test_an_unknown_path_is_404(amp: Amp, path: str) -> None:
    """D14: the control plane speaks its own form, not the envelope of the emulated service."""
    problem = await _problem(amp, "GET", path)

    assert problem["status"] == 404
    assert "GET /__admin" in problem["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/messages", "GET"),
        ("GET", "/clock/advance", "POST"),
        ("POST", "/clock", "GET, PUT"),
        ("PATCH", "", "DELETE, GET"),
    ],
)
async def test_a_wrong_method_is_405_with_allow(amp: Amp, method: str, path: str, allow: str) -> None:
    """RFC 9110: the answer names the methods that the path has."""
    answer = await amp.admin(method, path)

    assert (answer.status, answer.headers.get("Allow")) == (405, allow)


async def test_a_wrong_method_on_the_index_is_405_with_allow(server: Amp) -> None:
    """RFC 9110: the index is a path like any other."""
    answer = await server.call("POST", "/__admin")

    assert (answer.status, answer.headers.get("Allow")) == (405, "GET")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/tokens"),
        ("POST", "/tokens"),
        ("DELETE", "/tokens/any"),
        ("GET", "/clock"),
        ("PUT", "/clock"),
        ("GET", "/agenda"),
        ("GET", "/messages"),
        ("GET", "/messages/17672256000000014003"),
        ("GET", "/callbacks"),
        ("GET", "/callbacks/1"),
        ("GET", "/requests"),
        ("GET", "/requests/1"),
        ("POST", "/reset"),
    ],
)
async def test_an_unknown_account_is_404(server: Amp, method: str, path: str) -> None:
    """D11: whatever was asked of it."""
    nobody = Amp(server.url, server.session, "", "nobody")

    problem = await _problem(nobody, method, path)

    assert (problem["status"], problem["detail"]) == (404, "there is no account nobody")


@pytest.mark.parametrize("path", ["/messages/123", "/messages/17672256000000014003", "/callbacks/x", "/requests/9"])
async def test_what_an_account_does_not_have_is_404(amp: Amp, path: str) -> None:
    """G-4 for the control plane: absent, and not an id at all, are answered alike."""
    assert (await _problem(amp, "GET", path))["status"] == 404


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b'"by"', b'{"by": NaN}'])
async def test_a_body_that_is_no_json_object_is_400(amp: Amp, body: bytes) -> None:
    """H-9 for the control plane."""
    path = f"/__admin/accounts/{amp.account}/clock/advance"

    answer = await amp.call("POST", path, data=body, headers={"Content-Type": "application/json"})

    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert "JSON" in answer.body["expected"]


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer", "right"),
    [
        ("POST", "/clock/advance", {"until": "idel"}, "/until", "idle, next"),
        ("POST", "/clock/advance", {"by": True}, "/by", "a string or a number"),
        ("POST", "/clock/advance", {"by": "soon"}, "/by", '"5m"'),
        ("POST", "/clock/advance", {"by": -5}, "/by", '"5m"'),
        ("POST", "/clock/advance", {"by": "5 m"}, "/by", '"5m"'),
        ("POST", "/clock/advance", {"to": "tomorrow"}, "/to", "RFC 3339"),
        ("POST", "/clock/advance", {"to": "2026-01-02T00:00:00"}, "/to", "with a zone"),
        ("POST", "/clock/advance", {"by": "1h", "limit": -1}, "/limit", "at least 0"),
        ("PUT", "/clock", {"mode": "freeze"}, "/mode", "real, scaled, frozen"),
        ("PUT", "/clock", {"now": "2026"}, "/now", "RFC 3339"),
        ("PUT", "/clock", {"rate": "60"}, "/rate", "a number"),
        ("POST", "/tokens", {"token": "short"}, "/token", "{8,128}"),
        ("POST", "/tokens", {"channels": ["VIBRE"]}, "/channels/0", "VIBER"),
    ],
)
async def test_an_illegal_value_is_400_and_says_what_would_be_right(
    amp: Amp, method: str, path: str, body: Any, pointer: str, right: str
) -> None:
    """RFC 9457, RFC 6901: the pointer says where, and the words what would be taken there."""
    problem = await _problem(amp, method, path, body)

    assert (problem["status"], problem["pointer"]) == (400, pointer)
    assert right in problem["detail"] + problem.get("expected", "")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/clock/advance", {}),
        ("POST", "/clock/advance", {"by": "5m", "to": START}),
        ("POST", "/clock/advance", {"bye": "5m"}),
        ("PUT", "/clock", {"mod": "frozen"}),
        ("PUT", "/clock", {"rate": 0}),
        ("POST", "/tokens", {"channels": ["VIBER", "VIBER"]}),
        ("POST", "/tokens", {"nmae": "mine"}),
    ],
)
async def test_a_body_that_its_schema_refuses_is_400(amp: Amp, method: str, path: str, body: Any) -> None:
    """D4: whichever keyword of the schema it is that refuses; none is a fault of the server."""
    assert (await _problem(amp, method, path, body))["status"] == 400


async def test_an_unknown_key_is_400_with_the_nearest_that_is_known(amp: Amp) -> None:
    """D7: silent typos are the plague; here they are neither silent nor a warning."""
    problem = await _problem(amp, "PUT", "/clock", {"mdoe": "frozen"})

    assert problem["status"] == 400
    assert "mdoe" in problem["detail"] + problem.get("pointer", "")
    assert "mode" in problem.get("expected", "")


async def test_a_body_that_is_too_large_is_413() -> None:
    """H-6 for the control plane: a fault of whoever asked, not of the server."""
    async with running(body_limit=1024) as amp:
        problem = await _problem(amp, "POST", "/tokens", {"name": "x" * 2_000})

    assert problem["status"] == 413


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/messages?limit=1&limit=2", "limit"),
        ("/requests?cursor=1&cursor=2", "cursor"),
        ("/callbacks?since=1&since=1", "since"),
        ("/reports?total=true&total=false", "total"),
        ("/codes?to=1&to=2", "to"),
        ("/agenda?limit=1&limit=1", "limit"),
    ],
)
async def test_a_parameter_that_is_named_twice_is_400_and_named(amp: Amp, path: str, name: str) -> None:
    """Which of the two was meant nobody knows."""
    answer = await amp.admin("GET", path)

    assert (answer.status, answer.body["pointer"]) == (400, f"?{name}")


async def test_a_field_of_a_list_may_be_named_twice(amp: Amp) -> None:
    assert (await amp.admin("GET", "/messages?status=DELIVRD&status=SEEN&limit=1")).status == 200
