"""The pytest plugin: fixtures for tests of applications that send. Whoever uses none of them pays nothing.

`amp` is a fresh account for each test, on one server for the whole session (for each worker under pytest-xdist), or on
the one that `--mock-amp-url` names. Its clock is frozen at 2026-01-01T00:00:00Z.
"""

import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from mock_amp.testing import Amp, AmpServer, AsyncAmp

_MARK: Final = "mock_amp"
_WISHES: Final = ("clock", "now", "rate", "seed", "scenario", "expires_after", "limits", "reject_first_promotional")
_FIXTURES: Final = frozenset({"amp", "async_amp", "mock_amp_server"})
_ACCOUNT: "Final[pytest.StashKey[Amp]]" = pytest.StashKey()
_LAST_SEEN: Final[pytest.StashKey[str]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Each option may stand in a variable instead, for CI."""
    group = parser.getgroup("mock-amp", "mock-amp: an AMP account in a box")
    group.addoption(
        "--mock-amp-url",
        metavar="URL",
        help="Use the server that runs there instead of one in this process (or MOCK_AMP_URL).",
    )
    group.addoption("--mock-amp-admin-key", metavar="TEXT", help="Its admin-key (or MOCK_AMP_ADMIN_KEY).")
    group.addoption("--mock-amp-ca", metavar="FILE", help="A CA to trust in, for https (or MOCK_AMP_CLIENT_CA).")
    group.addoption(
        "--mock-amp-inbox-host",
        metavar="NAME",
        help="The name by which that server reaches amp.inbox, if not 127.0.0.1 (or MOCK_AMP_INBOX_HOST).",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known."""
    wishes = ", ".join(f"{each}=" for each in _WISHES)
    config.addinivalue_line(
        "markers",
        f"{_MARK}({wishes}): how the account of the fixture amp is opened; of several marks, the nearest to the test "
        "has the last word on each.",
    )


@pytest.fixture(scope="session")
def mock_amp_settings() -> Mapping[str, Any]:
    """Settings of the server of this session, {"callback_timeout": "2s"} say, by their names in docs/operations.md.

    Override it in a conftest.py, with scope="session". A server at --mock-amp-url has its own.
    """
    return {}


@pytest.fixture(scope="session")
def mock_amp_server(pytestconfig: pytest.Config, mock_amp_settings: Mapping[str, Any]) -> "Iterator[AmpServer]":
    """The server of this session; `with mock_amp_server.account() as other: ...` opens a further account."""
    with ExitStack() as opening:
        with _plainly():
            server = opening.enter_context(_server(pytestconfig, mock_amp_settings))
        yield server


@pytest.fixture
def amp(request: pytest.FixtureRequest, mock_amp_server: "AmpServer") -> "Iterator[Amp]":
    """An account of its own: nobody else sees it, and its clock stands still until the test moves it.

    The application under test is given `amp.url`, `amp.token` and, as callback_url, `amp.inbox.url`. The test moves
    time (`amp.advance("10m")`), is the handset (`amp.reply(...)`), and says what it expects (`amp.expect(...)`).
    """
    wishes = _wishes(request.node)
    with ExitStack() as opening:
        with _plainly():
            account = opening.enter_context(mock_amp_server.account(**wishes))
        request.node.stash[_ACCOUNT] = account
        yield account
        try:
            account.inbox.check()
        except BaseException:  # what pytest.fail raises is no Exception
            request.node.stash[_LAST_SEEN] = _told(request.node, account)  # it is forgotten before the report is made
            raise


@pytest.fixture
def async_amp(amp: "Amp") -> "AsyncAmp":
    """The same account for asynchronous tests: `await async_amp.advance("10m")`."""
    return amp.aio


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs an asynchronous test with a fixture of ours, on an event loop of its own, where no other plugin does.

    pytest itself refuses such tests when it comes to them, and none that says `trylast` comes after it. So this is no
    `trylast`, and lets those go first that would come between.
    """
    __tracebackhide__ = True
    test = pyfuncitem.obj
    if not iscoroutinefunction(test) or _FIXTURES.isdisjoint(pyfuncitem.fixturenames) or _is_for_others(pyfuncitem):
        return None
    hooks = pyfuncitem.ihook.pytest_pyfunc_call.get_hookimpls()  # the last of them is called first
    mine = next(at for at, each in enumerate(hooks) if each.function is pytest_pyfunc_call)
    for each in reversed(hooks[:mine]):
        if not each.trylast and each.function(*[pyfuncitem] * len(each.argnames)) is not None:
            return True
    import asyncio

    given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}  # noqa: SLF001 - as all such plugins do
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:  # which leaves the loop of the thread alone
        runner.run(test(**given))
    return True


def _is_for_others(test: pytest.Function) -> bool:
    """Whether it has asynchronous fixtures: the plugin that makes them has to run it, on their loop."""
    fixtures = test._fixtureinfo.name2fixturedefs.values()  # noqa: SLF001 - as all such plugins do
    made_by = [each[-1].func for each in fixtures]
    return any(iscoroutinefunction(each) or isasyncgenfunction(each) for each in made_by)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> "Generator[None, pytest.TestReport, pytest.TestReport]":
    """A test that fails shows what its account has seen."""
    report = yield
    account = item.stash.get(_ACCOUNT, None)
    if report.failed and account is not None:
        told = item.stash.get(_LAST_SEEN, None) if report.when == "teardown" else _told(item, account)
        if told is not None:
            report.sections.append(("mock-amp: what the account saw", told))
    return report


def _told(item: pytest.Item, account: "Amp") -> str:
    from mock_amp.testing.telling import tell

    return tell(account, shared=_option(item.config, "url", "MOCK_AMP_URL") is not None)


def _server(config: pytest.Config, settings: Mapping[str, Any]) -> "AmpServer":
    from mock_amp.testing import AmpServer

    ca, inbox_host = _option(config, "ca", "MOCK_AMP_CLIENT_CA"), _option(config, "inbox_host", "MOCK_AMP_INBOX_HOST")
    url = _option(config, "url", "MOCK_AMP_URL")
    if url is None:
        return AmpServer(inbox_host=inbox_host, **settings)
    key = _option(config, "admin_key", "MOCK_AMP_ADMIN_KEY")
    return AmpServer(url, admin_key=key, ca=ca, inbox_host=inbox_host)


def _wishes(node: pytest.Item) -> dict[str, Any]:
    """What the marks of a test say, those of its class and module too."""
    wishes: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers(_MARK))):
        wrong = [*map(repr, mark.args), *(name for name in mark.kwargs if name not in _WISHES)]
        if wrong:
            pytest.fail(
                f"mock_amp does not know {', '.join(wrong)}: it takes {', '.join(_WISHES)}, by name", pytrace=False
            )
        wishes |= mark.kwargs
    return wishes


@contextmanager
def _plainly() -> Iterator[None]:
    """What cannot be had is told in a line: where in a client or a server that was found out helps nobody."""
    from mock_amp.client import AmpError
    from mock_amp.testing import BadSetting, StartFailed

    try:
        yield
    except (AmpError, BadSetting, StartFailed, ValueError, OSError) as error:
        raise pytest.fail.Exception(f"mock-amp: {error}", pytrace=False) from None


def _option(config: pytest.Config, name: str, variable: str) -> str | None:
    return config.getoption(f"mock_amp_{name}") or os.environ.get(variable) or None
