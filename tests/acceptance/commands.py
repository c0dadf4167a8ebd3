"""Commands of `mock-amp` against a running server, in this process: what they print, and how they end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from click.testing import CliRunner

from mock_amp.cli.main import main
from mock_amp.client import Account, Client
from tests.acceptance.processes import Served, serving

NUMBER = "35699000001"
NO_IM = "99900000003"
START = "2026-01-01T00:00:00Z"
NOBODY = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Commands:
    """Runs commands about an account of its own, whose clock stands still."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.client = Client(served.url)
        self.account: Account = self.client.open_account(clock="frozen", now=START, seed=7)

    def __call__(self, *arguments: str, stdin: str | None = None, env: Mapping[str, str] | None = None) -> Done:
        here = {"MOCK_AMP_URL": self.served.url, "MOCK_AMP_ACCOUNT": self.account.id}
        return run(*arguments, stdin=stdin, env=here if env is None else env)


def run(*arguments: str, stdin: str | None = None, env: Mapping[str, str] | None = None) -> Done:
    """A command in this process."""
    with CliRunner(env=env or {}).isolation(input=stdin) as streams:
        try:
            main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
        return Done(status, *(stream.getvalue().decode() for stream in streams[:2]))


@contextmanager
def commanding() -> Iterator[Served]:
    with serving("--port", "0") as served:
        yield served
