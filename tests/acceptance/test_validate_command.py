"""`mock-amp validate`: what the service would say to a request, without a server of anybody's."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mock_amp.adapters.ledger import read_ledger
from mock_amp.cli.main import cli, main
from tests.acceptance.processes import TOKEN, Served, serving

GOOD = """{
  "destinations": [
    {"number": "35699000001", "params": {"NAME": "Ana"}},
    {"number": "35699000002", "params": {"NAME": "%s"}}
  ],
  "callback_url": "http://receiver.example/reports",
  "im_content": [{"channel": "VIBER", "content": "{#NAME}, your table is ready.", "sender_id": "Tables"}],
  "sms_content": {"message": "{#NAME}, your table is ready."}
}"""
BAD = """{
  "destinations": [
    {"number": "35699000001"},
    {"number": "+35699000002", "params": {"NAME": "Luka"}}
  ],
  "sms_content": {"mesage": "x", "message": "{#NAME}"}
}"""
BODIES = {
    "good": (GOOD % "Luka").encode(),
    "bad": BAD.encode(),
    "nothing": b"",
    "blank": b" \n ",
    "not JSON": b'{"destinations": [{"number": "35699000001"}],\n "message": }',
    "a mark of byte order": b"\xef\xbb\xbf{}",
    "not UTF-8": b'{"job_id": "\xff"}',
    "YAML": b"destinations: []\n",
    "a list": b"[1, 2]",
    "too deep": b'{"destinations": ' + b"[" * 80 + b"]" * 80 + b"}",
    "a key twice": b'{"destinations": [{"number": "35699000001"}], "job_id": "a", "job_id": "b", "message": "x"}',
    "more faults than are told": json.dumps({"destinations": [{"number": "x"}] * 300, "message": "x"}).encode(),
    "types": b'{"destinations": "35699000001", "callback_url": 7, "ttl": "soon"}',
}


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serving() as it:
        yield it


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str | bytes, name: str = "body.json") -> str:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(file)

    return write


def validate(*arguments: str, stdin: str | bytes | None = None, **env: str) -> Result:
    return CliRunner(env=env).invoke(cli, ["validate", *arguments], input=stdin, catch_exceptions=False)


def told(*arguments: str, **env: str) -> dict[str, Any]:
    """The one object of --json."""
    (line,) = validate(*arguments, "--json", **env).stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize("path", ["/1/im", "/1/sms", "/1/2fa", "/1/2fa/order-7/4711", "/1/im/status/1", "/1/other"])
@pytest.mark.parametrize("name", BODIES)
def test_it_says_what_a_server_answers_and_writes_down(server: Served, write: Any, name: str, path: str) -> None:
    """H-9, H-10, R-7: status, reason, rule, violations and warnings, of bodies good and bad."""
    body, status = BODIES[name], 200
    request = urllib.request.Request(
        server.url + path, body, {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
    )
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except urllib.error.HTTPError as error:
        status = error.code
        error.close()
    record = server.call("GET", "/__admin/requests?limit=10000")["items"][-1]

    found = told(write(body), "--path", path)

    keys = ("status", "reason", "rule")
    assert (found["status"], found["accepted"]) == (status, status == 200)
    assert {key: found[key] for key in keys} == {key: record[key] for key in keys}
    told_violations = [
        {key: each[key] for key in ("rule", "pointer", "value", "expected")} for each in found["violations"]
    ]
    told_warnings = [{key: each[key] for key in ("rule", "pointer", "text")} for each in found["warnings"]]
    assert told_violations == record["violations"]
    assert told_warnings == record["warnings"]


def test_a_good_request_is_accepted_and_told_what_it_comes_to(write: Any) -> None:
    """L-3, M-3, C-1: channels, pages, callbacks, and the sender that is filled in; the exit status is 0."""
    done = validate(write(GOOD % ("Luka" * 40)))

    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].endswith("body.json: accepted with 200, as POST /1/im")
    assert lines[1:4] == [
        "  2 messages, in the scenario magic-numbers:",
        "    2 by VIBER from Tables, then SMS from MockAMP (filled in)",
        "    never by WHATSAPP, TELEGRAM, RCS, MESSENGER: im_content has no item for it",
    ]
    assert "  as SMS: GSM7, 1 of 1 page, 1 of 2 pages" in lines
    assert "callbacks to http://receiver.example/reports, with 8 reports" in done.stdout


def test_a_refused_request_is_told_each_fault_with_its_rule_its_line_and_what_is_right(write: Any) -> None:
    """D-1, D-5, H-12: and the exit status is 1."""
    file = write(BAD)

    done = validate(file)

    assert done.exit_code == 1
    text = {rule.id: rule.text for rule in read_ledger()}
    lines = done.stdout.splitlines()
    assert lines[0] == f"{file}: refused with 403, as POST /1/im, by rule D-1"
    assert lines[1].startswith("  the service says: Forbidden: Validation error/s has/have occured, Reason/s: ")
    assert lines[2] == (
        f'{file}:4:6: D-1 at /destinations/1/number "+35699000002"; '
        "right is: digits in international format: ^[1-9][0-9]{6,14}$"
    )
    assert lines[3] == f"{file}:3:5: D-5 at /destinations/0/params; right is: a value for NAME in params"
    assert lines[4].startswith(f"{file}:6:19: warning H-12 at /sms_content/mesage: unknown key mesage")
    assert [line.strip() for line in lines[5:]] == [f"{rule}: {text[rule]}" for rule in ("D-1", "D-5", "H-12")]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"a": 1,\n "b" }', (2, 6)),
        ('{"ä": "ö"\n,\n  "ü": "'.encode() + b"\xff", (3, 9)),
        (b"", (1, 1)),
        (b"[]", (1, 1)),
    ],
)
def test_what_is_no_document_is_told_where_it_ceases_to_be_one(write: Any, body: bytes, place: tuple[int, int]) -> None:
    (found,) = told(write(body))["violations"]

    assert (found["line"], found["column"]) == place


def test_json_has_all_of_it(write: Any) -> None:
    file = write(GOOD % "Luka")

    found = told(file)

    messages = found.pop("messages")
    assert found == {
        "file": file,
        "path": "/1/im",
        "accepted": True,
        "status": 200,
        "reason": None,
        "rule": None,
        "total": 0,
        "violations": [],
        "warnings": [],
        "injected": None,
        "hint": None,
        "scenario": "magic-numbers",
    }
    assert {**messages, "left_out": messages["left_out"][:1]} == {
        "count": 2,
        "routes": [
            {
                "count": 2,
                "channels": [
                    {"channel": "VIBER", "sender": "Tables", "sender_filled_in": False, "ttl": 86_400, "why": ""},
                    {"channel": "SMS", "sender": "MockAMP", "sender_filled_in": True, "ttl": 172_800, "why": ""},
                ],
            }
        ],
        "left_out": [{"channel": "WHATSAPP", "why": "im_content has no item for it"}],
        "encoding": "GSM7",
        "pages": {"1": 2},
        "callbacks": [{"kind": "report", "url": "http://receiver.example/reports", "count": 4, "items": 8}],
    }


def test_several_files_are_judged_each_for_itself(write: Any) -> None:
    """The second of two equal ones is not the second send of anybody; one that is refused makes the exit status 1."""
    good, bad = write(GOOD % "Luka", "good.json"), write(BAD, "bad.json")

    done = validate(good, bad, good, "--json")

    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert [each["accepted"] for each in found] == [True, False, True]
    assert found[0] == found[2]


def test_a_body_may_come_by_stdin() -> None:
    done = validate("-", stdin=GOOD % "Luka")

    assert (done.exit_code, done.stdout[:24]) == (0, "<stdin>: accepted with 2")


def test_a_check_of_a_code_is_accepted_and_no_message_comes_of_it() -> None:
    done = validate("-", "--path", "/1/2fa/order-7/4711", stdin="")

    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "<stdin>: accepted with 200, as POST /1/2fa/order-7/4711",
        "  no message comes of it",
    ]
    as_json = validate("-", "--path", "/1/2fa/order-7/4711", "--json", stdin="")
    assert json.loads(as_json.stdout)["messages"] is None


def test_keys_of_another_endpoint_are_a_hint(write: Any) -> None:
    file = write('{"client_ref": "order-7", "phone_number": "35699000001"}')

    assert (
        told(file)["hint"]
        == "client_ref, phone_number: these are keys of /1/2fa, and this was judged as a body of /1/im"
    )
    assert told(file, "--path", "/1/2fa")["hint"] is None
    assert "; try --path" in validate(file).stdout


def test_strict_comes_by_flag_by_variable_and_by_the_settings_file(write: Any) -> None:
    """H-12: and the flag wins."""
    file = write('{"destinations": [{"number": "35699000001"}], "mesage": "x", "sms_content": {"message": "x"}}')
    settings = write("strict: true\nport: 1\nstore: sqlite:////nowhere/x.db\nadmin-key: k\n", "settings.yaml")

    assert told(file)["status"] == 200
    assert told(file, "--strict")["status"] == 400
    assert told(file, MOCK_AMP_STRICT="true")["status"] == 400
    assert told(file, "--settings", settings)["status"] == 400
    assert told(file, "--settings", settings, "--no-strict")["status"] == 200


def test_what_bears_on_no_answer_is_not_even_read(write: Any) -> None:
    """Of a server with a port that cannot be, a service in Kubernetes say; what does bear on it is refused as ever."""
    file = write('{"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x"}}')
    settings = write("port: http\nkeep-for: soon\n", "settings.yaml")

    assert told(file, "--settings", settings, MOCK_AMP_PORT="tcp://10.0.0.1:8042", MOCK_AMP_TLS="?")["status"] == 200
    with pytest.raises(SystemExit):
        main(["validate", file, "--settings", write("strict: perhaps\n", "wrong.yaml")])


def test_the_scenario_in_force_decides_what_comes_of_it(write: Any) -> None:
    """H-8: with its faults; one that cuts the connection leaves the request what it is."""
    scenario = write("name: down\nrequests: [{name: always, status: 503}]\n", "down.yaml")
    cut = write("name: cut\nrequests: [{name: all of them, cut: before}]\n", "cut.yaml")
    file = write(GOOD % "Luka")

    down, cut_off, fails = (told(file, "--scenario", each) for each in (scenario, cut, "undeliverable-everywhere"))

    assert (down["status"], down["rule"], down["injected"]["rule"]) == (503, "H-8", "always")
    assert (cut_off["status"], cut_off["injected"]["rule"]) == (200, "all of them")
    assert fails["messages"]["routes"][0]["channels"][0]["why"] != ""
    assert "cut.yaml has a fault for it, by 'all of them': cut before" in validate(file, "--scenario", cut).stdout


def test_what_the_token_may_do_counts(write: Any) -> None:
    """A-4, M-9: in JSON or YAML."""
    token = write("senders: [Acme]\nsms_sender: Acme\n", "token.yaml")
    named = write(
        '{"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x", "sender_id": "Other"}}'
    )

    found = told(named, "--token", token)

    assert (found["status"], found["rule"]) == (403, "M-9")
    assert told(named)["status"] == 200


def test_what_comes_from_the_file_is_not_obeyed_by_a_terminal(write: Any) -> None:
    text = "\\u001b[31mred\\u0007"
    file = write(f'{{"destinations": [{{"number": "{text}"}}], "{text}": 1, "message": "x"}}', "a\x1b[31m.json")

    done = validate(file)

    assert done.exit_code == 1
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_many_destinations_are_judged_and_counted(write: Any) -> None:
    numbers: list[dict[str, Any]] = [
        {"number": str(35_699_000_000 + at), "params": {"NAME": "A" * (at % 200)}} for at in range(10_000)
    ]
    good = {"destinations": numbers, "sms_content": {"message": "{#NAME}, hello"}}
    bad = {**good, "destinations": [{**each, "number": "+" + each["number"]} for each in numbers]}

    accepted, denied = told(write(json.dumps(good))), told(write(json.dumps(bad, indent=1)))

    assert accepted["messages"]["pages"] == {"1": 7_700, "2": 2_300}
    assert (denied["total"], len(denied["violations"])) == (10_000, 100)
    assert [each["line"] for each in denied["violations"][:3]] == [4, 10, 16]


def test_messages_of_one_text_are_all_counted(write: Any) -> None:
    """M-4, M-6: by SMS or not, and a binary one has no pages."""
    numbers = [{"number": "35699000001"}, {"number": "35699000002"}, {"number": "99900000003"}]
    text = {"destinations": numbers, "sms_content": {"message": "č" * 71, "encoding": "UCS2"}}
    binary = {"destinations": numbers, "sms_content": {"message": "AAEC", "encoding": "BINARY", "udh": "BQADAQIB"}}
    instant = {"destinations": numbers, "im_content": [{"channel": "VIBER", "content": "x"}]}

    found = [told(write(json.dumps(each)))["messages"] for each in (text, binary, instant)]

    assert [(each["count"], each["encoding"], each["pages"]) for each in found] == [
        (3, "UCS2", {"2": 3}),
        (3, "BINARY", {}),
        (3, None, {}),
    ]


def test_a_body_that_is_too_large_is_refused_for_its_size(write: Any) -> None:
    """H-6: nothing of it is looked at, so nothing of it is to blame."""
    settings = write("body-limit: 1024\n", "settings.yaml")

    found = told(write(b" " * 5_000_000 + b"{"), "--settings", settings)

    assert (found["status"], found["rule"]) == (413, "H-6")
    assert [(each["line"], each["pointer"]) for each in found["violations"]] == [(None, "")]


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="nowhere to see what is open")
def test_nothing_stays_open(write: Any) -> None:
    file = write(BAD)
    validate(file)
    before = len(os.listdir("/dev/fd"))

    for _ in range(3):
        validate(file)

    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/nowhere.json"], "cannot read /nowhere.json"),
        ([], "Missing argument 'FILE...'"),
        (["FILE", "/nowhere.json"], "cannot read /nowhere.json"),
        (["FILE", "--path", "1/im"], "a path begins with /"),
        (["FILE", "--path", "/__admin/reset"], "/__admin/reset is no path of the service"),
        (["FILE", "--scenario", "outag"], "did you mean outage?"),
        (["FILE", "--settings", "/nowhere.yaml"], "cannot read /nowhere.yaml"),
        (["FILE", "--token", "/nowhere.yaml"], "cannot read /nowhere.yaml"),
        (["FILE", "--token", "LIST"], "an object was expected"),
        (["FILE", "--token", "WRONG"], "no token can be like that"),
    ],
)
def test_what_cannot_be_tried_says_why_in_one_line_and_the_exit_status_is_2(
    write: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    files = {
        "FILE": write(GOOD % "Luka"),
        "LIST": write("[1]", "list.yaml"),
        "WRONG": write("rate: {requests: 0}", "wrong.yaml"),
    }

    with pytest.raises(SystemExit) as ended:
        main(["validate", *(files.get(each, each) for each in arguments)])

    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert words in err
