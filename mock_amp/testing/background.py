"""An event loop in a thread of its own, so that what runs on it is held up by nobody else's code."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """A running event loop in a daemon thread; `do` has it work and waits for the outcome.

    The standard loop: a process that is forked off while uvloop runs dies of it at its end, and a test wins nothing by
    uvloop.
    """

    def __init__(self, name: str) -> None:
        """Raises what hinders a loop: too many open files, say."""
        self._begun: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        self._loop = self._begun.result()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """The outcome of a coroutine on the loop; what it raises is raised here. Ctrl-C ends the wait and
        the work.
        """
        if not self._thread.is_alive():
            work.close()
            raise RuntimeError(
                f"the thread of {self._thread.name} is over, or of the process that this was forked from"
            )
        outcome = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return outcome.result()
        finally:
            outcome.cancel()

    def stop(self) -> None:
        """Ends the loop, with what still runs on it, and the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()

    def _run(self) -> None:
        try:
            with asyncio.Runner(debug=False) as runner:
                runner.run(self._main())
        except BaseException as error:
            if self._begun.done():
                raise
            self._begun.set_exception(error)  # it is raised in the thread that waits for this one

    async def _main(self) -> None:
        self._end = asyncio.Event()
        self._begun.set_result(asyncio.get_running_loop())
        await self._end.wait()


async def in_a_thread(work: Callable[[], T]) -> T:
    """The outcome of work that may block, and raises nothing. Each has a thread of its own, so that none ever waits for
    another to end, and one that never ends holds nobody up.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(value: T) -> None:
        if not outcome.cancelled():
            outcome.set_result(value)

    def run() -> None:
        value = work()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, value)

    threading.Thread(target=run, name="mock-amp receiver", daemon=True).start()
    return await outcome
