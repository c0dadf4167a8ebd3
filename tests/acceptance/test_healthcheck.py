"""`mock-amp healthcheck` says whether a server is of use, and of one that is not, why."""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme

from mock_amp.cli.main import main
from mock_amp.cli.readiness import Asking, Question
from tests.acceptance.processes import serving
from tests.acceptance.test_start import SERVER, loaded

READY = (200, b'{"status":"ok","checks":{"store":"ok","timeline":"ok"}}')
FULL = (503, b'{"title":"Not ready","checks":{"store":"the disk is full","timeline":"ok","serving":"no\\u001b[1m"}}')


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOCK_AMP_URL", "MOCK_AMP_HOST", "MOCK_AMP_PORT", "MOCK_AMP_CLIENT_CA"):
        monkeypatch.delenv(name, raising=False)


class Stub(ThreadingHTTPServer):
    """Answers in turn, the last for ever."""

    daemon_threads = True

    def __init__(self, answers: Sequence[tuple[int, bytes]], context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.answers = [*answers]
        self.asked: list[str] = []
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us breaks off; the test says so."""


class _Answering(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, body = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass


@contextmanager
def answering(*answers: tuple[int, bytes], context: ssl.SSLContext | None = None) -> Iterator[Stub]:
    with Stub(answers, context) as stub:
        thread = Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stub
        finally:
            stub.shutdown()
            thread.join()


def check(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as stopped:
        main(["healthcheck", *arguments])
    return stopped.value.code


def url(stub: Stub, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{stub.server_port}"


def test_a_server_that_is_ready_is_found_so_past_every_proxy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving() as server:
        code = check("--url", server.url)

        assert (code, capsys.readouterr().out) == (0, f"{server.url} is ready\n")


def test_a_server_that_is_not_ready_is_told_by_its_checks(capsys: pytest.CaptureFixture[str]) -> None:
    """Without what would paint a terminal."""
    with answering(FULL) as stub:
        code = check("--url", url(stub))

        assert code == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"mock-amp: {url(stub)} is not ready: store: the disk is full; serving: no")
        assert "\x1b" not in line


def test_where_nobody_listens_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    code = check("--url", f"http://127.0.0.1:{port}")

    assert code == 1
    assert capsys.readouterr().err == f"mock-amp: http://127.0.0.1:{port} is not ready: nobody listens there\n"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"status":"ok"}', b'{"checks":{}}', b'{"checks":7}', b"\xff"])
def test_another_server_is_not_taken_for_one(body: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with answering((200, body)) as stub:
        code = check("--url", url(stub))

        assert code == 1
        assert "it answers 200, but it is no mock-amp" in capsys.readouterr().err


def test_what_does_not_speak_http_is_not_taken_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_greet, args=(listener,))
        thread.start()

        code = check("--url", f"http://127.0.0.1:{listener.getsockname()[1]}")

        thread.join()
        assert code == 1
        assert "does not speak HTTP" in capsys.readouterr().err


def _greet(listener: socket.socket) -> None:
    client, _ = listener.accept()
    with client:
        client.recv(1_000)
        client.sendall(b"220 mail.example ESMTP\r\n")


def test_it_waits_until_the_server_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(FULL, (404, b""), READY) as stub:
        code = check("--wait", "--url", f"{url(stub)}/amp/")

        assert (code, capsys.readouterr().out) == (0, f"{url(stub)}/amp is ready\n")
        assert stub.asked == ["/amp/readyz"] * 3


def test_it_asks_once_unless_it_is_told_to_wait() -> None:
    with answering(FULL, READY) as stub:
        code = check("--url", url(stub))

        assert (code, len(stub.asked)) == (1, 1)


def test_it_does_not_wait_longer_than_it_is_told_to(capsys: pytest.CaptureFixture[str]) -> None:
    """Also for who takes the question and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code = check("--wait", "--timeout", "50ms", "--url", f"http://127.0.0.1:{silent.getsockname()[1]}")

        assert code == 1
        assert "is not ready: it does not answer within 0.05 s" in capsys.readouterr().err


def test_for_machines_it_is_an_object_with_the_checks(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(FULL) as stub:
        code = check("--json", "--url", url(stub))

        told = json.loads(capsys.readouterr().out)
        assert (code, told["ready"], told["status"], told["url"]) == (1, False, 503, url(stub))
        assert told["checks"]["store"] == "the disk is full"


@pytest.mark.parametrize("host", ["", "0.0.0.0", "127.0.0.1"])  # noqa: S104 - asked, not listened on
def test_in_a_container_it_asks_where_its_variables_have_the_server_listen(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(READY) as stub:
        monkeypatch.setenv("MOCK_AMP_HOST", host)
        monkeypatch.setenv("MOCK_AMP_PORT", str(stub.server_port))

        assert check() == 0


def test_a_service_of_its_name_in_kubernetes_does_not_say_its_port(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCK_AMP_PORT", "tcp://10.0.0.1:8042")
    monkeypatch.setattr(Question, "ask", lambda self: self.unready(f"asked at {self.port}"))

    code = check()

    passed, asked = capsys.readouterr().err.splitlines()
    assert code == 1
    assert passed.startswith("mock-amp: MOCK_AMP_PORT is passed over: tcp://10.0.0.1:8042 is ")
    assert asked == "mock-amp: http://127.0.0.1:8042 is not ready: asked at 8042"


def test_ctrl_c_ends_it_as_any_other_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: object, __: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Asking, "result", interrupted)

    code = check("--wait")

    assert (code, capsys.readouterr().err.strip()) == (130, "")


def test_https_is_asked_by_a_ca_that_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ca, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with answering(READY, context=context) as stub:
        assert check("--url", url(stub, "https")) == 1
        assert "its certificate is not trusted" in capsys.readouterr().err

        assert check("--url", url(stub, "https"), "--ca", str(tmp_path / "ca.pem")) == 0


@pytest.mark.parametrize(
    ("arguments", "env", "told"),
    [
        (["--url", "localhost:8042"], {}, "'localhost:8042' is not the address of a server"),
        (["--url", "http://"], {}, "is not the address of a server"),
        (["--url", "http://h:99999"], {}, "is not the address of a server"),
        (["--url", "http://u:secret@h"], {}, "is not the address of a server"),
        (["--timeout", "soon"], {}, "--timeout: 'soon' is not a duration"),
        (["--timeout", "0"], {}, "leaves no time"),
        (["--url", "https://h", "--ca", __file__], {}, "no certificate or crl found"),
        (["--url", "https://h", "--ca", "none.pem"], {}, "none.pem holds no CA that can be read: No such file"),
        ([], {"MOCK_AMP_PORT": "0"}, "say --url"),
        ([], {"MOCK_AMP_PORT": "http"}, "is not the address of a server"),
    ],
)
def test_an_option_that_is_wrong_is_told_so(
    arguments: list[str],
    env: Mapping[str, str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    code = check(*arguments)

    error = capsys.readouterr().err
    assert (code, error.count("\n")) == (2, 1)
    assert told in error
    assert "secret" not in error


def test_it_brings_nothing_in_but_the_standard_library() -> None:
    """It runs every few seconds for as long as a container does."""
    what = "from mock_amp.cli.main import main; main(['healthcheck', '--url', 'http://127.0.0.1:1'])"

    told = loaded(
        f"try:\n        {what}\n    except SystemExit: pass", [*SERVER, "msgspec", "rich", "faker", "urllib3"]
    )

    assert told == []


def test_another_command_does_not_bring_tls_in() -> None:
    assert loaded("from mock_amp.cli.main import main; main(['--help'])", ["ssl", "http.client"]) == []
