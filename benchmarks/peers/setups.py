"""How each peer is told to answer POST /1/im: the files that its manual asks for, and the command that starts it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_NUMBER: Final = "^[1-9][0-9]{6,14}$"
_REFUSAL: Final = {
    "api_job_id": "00000000-0000-4000-8000-000000000000",
    "result_info": {"status_code": 400, "description": "Bad Request: Request lacks the required [destinations]."},
    "results": {},
}
_JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a set-up has to go by."""

    installed: Path
    """Where the packages are."""
    work: Path
    """Where the set-up may write, and where the server runs."""
    port: int
    spare: int
    """A second port, for a server that insists on an admin port."""
    answer: Mapping[str, Any]
    """An answer of ours to a send to one number."""
    openapi: Mapping[str, Any]
    """The document that ours publishes."""

    def write(self, name: str, document: Any) -> str:
        """The path of a JSON file in the work folder."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2))
        return str(path)

    def jar(self, pattern: str) -> str:
        return str(next(self.installed.glob(f"node_modules/{pattern}")))


def fastapi(place: Place) -> list[str]:
    """One worker; uvloop and httptools are what uvicorn itself calls its fast parts."""
    uvicorn = [str(place.installed / "bin" / "python"), "-m", "uvicorn", "benchmarks.fastapi_stub:app"]
    parts = ["--loop", "uvloop", "--http", "httptools", "--workers", "1"]
    return [*uvicorn, *parts, "--no-access-log", "--log-level", "warning", "--port", str(place.port)]


def prism(place: Place) -> list[str]:
    """Ours as published, cut down to the one call, so that Prism has no other path to look through.

    Requests are checked, as is Prism's default, and the answer is the document's example, its fastest kind of answer.
    One process, and silent: its own advice for load is to log nothing.
    """
    document = json.loads(json.dumps(place.openapi))
    call = document["paths"]["/1/im"]["post"]
    call["responses"]["200"]["content"]["application/json"]["example"] = place.answer
    document["paths"] = {"/1/im": {"post": call}}
    cli = str(place.installed / "node_modules/@stoplight/prism-cli/dist/index.js")
    quiet = ["--verboseLevel", "silent", "--multiprocess", "false"]
    return ["node", cli, "mock", place.write("openapi.json", document), *quiet, "--port", str(place.port)]


def wiremock(place: Place) -> list[str]:
    """Its manual's settings for load: no journal of requests, no log of stubs.

    Answers have a length instead of chunks, which costs it nothing and which the load needs.
    The answer is a template: an application looks its number up in the results, and ids differ. A constant is quicker.
    """
    body = _filled(
        place.answer,
        job="{{randomValue type='UUID'}}",
        number="{{jsonPath request.body '$.destinations[0].number'}}",
        message="{{randomValue length=20 type='NUMERIC'}}",
        custom="{{jsonPath request.body '$.destinations[0].custom_id'}}",
    )
    number = {"expression": "$.destinations[0].number", "matches": _NUMBER}
    accepts = {
        "priority": 1,
        "request": {"method": "POST", "urlPath": "/1/im", "bodyPatterns": [{"matchesJsonPath": number}]},
        "response": {"status": 200, "headers": _JSON, "body": body, "transformers": ["response-template"]},
    }
    refuses = {
        "priority": 5,
        "request": {"method": "POST", "urlPath": "/1/im"},
        "response": {"status": 400, "headers": _JSON, "jsonBody": _REFUSAL},
    }
    place.write("mappings/send.json", {"mappings": [accepts, refuses]})
    java = ["java", "-jar", place.jar("wiremock/build/wiremock-standalone-*.jar")]
    fast = ["--no-request-journal", "--disable-request-logging", "--disable-banner", "--disable-gzip"]
    whole = ["--use-chunked-encoding", "never"]
    return [*java, "--port", str(place.port), "--root-dir", str(place.work), *fast, *whole]


def mockserver(place: Place) -> list[str]:
    """Its manual's settings for load: errors only, no log, no reasons for what did not match, few requests kept."""
    found = _filled(
        place.answer,
        job="{{ uuid }}",
        number="{{#jsonPath}}$.destinations[0].number{{/jsonPath}}{{ jsonPathResult }}",
        message="1795346261099{{ rand_int_100 }}",
        custom="{{#jsonPath}}$.destinations[0].custom_id{{/jsonPath}}{{ jsonPathResult }}",
    )
    number = {"type": "JSON_PATH", "jsonPath": "$.destinations[?(@.number =~ /[1-9][0-9]{6,14}/)]"}
    template = f'{{"statusCode": 200, "headers": {{"Content-Type": ["application/json"]}}, "body": {found}}}'
    accepts = {
        "priority": 10,
        "httpRequest": {"method": "POST", "path": "/1/im", "body": number},
        "httpResponseTemplate": {"templateType": "MUSTACHE", "template": template},
    }
    refuses = {
        "priority": 0,
        "httpRequest": {"method": "POST", "path": "/1/im"},
        "httpResponse": {"statusCode": 400, "body": _REFUSAL},
    }
    fast = {
        "logLevel": "ERROR",
        "disableLogging": "true",
        "disableSystemOut": "true",
        "detailedMatchFailures": "false",
        "maxLogEntries": "1000",
        "dashboardAnalyticsEnabled": "false",
    }
    java = ["java", *(f"-Dmockserver.{name}={value}" for name, value in fast.items()), "-jar"]
    jar = place.jar("mockserver-node/mockserver-netty-*.jar")
    return [*java, jar, "--init", place.write("expectations.json", [accepts, refuses]), "--port", str(place.port)]


def mockoon(place: Place) -> list[str]:
    """No log, no record of requests, no admin API."""
    body = _filled(
        place.answer,
        job="{{faker 'string.uuid'}}",
        number="{{body 'destinations.0.number'}}",
        message="{{faker 'string.numeric' 20}}",
        custom="{{body 'destinations.0.custom_id'}}",
    )
    number = {"target": "body", "modifier": "destinations.0.number", "operator": "regex", "value": _NUMBER}
    responses = [
        _mockoon_response(1, 200, body, [{**number, "invert": False}]),
        _mockoon_response(2, 400, json.dumps(_REFUSAL), []) | {"default": True},
    ]
    route = {
        "uuid": _uuid(10),
        "type": "http",
        "documentation": "",
        "method": "post",
        "endpoint": "1/im",
        "responses": responses,
        "responseMode": None,
        "streamingMode": None,
        "streamingInterval": 0,
    }
    environment = {
        "uuid": _uuid(0),
        "lastMigration": 33,
        "name": "send",
        "port": place.port,
        "hostname": "127.0.0.1",
        "endpointPrefix": "",
        "latency": 0,
        "folders": [],
        "routes": [route],
        "rootChildren": [{"type": "route", "uuid": route["uuid"]}],
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "cors": False,
        "data": [],
        "callbacks": [],
    }
    cli = str(place.installed / "node_modules/@mockoon/cli/bin/run.js")
    quiet = ["--disable-log-to-file", "--disable-admin-api", "--max-transaction-logs", "0"]
    return ["node", cli, "start", "--data", place.write("environment.json", environment), "--repair", *quiet]


def mountebank(place: Place) -> list[str]:
    """Errors only, and no record of requests, which is its default.

    It closes each connection unless told not to, and sends chunks unless told that there is a length, which it then
    fills in. It makes up no ids without code of ours, so they are constant.
    """
    body = _filled(place.answer, number="${number}", custom="${custom}")
    copies = [
        {
            "from": "body",
            "into": f"${{{into}}}",
            "using": {"method": "jsonpath", "selector": f"$.destinations[0].{name}"},
        }
        for into, name in (("number", "number"), ("custom", "custom_id"))
    ]
    headers = {**_JSON, "Connection": "keep-alive", "Content-Length": "1"}
    stub = {
        "predicates": [
            {"equals": {"method": "POST", "path": "/1/im"}},
            {"matches": {"body": _NUMBER}, "jsonpath": {"selector": "$.destinations[0].number"}},
        ],
        "responses": [
            {
                "is": {"statusCode": 200, "headers": headers, "body": body},
                "behaviors": [{"copy": each} for each in copies],
            }
        ],
    }
    imposter = {
        "protocol": "http",
        "port": place.port,
        "host": "127.0.0.1",
        "stubs": [stub],
        "defaultResponse": {"statusCode": 400, "headers": headers, "body": json.dumps(_REFUSAL)},
    }
    cli = str(place.installed / "node_modules/mountebank/bin/mb")
    config = ["--noParse", "--configfile", place.write("imposters.json", {"imposters": [imposter]})]
    quiet = ["--loglevel", "error", "--nologfile", "--pidfile", str(place.work / "mb.pid")]
    return ["node", cli, "start", "--localOnly", "--port", str(place.spare), *config, *quiet]


def _mockoon_response(at: int, status: int, body: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "uuid": _uuid(at),
        "body": body,
        "latency": 0,
        "statusCode": status,
        "label": "",
        "headers": [],
        "bodyType": "INLINE",
        "filePath": "",
        "databucketID": "",
        "sendFileAsBody": False,
        "rules": rules,
        "rulesOperator": "AND",
        "disableTemplating": not rules,
        "fallbackTo404": False,
        "default": False,
        "crudKey": "id",
        "callbacks": [],
    }


def _uuid(at: int) -> str:
    return f"00000000-0000-4000-8000-{at:012d}"


def _filled(
    answer: Mapping[str, Any], *, number: str, custom: str, job: str | None = None, message: str | None = None
) -> str:
    """The text of an answer with these in place of what differs from send to send."""
    [(_, result)] = answer["results"].items()
    one = {"message_id": message or result["message_id"], "custom_id": custom}
    filled = {**answer, "api_job_id": job or answer["api_job_id"], "results": {number: one}}
    return json.dumps(filled, separators=(",", ":"))
