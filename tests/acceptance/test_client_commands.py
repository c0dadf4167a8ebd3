"""The commands that talk to a running server: what they print, what they refuse, how they end."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.commands import NO_IM, NOBODY, NUMBER, Commands, commanding, run
from tests.acceptance.processes import ROOT, Served, receiving, serving

CLIENT = ["send", "status", "advance", "wait", "reply", "demo"]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with commanding() as it:
        yield it


@pytest.fixture
def amp(served: Served) -> Commands:
    return Commands(served)


def test_send_prints_the_message_id_of_each_number(amp: Commands) -> None:
    done = amp("send", "--to", NUMBER, "--to", NO_IM, "--sms", "Hello")

    ids = {each.to: each.id for each in amp.account.messages()}
    assert done.status == 0
    assert [line.split() for line in done.lines[:3]] == [
        ["number", "message", "id"],
        [NUMBER, ids[NUMBER]],
        [NO_IM, ids[NO_IM]],
    ]
    assert done.lines[3].endswith("of 2 messages")
    assert "\x1b[" not in done.out


def test_the_options_make_the_whole_body(amp: Commands) -> None:
    """O-4: instant messages are tried in the order of the command line."""
    arguments = [
        "--to",
        NUMBER,
        "--to",
        NO_IM,
        "--custom-id",
        "guest-1",
        "--param",
        "NAME=Ana=Eva",
        "--from",
        "Harbour",
    ]
    arguments += [
        "--rcs",
        "Hi {#NAME}",
        "--viber",
        "",
        "--sms",
        "Hi",
        "--encoding",
        "UCS2",
        "--image",
        "http://x/y.png",
    ]
    arguments += ["--button", "Book=http://x/?a=b", "--track-clicks", "--plan", "LOW_COST", "--ttl", "2m"]
    arguments += ["--promotional", "--job-id", "j", "--callback-url", "http://x/r", "--reply-url", "http://x/y"]

    done = amp("send", *arguments, "--dry-run")

    rich: dict[str, Any] = {
        "images": [{"url": "http://x/y.png"}],
        "actions": [{"title": "Book", "target_url": "http://x/?a=b"}],
    }
    rich = {"sender_id": "Harbour", **rich, "track_clicks": True}
    assert json.loads(done.out) == {
        "destinations": [
            {"number": NUMBER, "custom_id": "guest-1", "params": {"NAME": "Ana=Eva"}},
            {"number": NO_IM, "params": {"NAME": "Ana=Eva"}},
        ],
        "sms_content": {"message": "Hi", "sender_id": "Harbour", "encoding": "UCS2"},
        "im_content": [{"channel": "RCS", "content": "Hi {#NAME}", **rich}, {"channel": "VIBER", **rich}],
        "message_plan": "LOW_COST",
        "ttl": 120,
        "promotional": True,
        "job_id": "j",
        "callback_url": "http://x/r",
        "reply_url": "http://x/y",
    }
    assert amp.account.requests() == []


def test_a_file_is_posted_as_it_is_and_what_options_say_is_replaced(amp: Commands, tmp_path: Path) -> None:
    raw = '{ "destinations": [{"number": "35699000001"}],\n "sms_content": {"message": "a"}, "job_id": "j" }'
    file = tmp_path / "body.json"
    file.write_text(raw, encoding="utf-8")

    amp("send", str(file))
    amp("send", "-", "--sms", "b", "--to", NO_IM, stdin=raw)

    as_it_is, changed = (amp.account.request(each.id).body for each in amp.account.requests())
    assert as_it_is == raw
    assert json.loads(changed) == {
        "destinations": [{"number": NO_IM}],
        "sms_content": {"message": "b"},
        "job_id": "j",
    }


def test_a_refusal_is_told_with_its_rule_and_each_violation_and_the_exit_status_is_1(amp: Commands) -> None:
    """D-1."""
    done = amp("send", "--to", "avc", "--sms", "Hello")

    first, violation = done.err.splitlines()
    assert (done.status, done.out) == (1, "")
    assert first.startswith("mock-amp: refused with 403: Forbidden: ")
    assert first.endswith("[rule D-1]")
    assert violation.startswith('  D-1 at /destinations/0/number: "avc"; right would be: digits')


def test_a_body_that_is_no_json_gets_the_servers_own_refusal(amp: Commands) -> None:
    done = amp("send", "-", "--json", stdin='{"destinations":')

    told = json.loads(done.out)
    assert (done.status, told["status"], told["violations"][0]["rule"]) == (1, 400, "H-9")
    assert told["request"] == amp.account.requests()[-1].id


def test_a_token_that_nobody_has_is_the_servers_to_refuse(amp: Commands) -> None:
    """A-2: its line is in the journal of the default account."""
    done = amp("send", "--to", NUMBER, "--sms", "Hello", "--token", "nobodys", env={"MOCK_AMP_URL": amp.served.url})

    assert done.status == 1
    assert "refused with 401: Unauthorized: The token is not valid. [rule A-2]" in done.err
    assert "right would be: a token of an account" in done.err


def test_a_warning_of_the_journal_is_told(amp: Commands) -> None:
    """M-5."""
    done = amp("send", "--to", NUMBER, "--sms", "snow ☃")

    assert "warning M-5 at /sms_content/message: GSM7 has no '☃'" in done.out


def test_watch_prints_all_that_becomes_of_the_messages_and_ends_at_rest(amp: Commands) -> None:
    """L-4, C-5: with --advance the clock is moved meanwhile, retries included."""
    with receiving(500, 200) as base:
        url = f"{base}/reports"
        send = ["send", "--to", NO_IM, "--viber", "Hello", "--sms", "Hello", "--callback-url", url]
        done = amp(*send, "--watch", "--advance", "--timeout", "30s")

    told = [line.strip() for line in done.lines[3:]]
    statuses = [line for line in told if NO_IM in line]
    assert done.status == 0
    assert statuses == [
        f"+0.000 s  {NO_IM}      INTERNAL ACCEPTD",
        f"+0.200 s  {NO_IM}      VIBER ACCEPTD",
        f"+1.000 s  {NO_IM}      VIBER UNDELIV (error 5)",
        f"+1.200 s  {NO_IM}      SMS ACCEPTD",
        f"+2.000 s  {NO_IM}      SMS DELIVRD",
    ]
    assert f"+0.200 s  report of VIBER ACCEPTD to {url}, attempt 1: failed, 500" in told
    assert told[-1] == f"+5m2s  report of SMS DELIVRD to {url}, attempt 2: delivered, 200"
    assert len(told) == 15


def test_watch_says_that_the_clock_is_frozen_and_ends_with_1_when_the_time_is_up(amp: Commands) -> None:
    for seconds in (0.05, 1, 10):  # a busy machine may not come to look before the time is up
        done = amp("send", "--to", NUMBER, "--sms", "Hello", "--watch", "--timeout", f"{1_000 * seconds:g}ms")
        if "frozen" in done.err:
            break

    assert done.status == 1
    assert done.err.splitlines() == [
        "The clock is frozen: `mock-amp advance` moves it, and so does --advance.",
        f"mock-amp: not all was at rest within {seconds:g} s",
    ]


def test_of_many_messages_watch_counts(amp: Commands) -> None:
    done = amp("send", "--to", NUMBER, "--count", "100", "--viber", "Hello", "--watch", "--advance", "--json")

    sent, *looks = [json.loads(line) for line in done.lines]
    assert done.status == 0
    assert len(sent["answer"]["results"]) == 100
    assert {each["kind"] for each in looks} == {"counts"}
    assert (looks[-1]["total"], looks[-1]["messages"]) == (100, {"SEEN": 100})


def test_many_messages_are_told_in_few_lines(amp: Commands) -> None:
    done = amp("send", "--to", NUMBER, "--count", "50", "--sms", "Hello", "--watch", "--advance")

    assert (done.status, done.err) == (0, "")
    assert "… and 30 more" in done.lines
    assert done.lines[-1] == "50 DELIVRD"
    assert len(done.lines) < 30


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can send a Ctrl-C to another process alone")
def test_ctrl_c_ends_a_watch(amp: Commands) -> None:
    arguments = ["send", "--to", NUMBER, "--sms", "Hello", "--watch", "--account", amp.account.id]
    command = [sys.executable, "-m", "mock_amp", *arguments, "--url", amp.served.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if "INTERNAL ACCEPTD" in line)

        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)

    assert process.returncode == 130
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_on_a_terminal_watch_draws_a_table_in_colours_and_says_at_the_end_what_became(amp: Commands) -> None:
    printed = on_terminal(amp, "send", "--to", NO_IM, "--viber", "Hi", "--sms", "Hi", "--watch", "--advance")

    assert "what has become of it" in printed
    assert "\x1b[32mDELIVRD" in printed
    assert "\x1b[31mUNDELIV" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "to whom? Say --to NUMBER"),
        (["--to", NUMBER], "what shall it say?"),
        (["--sms", "x", "--param", "a=b"], "--custom-id, --param and --count go with --to"),
        (["--to", NUMBER, "--sms", "x", "--param", "a"], "--param 'a' has no ="),
        (["--to", NUMBER, "--sms", "x", "--image", "http://x/"], "--image goes with an instant message"),
        (["--to", NUMBER, "--viber", "x", "--encoding", "UCS2"], "--encoding goes with --sms"),
        (["--to", NUMBER, "--viber", "x", "--button", "Go"], "--button 'Go' has no ="),
        (["--to", NUMBER, "--sms", "x", "--custom-id", "a", "--custom-id", "b"], "2 --custom-id for 1 numbers"),
        (["--to", NUMBER, "--to", NO_IM, "--count", "2", "--sms", "x"], "--count takes so many numbers in a row"),
        (["--to", NUMBER, "--sms", "x", "--ttl", "1500ms"], "whole seconds"),
        (["--to", NUMBER, "--sms", "x", "--advance"], "--advance goes with --watch"),
        (["--to", NUMBER, "--sms", "x", "--path", "1/im"], "--path '1/im' does not begin with one /"),
        (["--to", NUMBER, "--sms", "x", "--path", "@127.0.0.1:9/x"], "does not begin with one /"),
        (["--to", NUMBER, "--sms", "x", "--path", "//127.0.0.1:9/x"], "does not begin with one /"),
        (["--to", NUMBER, "--sms", "x", "--path", "/__admin/reset"], "is the control plane"),
        (["--to", NUMBER, "--sms", "x", "--path", "/1/../%5f_admin/reset"], "is the control plane"),
        (["--to", NUMBER, "--viber", "\udc9b"], "a text of the request is not UTF-8"),
        (["nowhere.json"], "nowhere.json cannot be read: No such file"),
        (["--to", NUMBER, "--sms", "x", "--timeout", "soon"], "--timeout: 'soon' is not a duration"),
        (["--to", NUMBER, "--sms", "x", "--token", "t"], "--account or by --token, not by both"),
    ],
)
def test_what_nobody_can_mean_is_one_line_and_the_exit_status_is_2(
    amp: Commands, arguments: Sequence[str], words: str
) -> None:
    done = amp("send", *arguments)

    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert words in done.err
    assert amp.account.requests() == []


def test_a_text_is_meant_as_utf_8_where_python_takes_it_for_something_else(amp: Commands) -> None:
    done = amp("send", "--to", NUMBER, "--viber", "é".encode().decode("ascii", "surrogateescape"), "--dry-run")

    assert json.loads(done.out)["im_content"] == [{"channel": "VIBER", "content": "é"}]


def test_what_options_do_not_change_stays_as_it_is_written(amp: Commands) -> None:
    raw = '{"to": 1e400, "big": 12345678901234567890.10, "sms_content": {"message": "x"}}'

    done = amp("send", "-", "--job-id", "j", "--dry-run", stdin=raw)

    assert '"to":1e400,"big":12345678901234567890.10,"sms_content":{"message": "x"}' in done.out
    assert done.out.endswith('"job_id":"j"}\n')


@pytest.mark.parametrize("written_in", ["utf-8-sig", "utf-16"])
def test_options_change_a_body_that_windows_has_written(amp: Commands, written_in: str, tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text('{"sms_content": {"message": "é"}}', encoding=written_in)

    done = amp("send", str(file), "--job-id", "j", "--dry-run")

    assert json.loads(done.out) == {"sms_content": {"message": "é"}, "job_id": "j"}


def test_a_two_factor_code_has_one_message_and_no_number(amp: Commands) -> None:
    """F-1."""
    body = {"phone_number": NUMBER, "client_ref": "r"}

    done = amp("send", "-", "--path", "/1/2fa", stdin=json.dumps(body))

    (message,) = amp.account.messages()
    assert done.lines[:2] == ["message id", message.id]


@pytest.mark.parametrize(
    "command", [["send", "--to", NUMBER, "--sms", "x"], ["demo", "--messages", "1"]], ids=["send", "demo"]
)
def test_an_account_without_a_token_sends_nothing(amp: Commands, command: Sequence[str]) -> None:
    amp.account.end_token(amp.account.token)

    done = amp(*command)

    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert f"the account {amp.account.id} has no token any more" in done.err
    assert "--token" in done.err


def test_what_no_header_can_hold_is_one_line(served: Served) -> None:
    token = ["--url", served.url, "--token", "a\nb"]

    sent, asked = run("send", "--to", NUMBER, "--sms", "x", *token), run("status", *token)
    other = run("status", "--url", served.url, "--account", "a\nb")

    assert [each.status for each in (sent, asked, other)] == [2, 2, 2]
    assert sent.err.startswith("mock-amp: a send needs a token of visible ASCII characters")
    assert asked.err == f"mock-amp: no account of {served.url} has the token a\\nb\n"
    assert other.err == f"mock-amp: {served.url} has no account a\\nb\n"


@pytest.mark.parametrize("body", ["{", "[1]", '{"a": NaN}', '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"])
def test_options_change_no_body_that_is_none(amp: Commands, body: str) -> None:
    done = amp("send", "-", "--sms", "x", stdin=body)

    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert "options change a body, and " in done.err


@pytest.mark.parametrize("command", [["send", "--to", NUMBER, "--sms", "x"], ["wait", "idle"], ["reply", NUMBER]])
def test_nobody_at_the_url_is_one_line_and_the_exit_status_is_2(command: Sequence[str]) -> None:
    done = run(*command, "--url", NOBODY)

    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert done.err.startswith(f"mock-amp: nobody can be reached at {NOBODY}")
    assert "is mock-amp serve running there?" in done.err


@pytest.mark.parametrize("command", [["status"], ["advance"], ["scenario", "current"]])
def test_every_command_wants_an_account_that_there_is(served: Served, command: Sequence[str]) -> None:
    at = ["--url", served.url]

    by_id = run(*command, *at, "--account", "nope")
    by_token = run(*command, *at, "--token", "nope")

    assert (by_id.status, by_id.err) == (2, f"mock-amp: {served.url} has no account nope\n")
    assert (by_token.status, by_token.err) == (2, f"mock-amp: no account of {served.url} has the token nope\n")


def test_an_account_is_found_by_its_token(amp: Commands) -> None:
    done = run("status", "--json", env={"MOCK_AMP_URL": amp.served.url, "MOCK_AMP_TOKEN": amp.account.token})

    assert json.loads(done.out)["account"] == amp.account.id


def test_a_control_plane_of_its_own_with_a_key_wants_the_key_and_the_address_of_the_service() -> None:
    with serving("--port", "0", "--admin-port", "0", "--admin-key", "sesame") as served:
        control = next(line.split()[-1] for line in served.banner if "control plane" in line).removesuffix("/__admin")
        send = ["send", "--to", NUMBER, "--sms", "x", "--url", control, "--service-url", served.url]

        without = run(*send)
        with_key = run(*send, "--admin-key", "sesame")

    assert without.status == 2
    assert "--admin-key says it" in without.err
    assert with_key.status == 0


def test_advance_prints_what_happened_and_to_whom(amp: Commands) -> None:
    with receiving(500) as base:
        url = f"{base}/reports"
        amp("send", "--to", NUMBER, "--viber", "Hello", "--callback-url", url)
        done = amp("advance", "3s")

    rows = [line.strip() for line in done.lines]
    assert done.status == 0
    assert "+0.200 s  VIBER ACCEPTD" in rows[1]
    assert rows[1].endswith(NUMBER)
    assert any("report of VIBER SEEN, attempt 1: failed" in row and row.endswith(url) for row in rows)
    assert rows[-1] == "it is 2026-01-01 00:00:03.000 now, +3.000 s"


def test_advance_without_anything_goes_on_until_idle_and_until_next_is_one_step(amp: Commands) -> None:
    amp("send", "--to", NUMBER, "--viber", "Hello")

    step, rest, again = amp("advance", "--until", "next"), amp("advance", "--json"), amp("advance", "next")

    assert "it is 2026-01-01 00:00:00.200 now" in step.out
    assert [each["status"] for each in json.loads(rest.out)["events"]] == ["DELIVRD", "SEEN"]
    assert again.out.startswith("nothing happened\n")


def test_advance_says_how_much_it_does_not_print(amp: Commands) -> None:
    amp("send", "--to", NUMBER, "--to", NO_IM, "--to", "35612345678", "--sms", "Hello")

    some, none = amp("advance", "--until", "next", "--limit", "2"), amp("advance", "--limit", "0")

    assert "… and 1 more" in some.lines
    assert none.lines[0] == "3 things happened"


def test_advance_counts_things_alike_on_a_line(amp: Commands) -> None:
    amp("send", "--to", NUMBER, "--count", "30", "--viber", "Hello")
    amp("send", "--to", NO_IM, "--viber", "Hello")

    done = amp("advance", "1s")

    assert [line.split("  ") for line in map(str.strip, done.lines[1:-1])] == [
        ["+0.200 s", "VIBER ACCEPTD", "31 messages"],
        ["+1.000 s", "VIBER DELIVRD", "30 messages"],
        ["+1.000 s", "VIBER UNDELIV", NO_IM],
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--to", "2025-01-01T00:00:00Z"], 1, "does not go back"),
        (["soon"], 2, "'soon' is not a duration"),
        (["1s", "--until", "idle"], 2, "say one of them"),
    ],
)
def test_an_advance_that_cannot_be_is_refused(amp: Commands, arguments: Sequence[str], status: int, words: str) -> None:
    done = amp("advance", *arguments)

    assert (done.status, done.out, len(done.err.splitlines())) == (status, "", 1)
    assert words in done.err


def test_wait_prints_what_came_about(amp: Commands) -> None:
    amp("send", "--to", NUMBER, "--to", NO_IM, "--sms", "your code is 1234")

    plain = amp("wait", f"to={NUMBER}", "status=DELIVRD", "status=ACCEPTD", "text:contains=code")
    whole = amp("wait", "messages", "to:prefix=999", "timeline.status=ACCEPTD", "error_code=0", "--json")

    assert (plain.status, whole.status) == (0, 0)
    assert plain.lines[1].split()[1:4] == [NUMBER, "INTERNAL", "ACCEPTD"]
    assert [each["to"] for each in json.loads(whole.out)] == [NO_IM]


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (["requests", "status=403", "rule=D-1"], 1),
        (["requests", "rule=", "--count", "2"], 2),
        (["reports", "type=INTERNAL"], 1),
        (["callbacks", "body.data.error_code=0", "state=delivered"], 1),
        (["callbacks", f"body.data.to={NUMBER}"], 1),
        (["messages", "custom_id=", "accepted_at:prefix=20", "--count", "2"], 2),
        (["requests", "violations.value=avc"], 1),
        (["attempts", "outcome=delivered", "status=200", "number=1"], 1),
    ],
)
def test_wait_knows_numbers_from_texts(amp: Commands, wish: Sequence[str], found: int) -> None:
    with receiving(200) as base:
        url = f"{base}/reports"
        amp("send", "--to", "avc", "--sms", "x")
        amp("send", "--to", NUMBER, "--sms", "x")
        amp("send", "--to", NUMBER, "--sms", "x", "--callback-url", url)
        done = amp("wait", *wish, "--json")

    assert (done.status, len(json.loads(done.out))) == (0, found)


def test_a_wait_in_vain_shows_what_came_nearest_and_the_exit_status_is_1(amp: Commands) -> None:
    amp("send", "--to", NUMBER, "--sms", "x")

    done = amp("wait", f"to={NUMBER}", "status=SEEN", "--timeout", "20ms")

    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("mock-amp: wanted 1 message with")
    assert "status: wanted 'SEEN', got 'ACCEPTD'" in done.err


def test_wait_absent_holds_that_nothing_comes(amp: Commands) -> None:
    amp("send", "--to", NUMBER, "--sms", "x")

    absent = amp("wait", "status=SEEN", "--absent", "--timeout", "20ms")
    there = amp("wait", f"to={NUMBER}", "--absent", "--timeout", "20ms")

    assert (absent.status, absent.out) == (0, "nothing came, as it should be\n")
    assert there.status == 1
    assert f"to='{NUMBER}'" in there.err


def test_wait_idle_is_an_account_that_has_nothing_to_do(amp: Commands) -> None:
    assert amp("wait", "idle").out == "idle\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mesages"], "did you mean messages?"),
        (["messages", "to"], "'to' is not FIELD=VALUE"),
        (["messages", "to:like=3"], "exact|prefix|glob|contains|regex"),
        (["messages", "stats=SEEN"], "right would be: status"),
        (["text:regex=a", "text:regex=b"], "text:regex can be said once"),
        (["idle", "to=1"], "takes --timeout and nothing else"),
        (["--absent", "--count", "2"], "--count has no meaning there"),
        (["--timeout", "11m"], "wait at most 10m"),
    ],
)
def test_a_wait_that_makes_no_sense_is_refused_with_2(amp: Commands, arguments: Sequence[str], words: str) -> None:
    done = amp("wait", *arguments)

    assert (done.status, done.out) == (2, "")
    assert words in done.err


def test_reply_is_posted_and_told(amp: Commands) -> None:
    """Y-1."""
    with receiving(200) as base:
        url = f"{base}/reports"
        amp("send", "--to", NUMBER, "--viber", "Coming?", "--reply-url", url)
        amp("advance", "1s")
        done = amp("reply", NUMBER, "On our way")

    (reply,) = amp.account.replies()
    assert (done.status, reply.text, reply.channel) == (0, "On our way", "VIBER")
    told = f"reply {reply.reply_message_id} by VIBER to message {reply.message_id}"
    assert done.out == f"{told}; callback {reply.callback_id} to {url}\n"


@pytest.mark.parametrize(
    ("whom", "words"),
    [(NUMBER, "the message was not delivered"), ("35612345678", "no message was sent to 35612345678")],
)
def test_a_reply_that_cannot_be_is_told_why_and_the_exit_status_is_1(amp: Commands, whom: str, words: str) -> None:
    """Y-2."""
    amp("send", "--to", NUMBER, "--viber", "Coming?", "--reply-url", "http://127.0.0.1:9/")

    done = amp("reply", whom, "Yes")

    assert (done.status, len(done.err.splitlines())) == (1, 1)
    assert words in done.err


def test_status_of_a_message_is_all_that_is_known_of_it(amp: Commands) -> None:
    with receiving(500) as base:
        url = f"{base}/reports"
        send = ["--to", NUMBER, "--viber", "Hello", "--sms", "Hello", "--button", "Book=http://x.example/"]
        amp("send", *send, "--track-clicks", "--callback-url", url, "--reply-url", url, "--job-id", "evening")
        amp("advance", "3s")
        amp("reply", NUMBER, "Yes\x1b[31m")
        amp.account.click(NUMBER)
        done = amp("status", NUMBER)
        whole = json.loads(amp("status", NUMBER, "--json").out)

    for words in (
        "VIBER SEEN",
        "yours: evening",
        "button Book: http://x.example/",
        "not needed",
        r"Yes\x1b[31m",
    ):
        assert words in done.out
    assert re.search(rf"report of VIBER SEEN, retrying, attempt 2 +to come +{url}", done.out)
    assert "click on" in done.out
    assert "\x1b[" not in done.out
    assert [each["text"] for each in whole["replies"]] == ["Yes\x1b[31m"]


def test_status_without_a_message_is_the_account_at_a_glance(amp: Commands) -> None:
    amp("send", "--to", "avc", "--sms", "x")
    amp("send", "--to", NUMBER, "--sms", "x")

    done, whole = amp("status"), json.loads(amp("status", "--json").out)

    for words in ("frozen", "magic-numbers", "1 ACCEPTD", "2, 1 of them refused", "D-1", "SMS ACCEPTD of"):
        assert words in done.out
    assert "`mock-amp advance` moves it" in done.out
    assert (whole["messages"], whole["refused"], whole["last_refused"][0]["rule"]) == ({"ACCEPTD": 1}, 1, "D-1")


def test_status_of_a_message_that_there_is_not_ends_with_1(amp: Commands) -> None:
    done = amp("status", "2" * 20)

    assert (done.status, done.out) == (1, "")
    assert "has no message 22222222222222222222" in done.err


def test_a_scenario_is_put_in_force_by_its_name_or_from_a_file(amp: Commands, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"name": "mine", "rules": []}', encoding="utf-8")

    shipped, usual = amp("scenario", "use", "outage"), amp("scenario", "current")
    own, now = amp("scenario", "use", str(file)), json.loads(amp("scenario", "current", "--json").out)

    assert (shipped.out, own.out) == ("outage is in force\n", "mine is in force\n")
    assert usual.out.startswith("outage: Ten seconds after")
    assert (now["name"], now["usual"]) == ("mine", False)


def test_the_server_s_own_scenario_is_put_in_force_again(amp: Commands) -> None:
    amp("scenario", "use", "outage")

    own, now = amp("scenario", "use", "--own"), amp.account.scenario()
    both, none = amp("scenario", "use", "outage", "--own"), amp("scenario", "use")

    assert (own.out, now.usual) == (f"{now.name} is in force\n", True)
    assert (both.status, none.status, amp.account.scenario()) == (2, 2, now)
    assert "outage and --own: one of them" in both.err
    assert "which one? Say a NAME, a FILE or --own" in none.err


def test_the_scenario_in_force_is_printed_as_yaml_to_edit(amp: Commands) -> None:
    amp.account.scenario("name: mine\nrules:\n  - {name: all, outcome: rejected}\n")

    shown, both = amp("scenario", "current", "--yaml"), amp("scenario", "current", "--yaml", "--json")

    assert shown.out == "name: mine\n\nrules:\n  - name: all\n    outcome: rejected\n"
    assert (both.status, both.out) == (2, "")
    assert "--yaml and --json: one of them" in both.err


def test_the_faults_of_the_scenario_in_force_are_switched(amp: Commands) -> None:
    amp("scenario", "use", "flaky-receiver")

    off, now = amp("scenario", "faults", "off"), amp("scenario", "current")
    on, wrong = json.loads(amp("scenario", "faults", "on", "--json").out), amp("scenario", "faults", "maybe")

    assert off.out == "the faults of flaky-receiver are off: 0 for requests, 5 for callbacks\n"
    assert now.out.endswith("\n(its faults are off)\n")
    assert on["faults"] == {"requests": 0, "callbacks": 5, "on": True}
    assert (wrong.status, amp.account.scenario().faults.on) == (2, True)


def test_a_scenario_that_cannot_be_played_is_told_with_its_faults(amp: Commands, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nrulez: []\n", encoding="utf-8")

    faulty, unknown, missing = (amp("scenario", "use", each) for each in (str(file), "nope", "nowhere.yaml"))

    assert (faulty.status, unknown.status, missing.status) == (1, 1, 2)
    assert "line 2, /rulez: unknown key rulez; did you mean rules?" in faulty.err
    assert "there is no scenario nope; shipped are all-good" in unknown.err
    assert "nowhere.yaml cannot be read" in missing.err
    assert amp.account.scenario().name == "magic-numbers"


def test_help_brings_nothing_heavy_in() -> None:
    heavy = ("aiohttp", "rich", "faker", "msgspec", "urllib3", "asyncio")
    script = f"""
import sys
from mock_amp.cli.main import main
try: main([{CLIENT[0]!r}, '--help'])
except SystemExit: pass
print([each for each in {heavy!r} if each in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def on_terminal(amp: Commands, *arguments: str) -> str:
    """What a command prints on a terminal of 200 columns."""
    import pty

    ours, theirs = pty.openpty()
    env = {**os.environ, "MOCK_AMP_URL": amp.served.url, "MOCK_AMP_ACCOUNT": amp.account.id}
    env = {name: value for name, value in env.items() if name != "NO_COLOR"} | {"COLUMNS": "200", "TERM": "xterm"}
    command = [sys.executable, "-m", "mock_amp", *arguments]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, cwd=ROOT, env=env) as process:
        os.close(theirs)
        printed = b""
        try:
            while data := os.read(ours, 65_536):
                printed += data
        except OSError:  # the other side is closed
            pass
        finally:
            os.close(ours)
            process.wait(timeout=20)
    return printed.decode()
