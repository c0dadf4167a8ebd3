"""The comparison with other mock servers, as far as it needs none of them: what is counted, and what is left out."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Any

import pytest

from benchmarks.load import Taken
from benchmarks.peers import setups
from benchmarks.peers.catalogue import BY_KEY, PEERS, Peer
from benchmarks.peers.measuring import FLOOR, OURS, Contender, judge
from benchmarks.peers.running import check, running
from benchmarks.peers.scratch import LeftOut, install

ANSWER = {
    "api_job_id": "00000000-0000-4000-8000-000000000001",
    "result_info": {"status_code": 200, "description": "Request successful"},
    "results": {"35699000000": {"message_id": "1", "custom_id": "order-000000"}},
}
OPENAPI: dict[str, Any] = {
    "paths": {
        "/1/im": {"post": {"responses": {"200": {"content": {"application/json": {"schema": {}}}}}}},
        "/1/sms": {"post": {}},
    }
}


@contextmanager
def answering(accepted: dict[str, Any], refusal: int = 400) -> Iterator[int]:
    """The port of a server that answers so, and refuses a send to nobody with this status."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(accepted).encode()
            self.send_response(200 if "destinations" in asked else refusal)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def test_a_peer_with_the_fields_of_ours_that_refuses_nobody_is_measured() -> None:
    with answering(ANSWER) as port:
        check(port, echoes=False)


@pytest.mark.parametrize(
    "wrong",
    [
        {**ANSWER, "results": {}},
        {**ANSWER, "result_info": {"status_code": 400}},
        {**ANSWER, "api_job_id": ""},
        {"results": ANSWER["results"]},
    ],
)
def test_a_peer_that_lacks_a_field_is_left_out(wrong: dict[str, Any]) -> None:
    with answering(wrong) as port, pytest.raises(LeftOut, match="answered a good send with"):
        check(port, echoes=False)


def test_a_peer_that_should_echo_the_number_and_does_not_is_left_out() -> None:
    with answering(ANSWER) as port, pytest.raises(LeftOut, match="answered a good send with"):
        check(port, echoes=True)


def test_a_peer_that_accepts_a_send_to_nobody_is_left_out() -> None:
    with answering(ANSWER, refusal=200) as port, pytest.raises(LeftOut, match="send to nobody"):
        check(port, echoes=False)


def test_a_peer_whose_program_is_missing_is_left_out_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(LeftOut, match="there is no java on this machine; java 17 or newer is needed"):
        install(BY_KEY["wiremock"], tmp_path)


def test_a_peer_that_ends_at_once_is_left_out_with_its_last_word(tmp_path: Path) -> None:
    peer = Peer(
        key="broken",
        name="Broken",
        registry="pypi",
        packages=MappingProxyType({"broken": "1"}),
        set_up=lambda _: ["sh", "-c", "echo no such option; exit 3"],
        gives="nothing",
    )

    with (
        pytest.raises(LeftOut, match="it ended with 3 before it listened: no such option"),
        running(peer, tmp_path, tmp_path / "work", ANSWER, OPENAPI),
    ):
        pass


@pytest.mark.parametrize("peer", PEERS, ids=lambda each: each.key)
def test_every_peer_gets_its_port_and_files_in_its_own_folder(peer: Peer, tmp_path: Path) -> None:
    for jar in ("wiremock/build/wiremock-standalone-1.jar", "mockserver-node/mockserver-netty-1.jar"):
        path = tmp_path / "node_modules" / jar
        path.parent.mkdir(parents=True)
        path.touch()
    work = tmp_path / "work"
    work.mkdir()
    place = setups.Place(installed=tmp_path, work=work, port=4711, spare=4712, answer=ANSWER, openapi=OPENAPI)

    command = peer.set_up(place)

    written = "".join(path.read_text() for path in work.rglob("*.json"))
    assert "4711" in " ".join(command) + written
    assert peer.key == "fastapi" or "Request successful" in written


def test_prism_gets_our_document_with_one_path_and_leaves_ours_as_it_is(tmp_path: Path) -> None:
    place = setups.Place(installed=tmp_path, work=tmp_path, port=1, spare=2, answer=ANSWER, openapi=OPENAPI)

    setups.prism(place)

    document = json.loads((tmp_path / "openapi.json").read_text())
    assert list(document["paths"]) == ["/1/im"]
    content = document["paths"]["/1/im"]["post"]["responses"]["200"]["content"]["application/json"]
    assert content["example"] == ANSWER
    assert len(OPENAPI["paths"]) == 2


def contender(key: str, *rates: int) -> Contender:
    rounds = [Taken(1.0, [0.001] * rate) for rate in rates]
    return Contender(key=key, name=key, version="1", gives="", server=None, rounds=rounds)  # type: ignore[arg-type]  # nobody asks it


def test_ours_is_judged_by_the_fastest_peer_and_by_the_stub() -> None:
    every = [contender(OURS, 600, 660), contender(FLOOR, 900, 900), contender("fastapi", 400, 400)]

    rows = judge([*every, contender("slow", 10, 10), contender("quick", 200, 200)])

    assert [(row.name, row.met) for row in rows] == [
        ("against the fastest peer, quick", True),
        ("against the FastAPI stub", False),
    ]
    assert [row.ratio for row in rows] == pytest.approx([3.15, 1.575])


def test_without_any_peer_nothing_is_judged() -> None:
    assert judge([contender(OURS, 600), contender(FLOOR, 900)]) == []
