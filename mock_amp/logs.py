"""Log lines for a person, or as JSON for a machine; both on stderr, and one line an event.

What stands in a message may come from a client: nothing of it begins another line or moves a terminal, and secrets show
by their last four characters. A traceback is there for faults of ours alone; it is indented, as no line of the log is.
"""

import asyncio
import json
import logging
import sys
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from mock_amp.core.auth import tail
from mock_amp.core.veils import veiled, visible

log = logging.getLogger(__name__)

_USUAL: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_MARGIN: Final = "    "
_SHORTEST: Final = 5
"""Characters of a secret that can be told from its tail."""


_PAUSE: Final = 1.0
"""Seconds of the loop between two lines that say the same."""


class TextLines(logging.Formatter):
    """Time of day, level and message; `secrets` are texts that nobody may see, wherever they stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")
        self._veil = _Veil(secrets)

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record, self.datefmt)} {record.levelname:7} {record.getMessage()}"
        lines = [line, *(f"{_MARGIN}{each}" for each in _error(self, record).splitlines())]
        return "\n".join(visible(self._veil.over(each)) for each in lines)


class JsonLines(logging.Formatter):
    """One JSON object a line: what was given as `extra`, at, level, logger, message, and the error if there is one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._veil = _Veil(secrets)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {key: value for key, value in vars(record).items() if key not in _USUAL}
        line |= {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if error := _error(self, record):
            line["error"] = error
        # what is not ASCII is escaped: a machine reads it alike, and a terminal obeys none of it
        return json.dumps(self._veil.over_all(line)).replace("\x7f", "\\u007f")


def configure_logs(level: str, style: str, secrets: Iterable[str] = ()) -> None:
    """Sends the log to stderr in the chosen style; libraries speak from warning on.

    So do warnings, and whatever ends a thread or the process without anybody to hear of it.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(secrets) if style == "json" else TextLines(secrets))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("mock_amp").setLevel(level.upper())
    logging.captureWarnings(capture=True)
    sys.excepthook = _end_by
    sys.unraisablehook = _tell_unraisable
    threading.excepthook = _tell_thread


class TellLost:
    """The event loop's handler of what nobody waits for. What the machine refuses is no fault of ours: one line.

    That is told once a second: where no more files can be opened, the loop says so for each client that waits.
    """

    def __init__(self) -> None:
        self._told: tuple[str, float] = ("", -_PAUSE)

    def __call__(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        error, what = context.get("exception"), context.get("message", "the event loop met something unexpected")
        if not isinstance(error, OSError):
            task = context.get("task") or context.get("future") or context.get("handle")
            log.error("%s%s", what, f": {task!r}" if task else "", exc_info=error)
            return
        line, (last, at), now = f"{what}: {error}", self._told, loop.time()
        if line != last or now - at >= _PAUSE:
            self._told = line, now
            log.error("%s", line)


class _Veil:
    """Lays itself over secrets: those it was told, and those that stand where secrets do."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [each for each in secrets if len(each) >= _SHORTEST]

    def over(self, text: str) -> str:
        for each in self._secrets:
            text = text.replace(each, tail(each))
        return veiled(text)

    def over_all(self, value: Any) -> Any:
        match value:
            case None | bool() | int():
                return value
            case Mapping():
                return {str(key): self.over_all(each) for key, each in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.over_all(each) for each in value]
            case _:
                return self.over(str(value))


def _instant(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    parts = [
        formatter.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else "",
        formatter.formatStack(record.stack_info) if record.stack_info else "",
    ]
    return "\n".join(part for part in parts if part)


def _end_by(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("mock-amp ends by a fault of its own", exc_info=(kind, error, trace))


def _tell_unraisable(told: Any) -> None:
    what = told.err_msg or "a fault that nobody could be told of"
    log.error("%s: %r", what, told.object, exc_info=(told.exc_type, told.exc_value, told.exc_traceback))


def _tell_thread(told: threading.ExceptHookArgs) -> None:
    name = told.thread.name if told.thread else "that is gone"
    if told.exc_value is not None:
        log.error("the thread %s has ended", name, exc_info=(told.exc_type, told.exc_value, told.exc_traceback))
