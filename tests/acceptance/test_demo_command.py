"""`mock-amp demo`: made-up traffic is the same by the same seed, good where it is meant to be, and says what it did."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from mock_amp.cli.traffic import Traffic
from tests.acceptance.commands import Commands, commanding, run
from tests.acceptance.processes import Served, receiving


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with commanding() as it:
        yield it


@pytest.fixture
def amp(served: Served) -> Commands:
    return Commands(served)


def test_the_same_seed_makes_the_same_requests_and_another_one_others() -> None:
    first, again, other = (run("demo", "--dry-run", "--messages", "60", "--seed", seed).out for seed in "118")

    assert first == again
    assert first != other
    assert len(first.splitlines()) > 15


def test_it_sends_so_many_messages_and_nothing_that_is_not_meant_to_be_refused_is(amp: Commands) -> None:
    made = list(Traffic(5).requests(400))

    done = amp("demo", "--messages", "400", "--seed", "5", "--rate", "1000/s", "--json")

    told = json.loads(done.out)
    meant = Counter(each.kind for each in made if each.kind != "refused")
    assert done.status == 0
    assert (told["messages"], amp.account.count()) == (400, 400)
    assert told["accepted"] == meant
    assert sum(told["refused"].values()) == len(made) - meant.total() > 4
    assert {why[:3] for why in told["refused"]} == {"400", "401", "403"}
    assert told["clicks"] > 0


def test_there_is_something_of_everything() -> None:
    made = list(Traffic(42, "http://127.0.0.1:9000/").requests(200))

    numbers = [each["number"] for one in made for each in one.body.get("destinations", ())]
    channels = {item["channel"] for one in made for item in one.body.get("im_content", ())}
    assert {each.kind for each in made} > {"im", "sms", "sms gateway", "cheapest", "two-factor code", "refused"}
    assert channels == {"VIBER", "WHATSAPP", "TELEGRAM", "RCS", "MESSENGER"}
    assert len({number[-2:] for number in numbers if number.startswith("999")}) > 5
    assert all(each.body["callback_url"] for each in made)


def test_people_reply_and_what_comes_of_it_is_told(amp: Commands) -> None:
    """Y-1."""
    with receiving(200) as base:
        done = amp("demo", "--messages", "30", "--rate", "1000", "--callback-url", f"{base}/reports")

    replies = [each for each in amp.account.replies() if not each.silent]
    assert done.status == 0
    assert replies
    assert f"30 messages, {len(replies)} replies" in done.out
    assert "mock-amp status" in done.out
    assert "\x1b[" not in done.out


def test_a_new_account_is_named_with_its_token(amp: Commands) -> None:
    done = run("demo", "--messages", "3", "--rate", "1000", "--new-account", env={"MOCK_AMP_URL": amp.served.url})

    (line,) = (line for line in done.lines if line.startswith("in the account "))
    account = amp.client.account(line.split()[3].rstrip(","))
    assert line.endswith(account.token)
    assert account.count() == 3


@pytest.mark.parametrize("rate", ["0", "fast", "1001/s", "-1/s", "nan"])
def test_a_rate_has_its_bounds(rate: str) -> None:
    done = run("demo", "--rate", rate)

    assert done.status == 2
    assert "such as 20/s, up to 1000/s" in done.err
