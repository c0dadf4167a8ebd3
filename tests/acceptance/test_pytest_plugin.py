"""The pytest plugin as a stranger meets it: tests of their own, in a process of their own, with no plugin but ours."""

import os
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import pytest

from mock_amp import pytest_plugin
from mock_amp.client import Account
from mock_amp.testing import Amp, AmpServer, Inbox
from tests.acceptance.processes import ROOT

pytest_plugins = ["pytester"]

ALONE = ("asyncio", "aiohttp", "schemathesis", "anyio", "hypothesispytest", "xdist", "cacheprovider")
"""Plugins that stand in this environment; a stranger need not have them."""

OURS = r"^\S*mock_amp\S+\.py:\d+: "
"""A line of a traceback."""

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
Run = Callable[..., pytest.RunResult]

HELLO = """
def hello(amp, number="35699000001", **more):
    return amp.send({"destinations": [{"number": number}], "sms_content": {"message": "code 4711"}, **more})

"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a file of tests with all warnings as errors, in Python's development mode."""
    for name in [name for name in os.environ if name.startswith("MOCK_AMP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONDEVMODE", "1")

    def run(
        tests: str,
        *flags: str,
        without: tuple[str, ...] = ALONE,
        files: Mapping[str, str] = NOTHING,
        variables: Mapping[str, str] = NOTHING,
    ) -> pytest.RunResult:
        for name, text in {"test_it": tests, **files}.items():
            pytester.makepyfile(**{name: text})
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        off = [flag for name in without for flag in ("-p", f"no:{name}")]
        done = pytester.runpytest_subprocess(*off, "-W", "error", "--strict-markers", *flags, timeout=120)
        assert "Warning" not in done.stderr.str(), done.stderr.str()
        return done

    return run


def test_every_promise_of_the_fixture_is_kept(run: Run) -> None:
    done = run(
        """
import pytest
from mock_amp.client import NotSeen
"""
        + HELLO
        + """

def test_account(amp):
    assert amp.url.startswith("http://127.0.0.1:") and len(amp.token) > 8 and amp.sent == []
    assert amp.now.isoformat() == "2026-01-01T00:00:00+00:00" and amp.clock().mode == "frozen"
    hello(amp)
    assert [each.text for each in amp.sent] == ["code 4711"]

def test_fresh(amp, mock_amp_server):
    assert amp.sent == []
    assert amp.url == mock_amp_server.url
    assert len(mock_amp_server.client.accounts()) == 2  # the default one, and this

def test_clock(amp):
    hello(amp)
    amp.advance("10m")
    assert amp.now.minute == 10
    assert amp.wait_for(to="35699000001", status="DELIVRD")[0].status == "DELIVRD"

def test_inbox(amp):
    amp.inbox.answer(500, 204)
    hello(amp, callback_url=amp.inbox.url)
    amp.advance("15m")
    assert len(amp.inbox.reports) == 3 and len(amp.inbox.posts) == 5

def test_reply(amp):
    amp.send({"destinations": [{"number": "35699000001"}], "im_content": [{"channel": "VIBER", "content": "x"}],
              "reply_url": amp.inbox.reply_url})
    amp.advance("1m")
    amp.reply("35699000001", "yes")
    amp.wait_for_callbacks(kind="reply", state="delivered")
    assert amp.inbox.replies[0]["message"]["text"] == "yes"

def test_scenario(amp):
    assert amp.scenario("outage").name == "outage"

def test_code(amp):
    hello(amp)
    assert amp.code_for("35699000001") == "4711"
    with pytest.raises(NotSeen):
        amp.code_for("35699000002")

def test_expect(amp):
    hello(amp)
    assert amp.expect(to="35699000001", count=1)[0].text == "code 4711"

def test_further_account(amp, mock_amp_server):
    with mock_amp_server.account(seed=2) as other:
        hello(other)
    assert amp.sent == []

def test_asynchronous(async_amp):
    import asyncio

    async def test():
        await async_amp.send({"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x"},
                              "callback_url": async_amp.inbox.url})
        await asyncio.gather(*(async_amp.advance("1m") for _ in range(20)))
        assert len(async_amp.inbox.reports) == 3
        return (await async_amp.now()).minute

    assert asyncio.run(test()) == 20

@pytest.fixture
def application(amp):
    hello(amp)
    return amp

@pytest.mark.parametrize("at", range(3))
def test_behind_a_fixture_of_theirs(application, at):
    assert len(application.sent) == 1

@pytest.fixture(scope="module")
def for_all(mock_amp_server):
    with mock_amp_server.account() as account:
        yield account

@pytest.mark.parametrize("at", range(2))
def test_one_account_for_several(for_all, at):
    hello(for_all)
    assert len(for_all.sent) == at + 1

def test_that_ends_its_account(amp):
    amp.delete()
""",
    )

    done.assert_outcomes(passed=16)
    for noise in ("mock-amp: what the account saw", "answered 500"):
        assert noise not in done.stdout.str() + done.stderr.str()


def test_a_failure_shows_the_line_of_the_test_the_nearest_misses_and_what_the_account_saw(run: Run) -> None:
    done = run(
        HELLO
        + """
def test_sync(amp):
    hello(amp, callback_url=amp.inbox.url)
    amp.expect(to="35699000001", status="SEEN")

def test_async(async_amp):
    import asyncio
    asyncio.run(async_amp.expect(to="35699000002"))

def test_by_name(request):
    hello(request.getfixturevalue("amp"))
    assert False

def test_refused(amp):
    amp.send({"destinations": [{"number": "nonsense"}], "sms_content": {"message": "x"}})

import pytest

@pytest.fixture
def broken(amp):
    hello(amp)
    raise RuntimeError("broken")

def test_broken(broken):
    pass

def test_deleted(amp):
    amp.delete()
    amp.expect(to="35699000001")

def test_function(amp):
    amp.inbox.always_answer(lambda post: post.absent)
    hello(amp, callback_url=amp.inbox.url)
    amp.advance("1h")

def test_unused():
    assert False

@pytest.mark.xfail
def test_known(amp):
    amp.expect()
"""
    )

    done.assert_outcomes(failed=6, errors=2, passed=1, xfailed=1)
    sync, asynchronous, by_name, refused, broken, deleted, function, unused = (
        _part(done.stdout.str(), name)
        for name in ("sync", "async", "by_name", "refused", "broken", "deleted", "function", "unused")
    )
    assert re.search(r'^> +amp.expect\(to="35699000001", status="SEEN"\)$', sync, re.MULTILINE)
    assert "status: wanted 'SEEN', got 'ACCEPTD'" in sync
    for part in (sync, asynchronous, refused, deleted):
        assert not re.search(OURS, part, re.MULTILINE)
    for part in (sync, asynchronous, by_name, refused, broken, deleted):
        assert "mock-amp: what the account saw" in part
    assert "35699000001 'code 4711': INTERNAL:ACCEPTD" in sync
    assert re.search(
        r"  report of INTERNAL ACCEPTD to 35699000001: \w+ .*at http://127.0.0.1:\d+/\d+/reports$", sync, re.M
    )
    assert "POST /1/im -> 403 [D-1]" in refused
    assert "right would be digits in international format" in refused
    assert "nobody can say: 404" in deleted
    assert "AttributeError: 'Post' object has no attribute 'absent'" in function
    assert "report of SMS DELIVRD to 35699000001: discarded (500, 500, 500) at http://" in function
    assert "mock-amp" not in unused


STRANGERS = """
import urllib.request, urllib.error

def post(amp, path="/1/im", **headers):
    body = b'{"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x"}}'
    wish = urllib.request.Request(amp.url + path, body, {"Content-Type": "application/json", **headers})
    try:
        urllib.request.urlopen(wish).close()
    except urllib.error.HTTPError as refusal:
        refusal.close()

def test_earlier(amp):
    post(amp, Authorization="Token of-another-test")

def test_another_token(amp):
    post(amp, Authorization="Token made-up")
    amp.expect(count=1)

def test_no_token(amp):
    post(amp)
    amp.expect(count=1)

def test_the_usual_token(amp):
    post(amp, Authorization="Token 00000000-0000-4000-8000-000000000042")
    amp.expect(count=1)

def test_another_path(amp):
    post(amp, "/api/im", **amp.headers)
    amp.expect(count=1)

def test_both(amp):
    post(amp, **amp.headers)
    post(amp, Authorization="Token made-up")
    amp.expect(count=2)

def test_nothing(amp):
    amp.expect(count=1)
"""


def test_a_failure_shows_what_came_with_another_token(run: Run) -> None:
    """The account itself has not seen it: the first thing that goes wrong with an application of one's own."""
    done = run(STRANGERS)

    done.assert_outcomes(passed=1, failed=6)
    other, none, usual, path, both, nothing = (
        _part(done.stdout.str(), name)
        for name in ("another_token", "no_token", "the_usual_token", "another_path", "both", "nothing")
    )
    came, needs = "1 request came to this server without this token:\n  ", "\n  the application needs amp.token\n"
    assert f"{came}POST /1/im -> 401 [A-2] Unauthorized: The token is not valid. (token …e-up){needs}" in other
    assert f"{came}POST /1/im -> 401 [A-2] Unauthorized: The Authorization header is missing.{needs}" in none
    assert f"{came}POST /1/im -> 200 (token …0042){needs}" in usual
    assert f"{came}POST /api/im -> 404 [H-3] Not Found: There is no endpoint at [/api/im]." in path
    assert f"1 request\n  POST /1/im -> 200\n{came}POST /1/im -> 401" in both
    assert re.search(r"^nothing came to http://127.0.0.1:\d+, with this token or a wrong one: does the", nothing, re.M)
    assert "nothing came" not in done.stdout.str().replace(nothing, "").replace("nothing came near", "")
    page = (ROOT / "docs" / "quick-start.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"^clock frozen.*?(?=^```)", page, re.M | re.S)
    assert _without_what_is_drawn(shown) in _without_what_is_drawn(other)


def test_on_a_server_that_others_use_what_came_with_another_token_may_be_theirs(
    run: Run, mock_amp_server: AmpServer
) -> None:
    done = run(STRANGERS, f"--mock-amp-url={mock_amp_server.url}", "-k", "another_token or both or earlier")

    done.assert_outcomes(passed=1, failed=2, deselected=4)
    part = _part(done.stdout.str(), "another_token")
    assert "1 request came to this server without this token, perhaps of another test:\n  POST /1/im -> 401" in part
    assert "came to this server" not in _part(done.stdout.str(), "both")


def test_the_mark_says_how_the_account_is_opened(run: Run) -> None:
    done = run(
        """
import pytest

pytestmark = pytest.mark.mock_amp(scenario="outage", seed=5)

@pytest.mark.mock_amp(clock="scaled", rate=60, now="2030-01-01T00:00:00Z", limits={"messages": 10},
                      expires_after="2h", reject_first_promotional=True)
def test_all(amp):
    info = amp.info()
    assert (info.scenario, info.seed, info.reject_first_promotional) == ("outage", 5, True)
    assert (info.clock.mode, info.clock.rate, info.clock.now.year) == ("scaled", 60, 2030)
    assert info.limits.messages == 10 and info.expires_after == "2h"

@pytest.mark.mock_amp(seed=1)
class TestOfAClass:
    @pytest.mark.mock_amp(seed=2)
    def test_nearest(self, amp):
        assert (amp.info().seed, amp.info().scenario) == (2, "outage")

    def test_class(self, amp):
        assert amp.info().seed == 1

@pytest.mark.mock_amp(scenario={"name": "mine"}, clock="real")
def test_real(amp):
    assert amp.info().scenario == "mine" and amp.now.year > 2025

@pytest.mark.mock_amp("outage")
def test_wrong_place(amp): pass

@pytest.mark.mock_amp(sceario="outage")
def test_wrong_name(amp): pass

@pytest.mark.mock_amp(scenario="outtage")
def test_wrong_value(amp): pass

@pytest.mark.mock_amp(clock="slow")
def test_wrong_clock(amp): pass
""",
        "--tb=short",
    )

    done.assert_outcomes(passed=4, errors=4)
    told = done.stdout.str()
    assert "mock_amp does not know 'outage': it takes clock, now, rate, seed, scenario" in told
    assert "mock_amp does not know sceario: it takes clock, now, rate, seed, scenario" in told
    assert "did you mean outage" in told
    assert "slow" in _part(told, "wrong_clock")
    assert "Traceback" not in told
    assert not re.search(OURS, told, re.MULTILINE)


def test_settings_are_said_once_in_a_conftest(run: Run) -> None:
    conftest = """
import pytest

@pytest.fixture(scope="session")
def mock_amp_settings():
    return {"send_path": "/1/acme", "tls": True}
"""
    done = run(
        """
import urllib.request, json, ssl

def test_path(amp, mock_amp_server):
    body = {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x"}}
    trust = ssl.create_default_context(cafile=mock_amp_server.ca_file)
    headers = {**amp.headers, "Content-Type": "application/json"}
    wish = urllib.request.Request(mock_amp_server.tls_url + "/1/acme", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(wish, context=trust) as answer:
        assert answer.status == 200
    assert len(amp.sent) == 1
""",
        files={"conftest": conftest},
    )
    done.assert_outcomes(passed=1)

    wrong = run(
        "def test_one(amp): pass\ndef test_two(amp): pass",
        files={"conftest": conftest.replace('"send_path"', '"sent_path"')},
    )

    wrong.assert_outcomes(errors=2)
    assert "mock-amp: AmpServer: unknown setting sent-path; did you mean send-path?" in wrong.stdout.str()
    assert not re.search(OURS, wrong.stdout.str(), re.MULTILINE)


def test_a_server_that_runs_is_used_by_all_workers(run: Run, mock_amp_server: AmpServer) -> None:
    tests = (
        HELLO
        + f'''
import pytest

@pytest.mark.parametrize("at", range(6))
def test_shared(amp, at):
    assert amp.url == "{mock_amp_server.url}"
    hello(amp, callback_url=amp.inbox.url)
    amp.advance("1h")
    assert (len(amp.sent), len(amp.inbox.reports)) == (1, 3)
'''
    )
    accounts = len(mock_amp_server.client.accounts())

    done = run(
        tests,
        "-n",
        "2",
        without=tuple(name for name in ALONE if name != "xdist"),
        variables={"MOCK_AMP_URL": mock_amp_server.url, "MOCK_AMP_INBOX_HOST": "localhost"},
    )

    done.assert_outcomes(passed=6)
    assert len(mock_amp_server.client.accounts()) == accounts


def test_each_worker_has_a_server_of_its_own(run: Run, pytester: pytest.Pytester) -> None:
    done = run(
        HELLO
        + """
import os, pathlib, pytest

@pytest.mark.parametrize("at", range(10))
def test_own(amp, at):
    hello(amp, callback_url=amp.inbox.url)
    amp.advance("1h")
    assert (len(amp.sent), len(amp.inbox.reports)) == (1, 3)
    pathlib.Path(f"url-{os.environ['PYTEST_XDIST_WORKER']}").write_text(amp.url)
    assert at != 9
""",
        "-n",
        "2",
        without=tuple(name for name in ALONE if name != "xdist"),
    )

    done.assert_outcomes(passed=9, failed=1)
    urls = [path.read_text() for path in pytester.path.glob("url-*")]
    assert len(set(urls)) == len(urls) == 2
    assert "mock-amp: what the account saw" in done.stdout.str()


def test_a_server_that_nobody_can_reach_is_told_in_a_line_for_each_test(run: Run) -> None:
    done = run(
        "def test_one(amp): pass\ndef test_two(amp): pass\ndef test_three(): pass", "--mock-amp-url=http://127.0.0.1:9"
    )

    done.assert_outcomes(errors=2, passed=1)
    told = done.stdout.str()
    assert "mock-amp: nobody can be reached at http://127.0.0.1:9" in told
    assert "urllib3" not in told
    assert len(told.splitlines()) < 30


def test_the_plugin_tells_what_there_is(run: Run) -> None:
    told = run("", "--help").stdout.str()
    assert "mock-amp: an AMP account in a box" in told
    for option in ("--mock-amp-url", "--mock-amp-admin-key", "--mock-amp-ca", "--mock-amp-inbox-host"):
        assert option in told

    marks = run("", "--markers").stdout.str()
    assert "@pytest.mark.mock_amp(clock=, now=, rate=, seed=, scenario=" in marks

    fixtures = run("", "--fixtures").stdout.str()
    for name in ("amp", "async_amp", "mock_amp_server", "mock_amp_settings"):
        assert re.search(rf"^{name}(?: \[session scope\])? -- .*pytest_plugin.py:\d+\n    \S", fixtures, re.MULTILINE)


def test_the_page_names_all_there_is() -> None:
    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    own = (set(dir(Amp)) - set(dir(Account))) | {"inbox", "aio", "url", "token"}
    told = {"Amp": own, "Inbox": set(dir(Inbox)) - {"check", "take"}, "AmpServer": set(dir(AmpServer))}

    for names in told.values():
        assert [name for name in names if not name.startswith("_") and not re.search(rf"[.`]{name}\b", page)] == []
    for setting in pytest_plugin._WISHES:  # noqa: SLF001 - the page has a row for each
        assert f"| `{setting}` |" in page
    for option in ("url", "admin-key", "ca", "inbox-host"):
        assert f"| `--mock-amp-{option} " in page


def test_it_can_be_left_out(run: Run) -> None:
    done = run("def test_one(amp): pass\ndef test_two(): pass", "-p", "no:mock_amp")

    done.assert_outcomes(errors=1, passed=1)
    assert "fixture 'amp' not found" in done.stdout.str()


def test_asynchronous_tests_have_receivers_on_their_own_loop(run: Run) -> None:
    tests = """
from aiohttp import web
from mock_amp.client import AmpError, Conflict

@pytest.fixture
def anyio_backend():
    return "asyncio"

async def test_receiver(amp, async_amp):
    posts = []

    async def take(request):
        posts.append(await request.json())
        if len(posts) == 1:
            with pytest.raises(Conflict):
                await async_amp.advance("1m")
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    sms = {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x"}}
    await async_amp.send({**sms, "callback_url": url})
    with pytest.raises(AmpError, match="hold up the event loop"):
        amp.advance("1h")
    await async_amp.advance("1h")
    await runner.cleanup()
    assert len(posts) == 3 and len(await async_amp.sent()) == 1

async def test_fails(async_amp):
    await async_amp.expect(to="35699000001")
"""

    done = run(
        f"import pytest\n\npytestmark = pytest.mark.asyncio\n{tests}",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
        without=tuple(name for name in ALONE if name not in ("asyncio", "anyio")),
        files={"test_anyio": f"import pytest\n\npytestmark = pytest.mark.anyio\n{tests}"},
    )

    done.assert_outcomes(passed=2, failed=2)
    part = _part(done.stdout.str(), "fails")
    assert "nothing came near" in part
    assert "mock-amp: what the account saw" in part
    assert not re.search(OURS, part, re.MULTILINE)


COROUTINES = """
import asyncio, pytest
loops = set()

async def test_account(async_amp, amp):
    await async_amp.send({"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x"}})
    await asyncio.gather(*(async_amp.advance("1m") for _ in range(3)))
    await async_amp.expect(to="35699000001", status="DELIVRD", count=1)
    loops.add(asyncio.get_running_loop())

@pytest.mark.parametrize("at", [1, 2])
async def test_server(mock_amp_server, at):
    assert mock_amp_server.client.ready() and at in (1, 2)
    loops.add(asyncio.get_running_loop())

class TestOfAClass:
    async def test_behind_a_fixture(self, application):
        assert application.sent == []

@pytest.fixture
def application(amp):
    return amp

async def test_fails(async_amp):
    await async_amp.expect(to="35699000001")

def test_loops(amp):
    assert len(loops) == 3
    assert all(each.is_closed() for each in loops)
"""
"""With fixtures of ours, and no mark of anybody's."""


def test_asynchronous_tests_need_no_other_plugin(run: Run) -> None:
    done = run(COROUTINES)

    done.assert_outcomes(passed=5, failed=1)
    part = _part(done.stdout.str(), "fails")
    assert re.search(r'^> +await async_amp.expect\(to="35699000001"\)$', part, re.MULTILINE)
    assert "mock-amp: what the account saw" in part
    assert not re.search(OURS, part, re.MULTILINE)


def test_asynchronous_tests_without_a_fixture_of_ours_and_asynchronous_fixtures_are_for_others(run: Run) -> None:
    """What pytest-asyncio makes on its loop cannot be used on ours: without its mark pytest says what to do."""
    done = run(
        """
import pytest, pytest_asyncio

@pytest_asyncio.fixture
async def application(amp):
    return amp

async def test_no_fixture():
    pass

async def test_fixture(amp, application):
    pass
""",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
        without=tuple(name for name in ALONE if name != "asyncio"),
    )

    done.assert_outcomes(failed=2)
    assert done.outlines.count("async def functions are not natively supported.") == 2


RUNS_ITS_OWN = """
import asyncio

def pytest_configure(config):
    config.addinivalue_line("markers", "NAME")

def pytest_pyfunc_call(pyfuncitem):
    print("asked NAME")
    if pyfuncitem.get_closest_marker("NAME"):
        asyncio.run(pyfuncitem.obj(pyfuncitem.funcargs["amp"]))
        print("run by NAME")
        return True
"""
"""Another plugin that runs coroutines, neither first nor last."""


def test_any_other_plugin_has_asynchronous_tests_before_ours(run: Run) -> None:
    done = run(
        """
import pytest

@pytest.mark.before
async def test_before(amp):
    print("body")

@pytest.mark.after
async def test_after(amp):
    print("body")

async def test_nobody(amp):
    print("body")
""",
        "-s",
        "-p",
        "before",  # so it is registered before ours, and has its turn after it
        files={"before": RUNS_ITS_OWN.replace("NAME", "before"), "conftest": RUNS_ITS_OWN.replace("NAME", "after")},
    )

    done.assert_outcomes(passed=3)
    assert re.findall(r"(asked \w+|run by \w+|body)$", done.stdout.str(), re.MULTILINE) == [
        *("asked after", "asked before", "body", "run by before"),
        *("asked after", "body", "run by after"),
        *("asked after", "asked before", "body"),
    ]


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_what_pytest_asyncio_takes_it_runs_on_its_loop(run: Run, mode: str) -> None:
    """By its mark or its mode; what it leaves, in its strict mode what has no mark, is for us. Once, both."""
    done = run(
        """
import asyncio, pytest, pytest_asyncio
ran = []

@pytest_asyncio.fixture(loop_scope="module")
async def loop():
    return asyncio.get_running_loop()

@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("at", [1, 2])
async def test_marked(async_amp, loop, at):
    ran.append(asyncio.get_running_loop())
    assert ran[-1] is loop
    await async_amp.advance("1m")

async def test_plain(async_amp):
    ran.append(asyncio.get_running_loop())
    await async_amp.advance("1m")

def test_loops():
    assert ran[0] is ran[1] is not ran[2]
    assert len(ran) == 3
""",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
        f"--asyncio-mode={mode}",
        without=tuple(name for name in ALONE if name != "asyncio"),
    )

    done.assert_outcomes(passed=4)


def test_what_anyio_takes_it_runs(run: Run) -> None:
    done = run(
        """
import asyncio, pytest
ran = []

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.fixture
async def loop():
    return asyncio.get_running_loop()

@pytest.mark.anyio
async def test_marked(async_amp, loop):
    ran.append(loop)
    assert asyncio.get_running_loop() is loop
    await async_amp.advance("1m")

async def test_plain(async_amp):
    ran.append(asyncio.get_running_loop())

def test_loops():
    assert len(set(ran)) == len(ran) == 2
""",
        without=tuple(name for name in ALONE if name != "anyio"),
    )

    done.assert_outcomes(passed=3)


def test_a_test_that_leaves_an_advance_behind_does_not_hold_up_the_run(run: Run) -> None:
    done = run(
        HELLO
        + """
import threading, pytest

@pytest.fixture(scope="session")
def mock_amp_settings():
    return {"callback_timeout": "1h"}

def test_leaves(amp):
    came = threading.Event()
    amp.inbox.always_answer(lambda post: came.set() or threading.Event().wait() or 200)
    hello(amp, callback_url=amp.inbox.url)

    def advance():
        try:
            amp.advance("1h")
        except Exception as error:
            print(type(error))

    threading.Thread(target=advance, daemon=True).start()
    came.wait()

def test_after(amp):
    amp.advance("1h")
"""
    )

    done.assert_outcomes(passed=2)


def test_it_has_a_log_for_who_asks(run: Run) -> None:
    tests = (
        HELLO
        + """
def test_noise(amp):
    amp.inbox.answer(500)
    hello(amp, callback_url=amp.inbox.url)
    amp.advance("1h")
"""
    )

    loud = run(tests, "--log-cli-level=info")

    loud.assert_outcomes(passed=1)
    assert "attempt 1 failed (answered 500)" in loud.stdout.str()
    assert "stopped; gone with the store in memory" in loud.stdout.str()


def _part(told: str, name: str) -> str:
    """Of the report of failures, that of one test."""
    found = re.search(rf"^_+ (?:ERROR at \w+ of )?test_{name} _+$(.*?)(?=^_{{5,}}|^={{5,}})", told, re.M | re.S)
    assert found, told
    return found[1]


def _without_what_is_drawn(told: str) -> str:
    """Tokens and ports differ from run to run."""
    return re.sub(r"(?<=token )[^\s);]+|(?<=127\.0\.0\.1:)\d+", "~", told)
