"""A server that is killed at a certain point, and what it does once it is started again on its file (D8)."""

import gzip
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import Any, Final

import pytest

from tests.acceptance.processes import PATIENCE, ROOT, SERVE, Served, serving

Serve = Callable[..., AbstractContextManager[Served]]

_LIMIT: Final = 1_500_000
"""Bytes of a file: what is begun of a large send, wherever the server and this test are by then."""

_KILLED_AT_THE_LIMIT: Final = (
    "import resource, signal, sys;"
    "signal.signal(signal.SIGXFSZ, signal.SIG_DFL);"  # Python has it ignored
    "resource.setrlimit(resource.RLIMIT_CORE, (0, 0));"
    f"resource.setrlimit(resource.RLIMIT_FSIZE, ({_LIMIT}, {_LIMIT}));"
    "from mock_amp.cli.main import main; main(sys.argv[1:])"
)


class Post:
    """A post that has come in, and waits for what the test answers."""

    def __init__(self, body: Any) -> None:
        self.body = body
        self._status = 0
        self._told = Event()

    def answer(self, status: int) -> None:
        self._status = status
        self._told.set()

    def status(self) -> int:
        self._told.wait(20)
        return self._status


class Receiver:
    """Hands every post to the test, which says when and what it is answered; unless there is a `usual` answer."""

    def __init__(self) -> None:
        self.url = ""
        self.usual: int | None = None
        self._posts: Queue[Post] = Queue()

    def take(self, body: bytes) -> int:
        """Says what a post is answered, once that is known."""
        post = Post(json.loads(body))
        self._posts.put(post)
        return self.usual or post.status()

    def next(self) -> Post:
        return self._posts.get(timeout=PATIENCE)

    def answer(self, *statuses: int) -> list[Post]:
        """Answers the next posts, one by one."""
        posts = []
        for status in statuses:
            posts.append(self.next())
            posts[-1].answer(status)
        return posts

    def is_quiet(self) -> bool:
        return self._posts.empty()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    it = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(it.take(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # whom it wanted to answer was killed
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    it.url = f"http://127.0.0.1:{server.server_port}/reports"
    yield it
    server.shutdown()
    server.server_close()


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """A server on the test's file; on leaving it is killed, whatever it is at."""

    @contextmanager
    def start(command: Sequence[str] = SERVE) -> Iterator[Served]:
        store = f"--store=sqlite:///{tmp_path / 'store.db'}"
        with serving("--port=0", "--clock=frozen", store, command=command) as server:
            yield server
            server.process.kill()

    return start


def test_an_attempt_in_flight_is_made_again_at_once_under_the_same_number(serve: Serve, receiver: Receiver) -> None:
    """D8, C-5: nobody has to move the clock, and the journal has it once."""
    with serve() as server:
        server.send(sms_content={"message": "Hi"}, callback_url=receiver.url)
        first = receiver.next()
        due = server.items("callbacks")[0]["due_at"]

    with serve() as server:
        again = receiver.next()
        again.answer(200)
        (callback,) = _settled(server, 1)

    assert again.body == first.body
    assert [(each["number"], each["outcome"], each["at"]) for each in callback["attempts"]] == [(1, "delivered", due)]
    assert receiver.is_quiet()


def test_a_second_attempt_in_flight_is_made_again_as_the_second(serve: Serve, receiver: Receiver) -> None:
    """C-5: three attempts in all, five minutes apart, whatever died in between."""
    with serve() as server, ThreadPoolExecutor() as pool:
        server.send(sms_content={"message": "Hi"}, callback_url=receiver.url)
        advance = pool.submit(server.advance, by="5m")
        receiver.answer(500, 200, 200)
        cut_off = receiver.next()
        server.process.kill()
        assert isinstance(advance.exception(PATIENCE), OSError)

    with serve() as server:
        (again,) = receiver.answer(500)
        receiver.usual = 200
        server.advance(by="5m")
        first = server.items("callbacks")[0]

    assert again.body == cut_off.body
    assert [each["status"] for each in first["attempts"]] == [500, 500, 200]
    assert _offsets(first) == [0, 300, 600]


def test_a_retry_stays_where_it_was(serve: Serve, receiver: Receiver) -> None:
    """C-5: a frozen clock stands still over the kill, and so does what waits for it."""
    with serve() as server:
        server.send(sms_content={"message": "Hi"}, callback_url=receiver.url)
        receiver.answer(500)
        _settled(server, 1)
        clock, agenda = server.call("GET", "/__admin/clock"), server.call("GET", "/__admin/agenda")

    with serve() as server, ThreadPoolExecutor() as pool:
        assert (server.call("GET", "/__admin/clock"), server.call("GET", "/__admin/agenda")) == (clock, agenda)
        assert receiver.is_quiet()
        advance = pool.submit(server.advance, by="15m")
        receiver.answer(200, 200, 500, 500)
        advance.result(PATIENCE)
        first = server.items("callbacks")[0]

    assert [each["number"] for each in first["attempts"]] == [1, 2, 3]
    assert _offsets(first) == [0, 300, 600]
    assert first["state"] == "discarded"


def test_a_send_of_which_some_is_written_has_never_been(serve: Serve, tmp_path: Path) -> None:
    """H-11: whole or not at all; it is killed by the system, when its messages fill the log."""
    destinations = [{"number": f"3569{at:07d}"} for at in range(50_000)]
    with serve(command=(sys.executable, "-c", _KILLED_AT_THE_LIMIT, "serve")) as server:
        with pytest.raises(OSError):  # noqa: PT011 - whatever says that nobody is there any more
            server.send(destinations=destinations, sms_content={"message": "Hi"})
        assert server.process.wait(PATIENCE) == -signal.SIGXFSZ
    assert _LIMIT - 10_000 < (tmp_path / "store.db-wal").stat().st_size <= _LIMIT

    with serve() as server:
        assert [server.items(what) for what in ("messages", "requests", "agenda")] == [[], [], []]
        server.send(destinations=destinations, sms_content={"message": "Hi"})
        there = server.call("GET", "/__admin/messages?limit=1&total=true")["total"]

    assert there == 50_000


def test_an_advance_goes_on_from_where_it_was_cut_off(serve: Serve, receiver: Receiver) -> None:
    """D9, D10: its clock is free and shows the moment that was lived through; each event happens once."""
    with serve() as server, ThreadPoolExecutor() as pool:
        server.send(sms_content={"message": "Hi"}, callback_url=receiver.url)
        start = server.call("GET", "/__admin/clock")["now"]
        receiver.answer(200)
        advance = pool.submit(server.advance, by="1h")
        receiver.answer(200)
        delivered = receiver.next()
        server.process.kill()
        assert isinstance(advance.exception(PATIENCE), OSError)

    with serve() as server:
        again = receiver.next()
        now = server.call("GET", "/__admin/clock")["now"]
        again.answer(200)
        _settled(server, 3)
        gone = server.advance(by="59m59s")
        (message,) = server.items("messages")
        callbacks = server.items("callbacks")

    assert delivered.body == again.body
    assert (_seconds(start, now), _seconds(start, gone["now"])) == (1.0, 3_600.0)
    assert gone["events"] == []
    assert [each["status"] for each in message["timeline"]] == ["ACCEPTD", "ACCEPTD", "DELIVRD"]
    assert [len(each["attempts"]) for each in callbacks] == [1, 1, 1]


def test_a_further_attempt_that_was_asked_for_is_made_after_the_kill(serve: Serve, receiver: Receiver) -> None:
    """A resend is answered before it is posted: what was answered is done."""
    with serve() as server:
        server.send(sms_content={"message": "Hi"}, callback_url=receiver.url)
        receiver.answer(200)
        _settled(server, 1)
        server.call("POST", "/__admin/callbacks/1/resend")
        receiver.next()

    receiver.usual = 200
    with serve() as server:
        server.advance(by="1s")
        first = server.items("callbacks")[0]

    assert [each["number"] for each in first["attempts"]] == [1, 2]


def test_ids_go_on_as_if_nobody_had_been_killed(tmp_path: Path) -> None:
    """D11: the same seed, requests and clock give the same bytes, with a kill after every request or without."""
    told = [_ids(f"--store=sqlite:///{tmp_path / name}.db", kills=kills) for name, kills in (("a", 0), ("b", 3))]

    assert told[0] == told[1]
    assert len({json.dumps(each) for each in told[0]}) == len(told[0])


def test_a_kill_while_it_starts_on_a_file_of_the_first_version_costs_nothing(tmp_path: Path) -> None:
    """Killed as soon as there is a log beside the file, and again as soon as it says that it is ready."""
    stored = ROOT / "tests" / "contract" / "stores" / "version-1.db.gz"
    plain, file = tmp_path / "plain.db", tmp_path / "store.db"
    plain.write_bytes(gzip.decompress(stored.read_bytes()))
    shutil.copy(plain, file)

    _kill_at_start(file)
    with serving("--port=0", f"--store=sqlite:///{file}") as server:
        server.process.kill()

    assert _content(file) == _content(plain)


def _ids(store: str, *, kills: int) -> list[Any]:
    """What five sends are answered, by a server that is killed after each of the first `kills`."""
    told: list[Any] = []
    account = {"seed": 42, "clock": {"mode": "frozen", "now": "2026-01-01T00:00:00Z"}}
    token = ""
    for lives in range(kills + 1):
        with serving("--port=0", store) as server:
            token = token or server.call("POST", "/__admin/accounts", account)["token"]
            for _ in range(1 if lives < kills else 5 - kills):
                document = {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hi"}}
                told.append(server.call("POST", "/1/im", document, token))
            server.process.kill()
    return told


def _kill_at_start(file: Path) -> None:
    log = file.with_name(f"{file.name}-wal")
    command = [*SERVE, "--port=0", f"--store=sqlite:///{file}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT) as process:
        while process.poll() is None and not log.exists():
            pass
        process.kill()
    assert process.returncode == -signal.SIGKILL


def _content(file: Path) -> list[Any]:
    """All that the file says of its accounts."""
    with serving("--port=0", f"--store=sqlite:///{file}") as server:
        accounts = [each["id"] for each in server.call("GET", "/__admin/accounts")["items"]]
        lists = ("messages", "requests", "callbacks", "replies", "tokens")
        return [server.call("GET", f"/__admin/accounts/{each}/{what}")["items"] for each in accounts for what in lists]


def _settled(server: Served, attempts: int) -> list[Any]:
    """The callbacks, once so many attempts have been written down."""
    server.call("POST", "/__admin/wait", {"what": "attempts", "count": attempts, "timeout_ms": 5_000})
    return server.items("callbacks")


def _offsets(callback: dict[str, Any]) -> list[float]:
    at: Sequence[str] = [each["at"] for each in callback["attempts"]]
    return [_seconds(at[0], each) for each in at]


def _seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()
