"""Asks pip-audit of the versions in a lock file, and tells a good answer from none.

The tool itself says "No known vulnerabilities found", and exits with 0, where it could ask nobody. Here that is a loud
line; with AUDIT_STRICT=1, for where the net is there, it is a failure.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

_PATIENCE: Final = 300
"""Seconds that the tool may take."""

_NOBODY_THERE: Final = (
    "connectionerror",
    "could not connect",
    "timed out",
    "timeout",
    "name resolution",
    "max retries",
)
"""What it says, somewhere, when the service cannot be reached."""


class Verdict(NamedTuple):
    """An exit status, and lines for a person."""

    status: int
    lines: Sequence[str]


def judge(report: str, errors: str, *, strict: bool) -> Verdict:
    """What the JSON of the tool and its stderr come to."""
    try:
        found = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = next((each.strip() for each in reversed(errors.splitlines()) if each.strip()), "it said nothing")
        if any(sign in errors.casefold() for sign in _NOBODY_THERE):
            return _not_audited(f"the advisory service cannot be reached: {last[:300]}", strict=strict)
        return Verdict(1, [f"AUDIT FAILED: pip-audit gave no report: {last[:300]}"])
    if not found:
        return Verdict(1, ["AUDIT FAILED: the lock file names nothing"])
    wrong = [line for each in found for line in _told(each)]
    skipped = [each for each in found if "vulns" not in each]
    if wrong:
        return Verdict(1, [*wrong, f"AUDIT FAILED: {len(wrong)} known vulnerabilities"])
    if skipped:
        names = ", ".join(each["name"] for each in skipped[:5]) + (", …" if len(skipped) > 5 else "")
        why = skipped[0].get("skip_reason", "no reason was given")
        which = "nothing of" if len(skipped) == len(found) else f"not {names} of"
        return _not_audited(f"{which} {len(found)} dependencies could be asked for: {why}", strict=strict)
    return Verdict(0, [f"audited: {len(found)} dependencies, no known vulnerabilities"])


def _told(dependency: Mapping[str, Any]) -> list[str]:
    name = f"{dependency['name']} {dependency.get('version', '')}".strip()
    return [
        f"{name}: {each['id']}, mended in {', '.join(each.get('fix_versions', ())) or 'no version'}"
        for each in dependency.get("vulns", ())
    ]


def _not_audited(why: str, *, strict: bool) -> Verdict:
    hint = "" if strict else " (AUDIT_STRICT=1 makes this a failure)"
    return Verdict(1 if strict else 0, [f"NOT AUDITED: {why}{hint}"])


def main(arguments: Sequence[str]) -> int:
    (lock,) = arguments
    command = [sys.executable, "-m", "pip_audit", "-r", lock, "--no-deps", "--disable-pip", "-f", "json"]
    try:
        done = subprocess.run(  # noqa: S603 - the command is ours
            [*command, "--progress-spinner", "off"], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
        report, errors = done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        report, errors = "", f"timeout: no answer within {_PATIENCE} s"
    verdict = judge(report, errors, strict=os.environ.get("AUDIT_STRICT") == "1")
    for line in verdict.lines:
        print(line, file=sys.stderr if verdict.status else sys.stdout)
    return verdict.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
