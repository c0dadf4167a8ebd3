"""`MockAmp` and `AmpServer`: a server in a thread of whoever tests, that leaves nothing behind."""

import asyncio
import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from mock_amp.client import NotFound, NotReached, Refused
from mock_amp.testing import SEED, START, AmpServer, BadSetting, MockAmp, StartFailed
from mock_amp.testing.telling import tell

SMS = {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x"}}


@contextmanager
def no_thread_left() -> Iterator[None]:
    before = _threads()
    yield
    assert _threads() - before == set()


def _threads() -> set[threading.Thread]:
    """Ours; those in which an event loop has something done are its own."""
    return {each for each in threading.enumerate() if each.name.startswith("mock-amp")}


def test_a_block_has_an_account_frozen_at_the_documented_instant() -> None:
    with no_thread_left(), MockAmp() as amp:
        amp.send({**SMS, "callback_url": amp.inbox.url})
        amp.advance("10m")

        assert amp.now.isoformat() == START.replace("00:00:00Z", "00:10:00+00:00")
        assert (amp.info().seed, amp.clock().mode) == (SEED, "frozen")
        assert [each.status for each in amp.sent] == ["DELIVRD"]
        assert amp.inbox.reports[-1]["status"] == "DELIVRD"
        assert amp.headers == amp.aio.headers == {"Authorization": f"Token {amp.token}"}


def test_two_runs_have_the_same_ids() -> None:
    def run() -> list[str]:
        with MockAmp() as amp:
            amp.send(SMS)
            return [each.id for each in amp.sent]

    assert run() == run()


async def test_an_asynchronous_block_has_the_same_account_awaited() -> None:
    with no_thread_left():
        async with MockAmp() as amp:
            await amp.aio.send({**SMS, "callback_url": amp.aio.inbox.url})
            await amp.aio.advance("1m")
            await asyncio.gather(*(amp.aio.advance("1m") for _ in range(9)))  # behind a slow post they might be refused

            assert (await amp.aio.now()).isoformat() == START.replace("00:00:00Z", "00:10:00+00:00")
            assert [each.status for each in await amp.aio.sent()] == ["DELIVRD"]
            assert len(amp.inbox.reports) == 3


class UnitTest(unittest.TestCase):
    def setUp(self) -> None:
        self.amp = self.enterContext(MockAmp(scenario="outage", seed=7))

    def test_of_the_standard_library(self) -> None:
        assert (self.amp.info().scenario, self.amp.info().seed) == ("outage", 7)


def test_what_the_account_is_to_be_like_can_be_said() -> None:
    with MockAmp(clock="scaled", rate=3600, now="2030-06-01T12:00:00Z", scenario={"name": "mine"}) as amp:
        assert (amp.clock().mode, amp.clock().rate, amp.info().scenario) == ("scaled", 3600, "mine")
        assert amp.now.year == 2030


def test_a_clock_that_runs_begins_now_unless_another_moment_is_said() -> None:
    with MockAmp(clock="real") as amp:
        assert amp.now.year > 2025


def test_a_server_takes_settings_by_their_names(tmp_path: Path) -> None:
    scenario = tmp_path / "mine.yaml"
    scenario.write_text("name: mine\n", encoding="utf-8")

    server = AmpServer(send_path="/1/acme", scenario=scenario, admin_port=0, admin_key="sesame")
    with server, server.account() as amp:
        sent = amp.send(SMS, path="/1/acme")

        assert sent.message_ids
        assert amp.info().scenario == "mine"


def test_no_variable_of_the_environment_reaches_a_server_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_AMP_ADMIN_KEY", "sesame")
    monkeypatch.setenv("MOCK_AMP_PORT", "1")
    monkeypatch.setenv("MOCK_AMP_URL", "http://127.0.0.1:9")

    with MockAmp() as amp:
        amp.send(SMS)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sceen_after": "1s"}, "unknown setting sceen-after; did you mean seen-after?"),
        ({"callback_timeout": "soon"}, "callback-timeout: 'soon' is not a duration"),
        ({"port": 70_000}, "port: 70000 is not from 0 to 65535"),
        ({"log_level": "debug"}, r'log-level cannot be set here: .*getLogger\("mock_amp"\)'),
        ({"url": "http://127.0.0.1:9", "tls": True}, "a server that runs already has its settings: tls"),
    ],
)
def test_a_setting_that_cannot_be_is_told_before_anything_starts(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(BadSetting, match=told):
        AmpServer(**settings)
    with pytest.raises(BadSetting, match=told):
        MockAmp(**settings)


@pytest.mark.parametrize(
    ("settings", "error", "told"),
    [
        ({"scenario": "nowhere.yaml"}, StartFailed, "nowhere.yaml"),
        ({"store": "sqlite:////nowhere/at/all"}, StartFailed, "cannot open the store"),
        ({"tls": True, "tls_dir": "/dev/null/x"}, StartFailed, "no CA can be kept"),
        ({"inbox_host": "here:80"}, ValueError, "no host name or IPv4 address"),
        ({"url": "http://127.0.0.1:9"}, NotReached, "nobody can be reached at http://127.0.0.1:9"),
    ],
)
def test_a_start_that_fails_says_why_and_leaves_nothing(
    settings: dict[str, Any], error: type[Exception], told: str
) -> None:
    server = AmpServer(**settings)

    with no_thread_left(), pytest.raises(error, match=told):
        server.start()
    with pytest.raises(RuntimeError, match="does not run"):
        _ = server.url


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with no_thread_left(), pytest.raises(StartFailed, match=f"port {port} of 127.0.0.1 is taken"):
            MockAmp(port=port).start()


def test_a_machine_that_has_no_event_loop_left_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> asyncio.AbstractEventLoop:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(asyncio.events, "new_event_loop", none_left)

    with no_thread_left(), pytest.raises(OSError, match="Too many open files"):
        MockAmp().start()


def test_an_account_that_cannot_be_opened_stops_the_server_again() -> None:
    with no_thread_left(), pytest.raises(Refused, match="there is no scenario outtage; did you mean outage"):
        MockAmp(scenario="outtage").start()


def test_it_runs_once_at_a_time_stops_once_and_starts_afresh() -> None:
    mock = MockAmp()

    with no_thread_left():
        amp = mock.start()
        amp.send(SMS)
        with pytest.raises(RuntimeError, match="runs already"):
            mock.start()
        assert len(amp.sent) == 1
        mock.stop()
        mock.stop()
        assert mock.start().sent == []
        mock.stop()


def test_two_servers_do_not_know_each_other() -> None:
    with MockAmp() as one, MockAmp() as other:
        one.send(SMS)

        assert (len(one.sent), len(other.sent)) == (1, 0)
        assert one.url != other.url


def test_an_account_that_is_kept_alone_lives_on() -> None:
    """Who has no block keeps the account, and not what opened it."""
    amp = MockAmp().start()

    amp.send(SMS)

    assert len(amp.sent) == 1


def test_a_server_that_runs_already_is_used_and_goes_on(mock_amp_server: AmpServer) -> None:
    with MockAmp(mock_amp_server.url) as amp:
        amp.send({**SMS, "callback_url": amp.inbox.url})
        amp.advance("1h")

        assert len(amp.inbox.reports) == 3
        assert amp.info().expires_after is not None  # should this process be killed
    with pytest.raises(NotFound):
        amp.info()
    assert mock_amp_server.client.ready()


def test_an_application_with_the_real_url_written_into_it_is_led_here_by_the_proxy() -> None:
    with AmpServer(proxy_port=0) as server, server.account() as amp:
        assert server.ca_file is not None
        assert server.proxy_url is not None
        with urllib3.ProxyManager(server.proxy_url, ca_certs=server.ca_file) as http:
            answer = http.request("POST", "https://rest.fortytwo.com/1/im", json=SMS, headers=amp.headers)
        with urllib3.PoolManager(ca_certs=server.ca_file) as http:
            direct = http.request("POST", f"{server.tls_url}/1/im", json=SMS, headers=amp.headers)

        assert (answer.status, direct.status, len(amp.sent)) == (200, 200, 2)
        assert "mock-amp-" in server.ca_file  # of its own, not with the user's data
        folder = Path(server.ca_file).parent
    assert not folder.exists()
    assert [server.tls_url, server.proxy_url, server.ca_file] == [None, None, None]


def test_the_log_is_quiet_for_who_has_not_asked_for_it(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO, "mock_amp")

    with MockAmp() as amp:
        amp.inbox.answer(500)
        amp.send({**SMS, "callback_url": amp.inbox.url})
        amp.advance("1h")

    assert any("attempt 1 failed (answered 500)" in record.message for record in caplog.records)
    assert capfd.readouterr() == ("", "")


def test_a_failed_test_is_told_what_its_account_saw() -> None:
    with MockAmp() as amp:
        amp.inbox.answer(500)
        for at in range(12):
            amp.send({**SMS, "destinations": [{"number": f"356990000{at:02}"}], "callback_url": amp.inbox.url})
        with pytest.raises(Refused):
            amp.send({"destinations": [{"number": "x" * 500}]})
        amp.advance("1h")

        told = tell(amp).splitlines()

    assert told[0].startswith("clock frozen, 2026-01-01 01:00:00; token ")
    assert told[1:4] == ["13 requests", "  … 3 before", "  POST /1/im -> 200"]
    assert told[12].startswith("  POST /1/im -> 400 [")
    assert "12 messages" in told
    assert "36 callbacks" in told
    assert any(line.endswith("'x': INTERNAL:ACCEPTD SMS:ACCEPTD SMS:DELIVRD") for line in told)
    assert tell(amp).startswith("nobody can say: ")


def test_a_program_that_never_stops_it_ends_without_a_word() -> None:
    program = """
import threading
from mock_amp.testing import AmpServer, MockAmp
amp, server = MockAmp().start(), AmpServer(tls=True).start()
amp.inbox.always_answer(lambda post: threading.Event().wait() and 200)
amp.send({"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x"}, "callback_url": amp.inbox.url})
print(server.ca_file)
"""

    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert not Path(done.stdout.strip()).exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_process_that_is_forked_off_ends_without_taking_the_server_along() -> None:
    program = """
import os, sys
from pathlib import Path
from mock_amp.testing import MockAmp
mock = MockAmp(tls=True)
with mock as amp:
    child = os.fork()
    if child == 0:
        sys.exit(len(amp.sent))
    ended = os.waitpid(child, 0)[1]
    print(ended, amp.info().id == amp.id, Path(mock.server.ca_file).exists())
"""

    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "0 True True\n", "")


@pytest.mark.skipif(not hasattr(signal, "SIGINT") or os.name == "nt", reason="signals are another matter there")
def test_ctrl_c_ends_it_as_it_ends_any_program() -> None:
    program = """
import os, signal, threading
from mock_amp.testing import MockAmp
with MockAmp() as amp:
    def answer(post):
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait()
    amp.inbox.always_answer(answer)
    sms = {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x"}}
    amp.send({**sms, "callback_url": amp.inbox.url})
    amp.advance("1h")
"""

    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == -signal.SIGINT
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")
    assert done.stderr.count("Traceback") == 1
