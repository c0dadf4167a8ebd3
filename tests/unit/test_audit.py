"""The audit of dependencies: what is found fails, and nobody asked is never said to be nothing found."""

import importlib.util
import json
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]


def _audit() -> Any:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


AUDIT: Final = _audit()
CLEAN: Final = {"name": "aiohttp", "version": "3.14.5", "vulns": []}
SKIPPED: Final = {"name": "orjson", "skip_reason": "Dependency not found on PyPI and could not be audited"}
BAD: Final = {
    "name": "jinja2",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"]}, {"id": "CVE-1", "fix_versions": []}],
}
UNREACHABLE: Final = (
    "Traceback\nrequests.exceptions.ConnectionError: HTTPSConnectionPool(host='x'): Max retries exceeded"
)


def report(*dependencies: object) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("others", [[], [CLEAN], [SKIPPED]])
def test_a_known_vulnerability_fails_with_its_name_and_the_version_that_mends_it(
    others: list[object], *, strict: bool
) -> None:
    """Whatever became of the others."""
    status, lines = AUDIT.judge(report(*others, BAD), "", strict=strict)

    assert status == 1
    assert lines == [
        "jinja2 2.0: PYSEC-2019-217, mended in 2.10.1",
        "jinja2 2.0: CVE-1, mended in no version",
        "AUDIT FAILED: 2 known vulnerabilities",
    ]


def test_a_clean_answer_says_of_how_many() -> None:
    assert AUDIT.judge(report(CLEAN, CLEAN), "", strict=True) == (
        0,
        ["audited: 2 dependencies, no known vulnerabilities"],
    )


@pytest.mark.parametrize(("strict", "expected"), [(False, 0), (True, 1)])
@pytest.mark.parametrize(
    ("given", "errors", "told"),
    [
        (report(SKIPPED, SKIPPED), "No known vulnerabilities found", "nothing of 2 dependencies could be asked for"),
        (report(CLEAN, SKIPPED), "", "not orjson of 2 dependencies could be asked for"),
        ("", UNREACHABLE, "the advisory service cannot be reached: requests.exceptions.ConnectionError"),
        ("", "timeout: no answer within 300 s", "the advisory service cannot be reached"),
    ],
)
def test_what_nobody_was_asked_of_is_said_loudly_and_fails_where_that_is_wanted(
    given: str, errors: str, told: str, expected: int, *, strict: bool
) -> None:
    status, (line,) = AUDIT.judge(given, errors, strict=strict)

    assert (status, line.startswith(f"NOT AUDITED: {told}")) == (expected, True), line


@pytest.mark.parametrize(
    ("given", "errors"), [("", ""), ("", "usage: pip-audit"), ("[]", ""), ("{}", ""), (report(), "")]
)
def test_a_tool_that_does_not_work_is_no_audit(given: str, errors: str) -> None:
    status, (line,) = AUDIT.judge(given, errors, strict=False)

    assert (status, line.split(":")[0]) == (1, "AUDIT FAILED")


def test_ci_runs_the_audit_over_the_lock_file() -> None:
    assert "make audit" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert ".ci/audit.py requirements.lock" in (ROOT / "Makefile").read_text(encoding="utf-8")
