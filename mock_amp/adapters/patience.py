"""Ending what has waited too long: one alarm of the loop is for all that wait equally long.

`asyncio.timeout` sets an alarm each time, which of a post with an answer at once would be a tenth of its cost.
"""

import asyncio
from typing import Any, Final, NamedTuple

_Task = asyncio.Task[Any]


class _Wait(NamedTuple):
    until: float
    """By the clock of the loop."""
    cancelling: int
    """How often the task was to be cancelled before."""


class Patience:
    """Cancels a task whose wait lasts longer than so many seconds; who waits sees to it that `end` is called."""

    def __init__(self, seconds: float) -> None:
        self._seconds: Final = seconds
        self._waits: dict[_Task, _Wait] = {}
        self._late: dict[_Task, _Wait] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def begin(self) -> _Task:
        """The task that waits from here on: the one that calls."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can wait")
        until = loop.time() + self._seconds
        self._waits[task] = _Wait(until, task.cancelling())
        if self._alarm is None:
            self._alarm = loop.call_at(until, self._ring)
        return task

    def end(self, task: _Task) -> None:
        """The wait is over, whatever ended it."""
        self._waits.pop(task, None)
        if self._late.pop(task, None) is not None:  # what it waited for ended in another way, just then
            task.uncancel()

    def ran_out(self, task: _Task) -> bool:
        """Whether a task was cancelled because of its wait and for no other reason; then it goes on."""
        late = self._late.pop(task, None)
        return late is not None and task.uncancel() <= late.cancelling

    def stop(self) -> None:
        """Nobody will wait any more; who still does is ended in time all the same."""
        if self._alarm is not None and not self._waits:
            self._alarm.cancel()
            self._alarm = None

    def _ring(self) -> None:
        self._alarm = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        for task, wait in list(self._waits.items()):
            if wait.until > now:
                self._alarm = loop.call_at(wait.until, self._ring)
                break
            self._late[task] = self._waits.pop(task)
            task.cancel()
