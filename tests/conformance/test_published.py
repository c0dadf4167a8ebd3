"""The published schemas: right themselves, true of what the server takes and says, and served as they are written."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from mock_amp.settings import TABLE, read_settings
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Answer, Receiver, running

FOLDER: Final = Path(__file__).resolve().parents[2] / "schemas"
FILES: Final = sorted(FOLDER.glob("*.json"))
SCHEMAS: Final[dict[str, Any]] = {path.stem: json.loads(path.read_bytes()) for path in FILES}
SMS: Final = {"message": "Your table is ready."}
VIBER: Final = [{"channel": "VIBER", "content": "Your table is ready."}]
REQUESTS: Final = (
    ("im-request", "/1/im", "send-answer"),
    ("im-gateway-request", "/1/im", "send-answer"),
    ("sms-request", "/1/sms", "send-answer"),
    ("2fa-request", "/1/2fa", "2fa-answer"),
)
"""Schema of a request, where it is sent, and the schema of its answer."""


def faults(name: str, document: Any) -> list[str]:
    """What a schema has against a document."""
    return [f"{each.json_path}: {each.message}" for each in Draft202012Validator(SCHEMAS[name]).iter_errors(document)]


def examples(schema: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each example of a schema and of its definitions, with what it is an example of."""
    for each in schema.get("examples", ()):
        yield schema, each
    for name, part in schema.get("$defs", {}).items():
        for each in part.get("examples", ()):
            yield {"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]}, each


def examples_of_requests() -> Iterator[Any]:
    for name, path, answer in REQUESTS:
        for index, example in enumerate(SCHEMAS[name]["examples"]):
            yield pytest.param(name, path, answer, example, id=f"{name}-{index}")


async def post(amp: Amp, path: str, document: Any) -> Answer:
    return await amp.call("POST", path, json=document, headers={"Authorization": f"Token {amp.token}"})


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_a_schema_is_one_and_says_what_it_is(name: str) -> None:
    """H-10: what is published is draft 2020-12, has its own address, and shows an example."""
    schema = SCHEMAS[name]

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://mock-amp.dev/schemas/{name}.json"
    assert schema["title"]
    assert schema["description"]
    assert list(examples(schema))


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_a_schema_takes_its_own_examples(name: str) -> None:
    """H-10: an example that its schema refuses teaches what is wrong."""
    for schema, example in examples(SCHEMAS[name]):
        assert [each.message for each in Draft202012Validator(schema).iter_errors(example)] == []


def test_the_settings_file_has_a_property_for_every_row_of_the_table() -> None:
    types = {
        "text": "string",
        "choice": "string",
        "integer": "integer",
        "number": "number",
        "duration": ["string", "number"],
        "switch": "boolean",
        "list": "array",
        "secret": "string",
        "hosts": "array",
        "names": "array",
        "mappings": "array",
        "targets": "array",
        "store": "string",
    }
    properties = SCHEMAS["settings"]["properties"]

    assert list(properties) == [row.name for row in TABLE]
    for row in TABLE:
        said = properties[row.name]
        default = list(row.default) if row.many else row.default
        assert (said["title"], said["type"]) == (row.help, types[row.kind])
        assert (said.get("minimum"), said.get("maximum"), said.get("default")) == (row.least, row.most, default)
        assert tuple(said.get("enum", ())) == row.choices


def test_the_example_of_the_settings_file_is_read() -> None:
    for example in SCHEMAS["settings"]["examples"]:
        assert read_settings({}, {}, example).port == example["port"]


def test_the_older_dialect_differs_in_its_channels_alone() -> None:
    """I-1: VIBER is the only instant messenger of the im-gateway dialect."""
    newer, older = (json.loads(json.dumps(SCHEMAS[name])) for name in ("im-request", "im-gateway-request"))
    channel = older["$defs"]["ImContent"]["properties"]["channel"]

    assert channel["enum"] == ["VIBER"]
    newer["$defs"]["ImContent"]["properties"]["channel"] = channel
    said = ("$id", "title", "description", "examples")
    assert {key: value for key, value in older.items() if key not in said} == {
        key: value for key, value in newer.items() if key not in said
    }


@pytest.mark.parametrize(("name", "path", "form", "example"), list(examples_of_requests()))
async def test_the_example_of_a_request_is_accepted(amp: Amp, name: str, path: str, form: str, example: Any) -> None:
    """H-2: what the schema shows can be sent as it stands."""
    if name == "im-gateway-request":
        [token] = (await amp.admin("GET", "/tokens")).body["items"]
        changed = await amp.admin("PATCH", f"/tokens/{token['token']}", {"dialect": "im-gateway"})
        assert changed.status == 200

    answer = await post(amp, path, example)

    assert (answer.status, faults(form, answer.body)) == (200, [])


@pytest.mark.parametrize(
    ("path", "document", "status"),
    [
        ("/1/im", {}, 400),
        ("/1/im", {"destinations": [{"number": "avc"}], "sms_content": SMS, "job_id": "j"}, 403),
        ("/1/im", {"destinations": [{"number": NUMBER}], "sms_content": SMS, "job_id": "j" * 256}, 403),
        ("/1/sms", {"destinations": []}, 400),
        ("/1/nothing", {}, 404),
        ("/1/im/status/1", {}, 405),
    ],
)
async def test_a_refusal_has_the_published_form(amp: Amp, path: str, document: Any, status: int) -> None:
    """R-6: one envelope for every refusal."""
    answer = await post(amp, path, document)

    assert (answer.status, faults("send-answer", answer.body)) == (status, [])
    assert answer.body["results"] == {}


async def test_the_statuses_of_messages_have_the_published_form(amp: Amp) -> None:
    """G-1: at every stage, of every product."""
    destinations = [{"number": NUMBER}, {"number": NO_IM_NUMBER, "custom_id": "guest-2"}]
    sent = [
        await amp.send(destinations=destinations, im_content=[{"content": "Hello"}], sms_content=SMS, job_id="j"),
        await post(amp, "/1/sms", {"destinations": destinations, "sms_content": SMS}),
    ]
    ids = [each["message_id"] for answer in sent for each in answer.body["results"].values()]

    for _ in range(4):
        for message_id in ids:
            assert faults("status-answer", (await amp.status(message_id)).body) == []
        await amp.advance(until="next")
    assert faults("send-answer", (await amp.status("1")).body) == []


@pytest.mark.parametrize(
    ("name", "path", "sections"),
    [
        ("report", "/1/im", {"im_content": [{"content": "Hello"}], "sms_content": SMS}),
        ("report", "/1/im", {"sms_content": SMS, "job_id": "evening-42"}),
        ("im-gateway-report", "/1/im", {"im_content": VIBER, "sms_content": SMS, "job_id": "evening-42"}),
        ("sms-report", "/1/sms", {"sms_content": SMS, "job_id": "evening-42"}),
    ],
)
async def test_a_report_has_the_published_form(
    amp: Amp, receiver: Receiver, name: str, path: str, sections: dict[str, Any]
) -> None:
    """C-2, C-8, C-9: what the receiver gets, from the first report to the last."""
    destinations = [{"number": NUMBER, "custom_id": "guest-1"}, {"number": NO_IM_NUMBER}]
    sent = await post(amp, path, {"destinations": destinations, "callback_url": receiver.url, **sections})
    await amp.advance(until="idle")

    assert sent.status == 200
    assert receiver.received
    for got in receiver.received:
        assert faults(name, got.body) == []


async def test_what_is_said_of_a_code_has_the_published_form(amp: Amp, receiver: Receiver) -> None:
    """F-3, C-10: a wrong code, a good one, a used one, and the reports of its message."""
    wanted = {"client_ref": "login-17", "phone_number": NUMBER, "callback_url": receiver.url}
    sent = await post(amp, "/1/2fa", wanted | {"message_template": "{#TFA_CODE}"})
    [message] = await amp.messages()
    tried = [await post(amp, f"/1/2fa/login-17/{code}", None) for code in ("wrong", message["text"], message["text"])]
    await amp.advance(until="idle")

    assert faults("2fa-answer", sent.body) == []
    assert [faults("2fa-validation-answer", answer.body) for answer in tried] == [[], [], []]
    assert [answer.body["result_info"]["status_code"] == 0 for answer in tried] == [False, True, False]
    assert faults("status-answer", (await amp.status(message["id"])).body) == []
    assert receiver.received
    for got in receiver.received:
        assert faults("2fa-report", got.body) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("send-answer", {"client_job_id": 7}),
        ("send-answer", {"results": {}}),
        ("report", {"data": []}),
        ("sms-report", {"extra": 1}),
        ("status-answer", {"client_job_id": None}),
        ("2fa-report", {"client_job_id": "evening-42"}),
        ("2fa-answer", {"results": {}}),
        ("2fa-validation-answer", {"result_info": {"status_code": 1, "description": "Valid"}}),
        ("reply", {"channel": "SMS"}),
    ],
)
def test_a_wrong_shape_is_seen(name: str, change: dict[str, Any]) -> None:
    """R-1, C-2, G-1, Y-1, F-2, F-3: a schema that takes everything would prove nothing."""
    good = SCHEMAS[name]["examples"][0]

    assert faults(name, good | change) != []


async def test_the_server_serves_the_files_as_they_are_written() -> None:
    """H-10: what is published is what the server itself holds documents against."""
    async with running() as amp:
        listed = await amp.call("GET", "/__admin/schemas")
        assert listed.body == {"items": list(SCHEMAS)}
        for path in FILES:
            for name in (path.stem, path.name):
                answer = await amp.call("GET", f"/__admin/schemas/{name}")
                assert (answer.status, answer.raw) == (200, path.read_bytes())
                assert answer.headers["Content-Type"] == "application/schema+json"


async def test_an_unknown_schema_is_told_with_the_nearest(server: Amp) -> None:
    answer = await server.call("GET", "/__admin/schemas/im-requests.json")

    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.body["detail"] == "there is no schema im-requests; did you mean im-request?"
