"""The table of cases, asked of a real server over HTTP: status, rule, words, and the line of the request journal."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from tests.acceptance.processes import serving
from tests.conformance.cases.reading import Case, Request, read_cases, read_tokens

CASES: Final = tuple(read_cases())


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of a case: as the answer says, and as the journal says."""

    status: int
    code: int
    rule: str | None
    description: str
    stored: bool
    line: Any


Ask = Callable[[Case], Seen]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Asks one server, in a process of its own, over one connection."""
    with serving("--port", "0", "--clock", "frozen", "--body-limit", "2097152", "--log-level", "warning") as served:
        address = urlsplit(served.url)
        tokens = {name: served.call("POST", "/__admin/tokens", wish)["token"] for name, wish in read_tokens().items()}
        connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
        yield lambda case: _seen(connection, case.request, tokens)
        connection.close()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_server_answers_as_the_table_says(ask: Ask, case: Case) -> None:
    """H-1, H-9, H-10, R-6: status, rule and words, in the answer and in the journal; what is refused is not stored."""
    seen = ask(case)

    assert (seen.status, seen.rule) == (case.status, case.refused_by), seen.description
    assert (seen.line["status"], seen.line["rule"]) == (case.status, case.refused_by)
    assert case.says in seen.description
    assert seen.code == (case.status if case.code is None else case.code)
    assert seen.stored == (case.status == 200 and case.code is None)
    if case.warns or case.status == 200:  # what else is doubtful about a refused request is beside the case's point
        assert sorted({warning["rule"] for warning in seen.line["warnings"]}) == sorted(case.warns)
    assert case.hint in " ".join(warning["text"] for warning in seen.line["warnings"])


def test_there_are_enough_cases() -> None:
    """H-10: at least three hundred."""
    assert len(CASES) >= 300


def test_no_name_is_used_twice() -> None:
    """H-10: whoever reads a failure finds its line."""
    repeated = [name for name, count in Counter(case.name for case in CASES).items() if count > 1]

    assert repeated == []


def test_every_refusal_of_the_table_names_its_rule_and_its_words() -> None:
    """H-10: no refusal is expected without saying by which rule and in which words."""
    bare = [str(case) for case in CASES if case.status != 200 and not (case.refused_by and case.says)]

    assert bare == []
    assert [str(case) for case in CASES if case.status == 200 and case.refused_by] == []


def _seen(connection: HTTPConnection, request: Request, tokens: dict[str, str]) -> Seen:
    status, headers, body = _call(connection, request.method, request.path, request.body, _headers(request, tokens))
    _, _, line = _call(connection, "GET", f"/__admin/requests/{headers['X-Mock-Amp-Request']}", None, {})
    return Seen(
        status=status,
        code=body["result_info"]["status_code"] if "result_info" in body else status,
        rule=headers.get("X-Mock-Amp-Rule"),
        description=body["result_info"]["description"] if "result_info" in body else "",
        stored=bool(body.get("results") or body.get("data")),
        line=line,
    )


def _headers(request: Request, tokens: dict[str, str]) -> dict[str, str]:
    usual: dict[str, str | None] = (
        {} if request.token == "none" else {"Authorization": f"Token {tokens[request.token]}"}
    )
    if request.body is not None:
        usual["Content-Type"] = "application/json"
    lower = {name.lower() for name in request.headers}
    kept = {name: value for name, value in usual.items() if name.lower() not in lower}
    return {name: value.format_map(tokens) for name, value in {**kept, **request.headers}.items() if value is not None}


def _call(
    connection: HTTPConnection, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, dict[str, str], Any]:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), json.loads(answer.read())
