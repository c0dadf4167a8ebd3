"""`mock-amp listen`: what it prints of what comes, how it answers, how it ends."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mock_amp.cli.listen import _print, _print_for_machines
from mock_amp.cli.receiver import Post
from tests.acceptance.commands import NUMBER, Commands, commanding, run
from tests.acceptance.processes import ROOT, Served, receiving


class Listening:
    """A listener in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        pipe = process.stderr if "--json" in process.args else process.stdout  # type: ignore[operator]
        assert pipe is not None
        self.greeting = [pipe.readline() for _ in range(4)]
        self.url = re.findall(r"callback_url +(\S+)", "".join(self.greeting))[0]

    def end(self) -> tuple[int, list[str], str]:
        """Its exit status once it ends, what it printed, and what it said on stderr."""
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out.splitlines(), err


@contextmanager
def listening(*arguments: str) -> Iterator[Listening]:
    command = [sys.executable, "-m", "mock_amp", "listen", "--port", "0", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", cwd=ROOT) as process:
        try:
            yield Listening(process)
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with commanding() as it:
        yield it


@pytest.fixture
def amp(served: Served) -> Commands:
    return Commands(served)


def test_reports_and_replies_are_printed_as_they_come(amp: Commands) -> None:
    with listening("--count", "5") as listener:
        replies = re.findall(r"reply_url +(\S+)", "".join(listener.greeting))[0]
        urls = ["--callback-url", listener.url, "--reply-url", replies]
        amp("send", "--to", NUMBER, "--viber", "Coming?", *urls)
        amp("advance")
        amp("reply", NUMBER, "On our way\x1b[2J")
        status, lines, err = listener.end()

    assert f"mock-amp send --to 35699000001 --viber Hello --callback-url {listener.url}" in listener.greeting[-1]
    assert [re.split(r"  +", line.strip()) for line in lines[:-1]] == [
        ["1", "2026-01-01 00:00:00.000", "report", NUMBER, "INTERNAL", "ACCEPTD", "answered 200"],
        ["2", "2026-01-01 00:00:00.200", "report", NUMBER, "VIBER", "ACCEPTD", "answered 200"],
        ["3", "2026-01-01 00:00:01.000", "report", NUMBER, "VIBER", "DELIVRD", "answered 200"],
        ["4", "2026-01-01 00:00:03.000", "report", NUMBER, "VIBER", "SEEN", "answered 200"],
        ["5", "2026-01-01 00:00:03.000", "reply", NUMBER, "VIBER", r"On our way\x1b[2J", "answered 200"],
    ]
    assert (lines[-1], status, err) == ("5 posts came", 0, "")


def test_answers_go_in_turn_and_the_last_one_stays(amp: Commands) -> None:
    """C-5."""
    with listening("--answer", "500, 204,200", "--count", "4", "--json", "--delay", "1ms") as listener:
        amp("send", "--to", NUMBER, "--sms", "Hello", "--callback-url", listener.url)
        amp("advance")
        status, lines, err = listener.end()

    posts = [json.loads(line) for line in lines]
    assert [each["answered"] for each in posts] == [500, 204, 200, 200]
    assert [(each["number"], each["kind"], each["path"]) for each in posts[:1]] == [(1, "report", "/reports")]
    assert posts[0]["body"]["data"][0]["to"] == NUMBER
    assert posts[0]["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert (status, err) == (0, "4 posts came\n")


def test_what_comes_is_passed_on_and_answered_as_it_is_there(amp: Commands) -> None:
    with receiving(500, 200) as behind, listening("--forward-to", f"{behind}/reports", "--count", "4") as listener:
        amp("send", "--to", NUMBER, "--sms", "Hello", "--callback-url", listener.url)
        amp("advance", "200ms")
        amp("advance", "5m")
        listener.end()
        with urllib.request.urlopen(behind, timeout=5) as answer:
            behind_got = json.load(answer)

    callbacks = amp.account.callbacks()
    assert [[tried.status for tried in each.attempts] for each in callbacks[:1]] == [[500, 200]]
    assert [each["status"] for each in behind_got] == [500, 500, 500, 200]
    assert json.loads(behind_got[0]["body"]) == callbacks[0].body
    assert {each["type"] for each in behind_got} == {"application/json; charset=utf-8"}


def test_nobody_behind_it_is_answered_502_and_told() -> None:
    with listening("--forward-to", "http://127.0.0.1:9/reports", "--count", "1") as listener:
        status = post(listener.url, b"{}")
        ended, lines, _ = listener.end()

    assert (status, ended) == (502, 0)
    assert "POST /reports, 2 bytes" in lines[0]
    assert lines[1].startswith("    1  answered 502: http://127.0.0.1:9/reports does not answer: ")


@pytest.mark.skipif(sys.platform == "win32", reason="there SIGTERM ends a process at once")
def test_a_post_is_printed_when_it_comes_and_its_answer_when_there_is_one() -> None:
    with listening("--delay", "1h", "--count", "1") as listener:
        assert listener.process.stdout is not None
        with socket.create_connection(("127.0.0.1", urlsplit(listener.url).port or 0), timeout=10) as waiting:
            waiting.sendall(b"POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
            come = listener.process.stdout.readline()
            listener.process.terminate()
            status, lines, _ = listener.end()

    assert come.startswith("    1 ")
    assert "answered" not in come
    assert (status, lines) == (0, ["    1  answered 200", "1 post came"])


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_what_is_nested_too_deep_is_a_post_like_any_other(flags: tuple[str, ...]) -> None:
    deep = b"[" * 5_000 + b"]" * 5_000

    with listening("--count", "1", *flags) as listener:
        answer = post(listener.url, deep)
        status, lines, err = listener.end()

    assert (answer, status) == (200, 0)
    assert "[[[[" in lines[0]
    assert "Traceback" not in err


@pytest.mark.parametrize("body", [b'{"data": [NaN]}', b'{"data": [1e400]}', b'{"data": [-Infinity]}'])
def test_what_is_no_json_is_a_text_for_machines(body: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    _print_for_machines(Post(number=1, path="/", headers={}, body=body, status=200))

    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["body"]) == ("other", body.decode())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to write to")
def test_a_greeting_that_cannot_be_written_is_not_a_port_that_is_taken() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "mock_amp", "listen", "--port", "0"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)

    assert (done.returncode, done.stderr) == (2, "mock-amp: cannot write: No space left on device\n")


def test_only_posts_to_the_path_are_taken() -> None:
    with listening("--path", "/in", "--count", "1") as listener:
        elsewhere = post(listener.url + "side", b"{}")
        here = post(listener.url, b"hello")
        _, lines, _ = listener.end()

    assert listener.url.endswith("/in")
    assert (elsewhere, here) == (404, 200)
    assert "POST /in, 5 bytes that are neither report nor reply: hello" in lines[0]


@pytest.mark.skipif(sys.platform == "win32", reason="there SIGTERM ends a process at once")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_it_well(sign: signal.Signals) -> None:
    with listening() as listener:
        post(listener.url, b"{}")
        listener.process.send_signal(sign)
        status, lines, err = listener.end()

    assert (status, lines[-1], err) == (0, "1 post came", "")


def test_a_taken_port_is_one_line_and_the_exit_status_is_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("listen", "--port", str(port))

    assert (done.status, done.out) == (2, "")
    assert done.err == (
        f"mock-amp: cannot listen on 127.0.0.1, port {port}: somebody listens there already; --port says another\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--answer", "200,99"], "write statuses from 200 to 599"),
        (["--answer", ""], "write statuses from 200 to 599"),
        (["--path", "in"], "does not begin with /"),
        (["--forward-to", "here"], "is no URL"),
        (["--forward-to", "http://"], "is no URL"),
        (["--forward-to", "http://["], "is no URL"),
        (["--forward-to", "http://127.0.0.1:port/"], "is no URL"),
        (["--delay", "soon"], "--delay: 'soon' is not a duration"),
    ],
)
def test_what_it_cannot_do_is_refused(arguments: list[str], words: str) -> None:
    done = run("listen", *arguments)

    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert words in done.err


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b"\xff\x1b[31m", ["2 bytes"]),
        (b'{"data": [3]}', ["neither report nor reply"]),
        (b'{"data": [{"status": "SE\\u001bEN", "timestamp": 1e99}]}', [r"SE\x1bEN"]),
        (b'{"data": [{"timestamp": 1767225601000, "micro_timestamp": 1767225601000000}]}', ["2026-01-01 00:00:01.000"]),
        (b'{"data": [{"timestamp": 99999999999999999999, "micro_timestamp": 1}]}', ["-"]),
        (b'{"reply_message_id": "1", "message": 5}', ["(no text)"]),
    ],
)
def test_whatever_comes_is_printed_as_what_it_is(
    body: bytes, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """C-10: a two-factor code has its timestamp in milliseconds."""
    _print(Post(number=1, path="/", headers={}, body=body, status=200))

    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert lines[0].replace("2 bytes", "6 bytes") in printed


def post(url: str, body: bytes) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
