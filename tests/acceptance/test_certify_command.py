"""`mock-amp certify`: the battery without a server, and by one that runs."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mock_amp.certification import NAMES
from mock_amp.cli.main import cli
from tests.acceptance.processes import refused, serving

PATIENT = "30s"
"""For each answer: one that takes half of the usual five seconds is warned of, and a busy machine may take that."""
QUICK = ["--only", "single", "--only", "large", "--timeout", PATIENT]


class Handler(BaseHTTPRequestHandler):
    """Answers by the path: `/204` with 204; a GET with JSON that means nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 413 if self.path == "/small" and len(body) > 65_536 else 200
        self.send_response(int(self.path[1:]) if self.path[1:].isdigit() else status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "13")
        self.end_headers()
        self.wfile.write(b'{"hello":"x"}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


@contextmanager
def receiving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def receiver() -> Iterator[str]:
    with receiving() as url:
        yield url


def certify(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["certify", *arguments], catch_exceptions=False)


def test_a_good_receiver_passes_all_and_the_exit_status_is_0(receiver: str) -> None:
    """C-4: no server is needed."""
    done = certify(f"{receiver}/reports", "--reply-url", f"{receiver}/replies", "--timeout", PATIENT)

    assert done.exit_code == 0
    assert done.stdout.startswith("check ")
    assert f"{receiver}/reports: 15 passed" in done.stdout
    assert done.stderr == ""


def test_a_receiver_with_a_fault_is_told_what_to_do_and_the_exit_status_is_1(receiver: str) -> None:
    """C-3."""
    done = certify(f"{receiver}/small", *QUICK)

    assert done.exit_code == 1
    assert [line.split()[:4] for line in done.stdout.splitlines()[1:3]] == [
        ["single", "C-4", "passed", "200"],
        ["large", "C-3", "failed", "413"],
    ]
    assert "Raise the limit on the size of a body" in done.stdout
    assert "1 passed, 1 failed" in done.stdout
    assert "\x1b[" not in done.stdout


def test_nobody_there_is_a_failure_and_the_rest_is_skipped() -> None:
    with receiving() as url:
        pass

    done = certify(f"{url}/reports")

    assert done.exit_code == 1
    assert "no connection to" in done.stdout
    assert "skipped: nobody answered to single" in done.stdout


def test_the_whole_certificate_is_there_for_machines(receiver: str) -> None:
    done = certify(f"{receiver}/204", "--json", "--timeout", PATIENT, "--only", "single")

    found = json.loads(done.stdout)
    assert (done.exit_code, found["passed"], len(found["checks"])) == (1, False, 1)
    assert found["checks"][0]["sent"][0]["body"]["data"][0]["status"] == "DELIVRD"
    assert found["checks"][0]["got"][0]["status"] == 204


def test_a_running_server_may_do_the_posting(receiver: str) -> None:
    """By flag, and by the variable; with its key, if it has one."""
    with serving("--port", "0", "--admin-key", "sesame") as server:
        with_flag = certify(f"{receiver}/reports", *QUICK, "--url", f"{server.url}/", "--admin-key", "sesame")
        env = {"MOCK_AMP_URL": server.url, "MOCK_AMP_ADMIN_KEY": "sesame"}
        by_variable = CliRunner(env=env).invoke(cli, ["certify", f"{receiver}/204", *QUICK])
        status, lines = refused("certify", f"{receiver}/reports", "--url", server.url)

    assert (with_flag.exit_code, by_variable.exit_code) == (0, 1)
    assert "2 passed" in with_flag.stdout
    assert "2 failed" in by_variable.stdout
    assert (status, len(lines)) == (2, 1)
    assert "admin-key" in lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ftp://127.0.0.1/"], "no URL that callbacks can be posted to"),
        (["http://127.0.0.1:9/", "--reply-url", "replies"], "no URL that callbacks can be posted to"),
        (["http://127.0.0.1:9/", "--timeout", "soon"], "--timeout: 'soon' is not a duration"),
        (["http://127.0.0.1:9/", "--timeout", "2m"], "--timeout: 2m"),
        (["http://127.0.0.1:9/", "--only", "singel"], f"they are {', '.join(NAMES)}"),
        (["http://127.0.0.1:9/", "--callback-ca", "/nowhere.pem"], "cannot read the CA file"),
        (["http://127.0.0.1:9/", "--url", "http://127.0.0.1:9"], "nobody can be reached at http://127.0.0.1:9"),
        (["http://127.0.0.1:9/", "--url", "http://127.0.0.1:9", "--timeout", "2m"], "--timeout: 2m is not more"),
        (["http://127.0.0.1:9/", "--url", "https://127.0.0.1:9", "--ca", "/nowhere.pem"], "the CA /nowhere.pem cannot"),
        (["http://127.0.0.1:9/", "--url", "here"], "'here' is no URL of a server"),
        ([], "Missing argument 'URL'"),
    ],
)
def test_what_cannot_be_run_says_why_in_one_line_and_the_exit_status_is_2(arguments: list[str], words: str) -> None:
    status, lines = refused("certify", *arguments)

    assert (status, len(lines)) == (2, 1)
    assert words in lines[0]


def test_what_is_not_a_server_of_ours_cannot_be_asked(receiver: str) -> None:
    status, lines = refused("certify", "http://127.0.0.1:9/", "--url", receiver)

    assert (status, len(lines)) == (2, 1)
    assert "not the answer of a mock-amp" in lines[0]


def test_a_server_by_https_is_trusted_by_its_ca_and_gives_the_same_certificate(receiver: str, tmp_path: Path) -> None:
    with serving("--port", "0", "--tls", "--tls-port", "0", "--tls-dir", str(tmp_path)) as server:
        https = next(line.split()[-1] for line in server.banner if "by HTTPS" in line).removesuffix("/1/im")
        ca = tmp_path / "ca.pem"
        with urllib.request.urlopen(f"{server.url}/__admin/certs/ca.pem", timeout=10) as answer:
            ca.write_bytes(answer.read())
        wish = [f"{receiver}/reports", "--only", "single", "--json"]

        stranger = refused("certify", *wish, "--url", https)
        by_server = certify(*wish, "--reply-url", f"{receiver}/replies", "--url", https, "--ca", str(ca))
        here = certify(*wish, "--reply-url", f"{receiver}/replies")

    assert stranger[0] == 2
    assert "is not trusted" in stranger[1][0]
    assert (by_server.exit_code, here.exit_code) == (0, 0)
    theirs, ours = json.loads(by_server.stdout), json.loads(here.stdout)
    assert list(theirs) == list(ours) == ["callback_url", "reply_url", "passed", "checks"]
    assert [list(each) for each in theirs["checks"]] == [list(each) for each in ours["checks"]]
