"""Lines of the log: one an event, whatever stands in it; secrets by their tail; a traceback where a fault is ours."""

import asyncio
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import pytest

from mock_amp.core.veils import veiled, veiled_target
from mock_amp.logs import JsonLines, TellLost, TextLines, configure_logs

STYLES: Final = ("text", "json")
KEY: Final = "k3y!of-the-harbour"
TOKEN: Final = "5f0e1d2c-aaaa-4bbb-8ccc-0123456789ab"


@pytest.fixture
def clean_logging() -> Iterator[None]:
    """What configure_logs changes is put back."""
    root, ours = logging.getLogger(), logging.getLogger("mock_amp")
    kept = root.handlers[:], root.level, ours.level
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = kept[0]
    root.setLevel(kept[1])
    ours.setLevel(kept[2])
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


def line(message: str, *arguments: object, style: str = "text", error: Exception | None = None, **extra: Any) -> str:
    """One record as it is written."""
    record = logging.LogRecord("mock_amp.x", logging.INFO, __file__, 1, message, arguments, None)
    vars(record).update(extra)
    if error is not None:
        try:
            raise error
        except Exception:
            record.exc_info = sys.exc_info()
    return (JsonLines([KEY]) if style == "json" else TextLines([KEY])).format(record)


HOSTILE: Final = [
    pytest.param("a\n12:00:00 ERROR   forged", id="a line feed"),
    pytest.param("a\r12:00:00 ERROR   forged", id="a carriage return"),
    pytest.param("\x1b[2J\x1b[1;31mred", id="ANSI"),
    pytest.param("\x9b31mred", id="C1"),
    pytest.param("a\x00b\x07\x7f", id="controls"),
    pytest.param("a\u202egnp.exe", id="bidi"),
    pytest.param("a\u2066b\u2028c\u2029d\x85e", id="isolates and line separators"),
    pytest.param("\udcff\ud800", id="surrogates"),
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_message_holds_is_one_line_that_moves_no_terminal(text: str, style: str) -> None:
    written = line("%s failed", text, style=style)

    assert written.isprintable()
    assert "failed" in written
    if style == "json":
        assert json.loads(written)["message"] == f"{text} failed"


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_an_error_of_ours_holds_forges_no_line_below_its_own(text: str) -> None:
    first, *others = line("it failed", error=ValueError(text)).split("\n")

    assert first.endswith("INFO    it failed")
    assert others[0] == "    Traceback (most recent call last):"
    assert all(each.startswith("    ") and each.isprintable() for each in others)


def test_as_json_an_error_is_inside_of_the_one_object() -> None:
    written = json.loads(line("it failed", style="json", error=ValueError("a\nb")))

    assert "Traceback" in written["error"]
    assert written["error"].endswith("ValueError: a\nb")


def test_as_json_a_line_has_its_instant_in_utc_its_level_logger_and_message() -> None:
    """RFC 3339, with a zone."""
    written = json.loads(line("it is %s", "so", style="json"))

    assert written["at"].endswith("Z")
    assert len(written["at"]) == len("2026-01-01T00:00:00.000Z")
    assert datetime.fromisoformat(written["at"])
    assert (written["level"], written["logger"], written["message"]) == ("info", "mock_amp.x", "it is so")


def test_as_json_an_extra_is_written_and_replaces_nothing_of_ours() -> None:
    written = json.loads(line("so", style="json", account="harbour", level="forged", seen={"at": object}))

    assert (written["account"], written["level"]) == ("harbour", "info")
    assert written["seen"] == {"at": "<class 'object'>"}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"GET /__admin/tokens/{TOKEN} failed", "/__admin/tokens/…89ab failed"),
        (f"GET /__admin/accounts/a/tokens/{TOKEN}?x=1", "/tokens/…89ab?x=1"),
        (f"GET /__admin/accounts?token={TOKEN}&x=1", "?token=…89ab&x=1"),
        (f"GET /1/im?tok%65n={TOKEN}&x=1", "?tok%65n=…89ab&x=1"),
        (f"GET /1/im?%54OKE%6e={TOKEN}", "?%54OKE%6e=…89ab"),
        (f"GET /1/im?access_token={TOKEN}", "?access_token=…89ab"),
        (f"GET /__admin%2Ftoken%73/{TOKEN}", "%2Ftoken%73/…89ab"),
        (f"{{'Authorization': 'Token {TOKEN}'}}", "'Authorization': 'Token …89ab'"),
        (f"authorization: token {TOKEN}", "authorization: token …89ab"),
        (f"X-Admin-Key: {TOKEN}", "X-Admin-Key: …89ab"),
        (f"the key {KEY} is wrong", "the key …bour is wrong"),
        ("to http://joe:s3cret@example.test/x?y=1", "to http://…@example.test/x?y=1"),
        ("to https://s3cret@[::1]:8/", "to https://…@[::1]:8/"),
    ],
)
def test_a_secret_shows_by_its_last_four_characters(text: str, shown: str, style: str) -> None:
    written = line("%s", text, style=style)
    said = json.loads(written)["message"] if style == "json" else written

    assert shown in said
    assert not any(each in written for each in (TOKEN, KEY, "s3cret"))


def test_a_secret_shows_no_more_in_an_extra_and_in_an_error() -> None:
    error = ValueError(f"Authorization: Token {TOKEN} and {KEY}")
    inside = {"url": "http://joe:s3cret@example.test/", "list": [f"/tokens/{TOKEN}"], KEY: (KEY,)}
    written = line("it failed", style="json", error=error, inside=inside)

    assert not any(each in written.replace(f'"{KEY}":', "") for each in (TOKEN, KEY, "s3cret"))


@pytest.mark.parametrize("text", ["the token is unknown", "a@b, //c@d, :/e@f", "http://a/b@c", "Token 42"])
def test_what_is_no_secret_stays(text: str) -> None:
    assert veiled(text) == text


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/1/im/status/17672256000000014003", "/1/im/status/17672256000000014003"),
        (f"/1/im/status/a?token={TOKEN}", "/1/im/status/a?token=…89ab"),
        (f"/TOKENS/{TOKEN}", "/TOKENS/…89ab"),
        (f"/t%4fkens/{TOKEN}", "/t%4fkens/…89ab"),
        (f"/1/Authorization:{TOKEN}", "/1/Authorization:…89ab"),
        (f"/x-admin-key={TOKEN}", "/x-admin-key=…89ab"),
        ("/tokens/abc", "/tokens/…abc"),
    ],
)
def test_a_path_is_veiled_where_a_secret_may_stand_and_once(path: str, shown: str) -> None:
    assert veiled_target(path) == shown
    assert veiled_target(shown) == shown


@pytest.mark.usefixtures("clean_logging")
@pytest.mark.parametrize("style", STYLES)
class TestConfigured:
    """Of what nobody waits for, and of what libraries say, there is a line in the same form."""

    def read(self, capsys: pytest.CaptureFixture[str], style: str) -> list[str]:
        """The messages that were logged; of a text without time and level."""
        lines = capsys.readouterr().err.splitlines()
        if style == "json":
            return [each["message"] for each in map(json.loads, lines)]
        return [each.split(maxsplit=2)[2] for each in lines if not each.startswith("    ")]

    def test_a_warning_is_a_line(self, style: str, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logs("info", style)
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(capture=True)
            warnings.warn("this is\nold", DeprecationWarning, stacklevel=1)

        (told,) = self.read(capsys, style)
        assert "DeprecationWarning: this is" in told

    @pytest.mark.parametrize("library", ["asyncio", "aiohttp.server", "apsw"])
    def test_a_library_speaks_from_warning_on(
        self, style: str, library: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        configure_logs("debug", style)
        logging.getLogger(library).info("not this")
        logging.getLogger(library).error("Task exception was never retrieved\nfuture: %s", "x")

        (told,) = self.read(capsys, style)
        assert told.startswith("Task exception was never retrieved")

    def test_the_end_of_the_process_by_a_fault_is_told(self, style: str, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logs("error", style)
        error = ValueError("oh")
        sys.excepthook(ValueError, error, None)
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

        assert self.read(capsys, style) == ["mock-amp ends by a fault of its own"]

    def test_a_thread_that_ends_by_a_fault_is_told(self, style: str, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logs("error", style)

        def fail() -> None:
            raise ValueError("oh")

        thread = threading.Thread(target=fail, name="worker")
        thread.start()
        thread.join()

        assert self.read(capsys, style) == ["the thread worker has ended"]

    def test_a_fault_in_a_finalizer_is_told(self, style: str, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logs("error", style)

        class Failing:
            def __del__(self) -> None:
                raise ValueError("oh")

        Failing()

        (told,) = self.read(capsys, style)
        assert "Failing.__del__" in told

    async def test_a_task_of_which_nobody_hears_is_told(self, style: str, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logs("error", style)
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(TellLost())
        loop.call_exception_handler({"message": "Task exception was never retrieved", "exception": ValueError("oh")})

        assert self.read(capsys, style) == ["Task exception was never retrieved"]

    async def test_what_the_machine_refuses_is_told_without_a_traceback(
        self, style: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Too many open files, say: clients can bring that about."""
        configure_logs("error", style)
        tell = TellLost()
        for _ in range(1_000):  # the standard loop says so for each client that waits
            tell(asyncio.get_running_loop(), {"message": "accept failed", "exception": OSError(24, "Too many")})
        written = capsys.readouterr().err

        assert len(written.splitlines()) == 1
        assert "Traceback" not in written
        assert "accept failed: [Errno 24] Too many" in written
