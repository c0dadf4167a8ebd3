"""Each shipped scenario beside the timeline that comes of it: whatever changes there has to be wanted.

`make timelines` writes them anew.
"""

from pathlib import Path

import pytest
from click.testing import CliRunner

from mock_amp.cli.main import cli
from tests.acceptance.processes import ROOT

FOLDER = ROOT / "scenarios"
SHIPPED = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["scenario", *arguments], catch_exceptions=False)
    return done.exit_code, done.output


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_comes_to_its_golden_timeline(name: str) -> None:
    """To the byte: every answer, status, callback, reply and click, with its time and its reason."""
    status, output = run("run", name, "--send", str(FOLDER / f"{name}.send.json"))

    assert status == 0, output
    assert output == (FOLDER / f"{name}.timeline.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_is_described_and_without_a_fault(name: str) -> None:
    status, output = run("check", str(FOLDER / f"{name}.yaml"))

    assert (status, output) == (0, f"{FOLDER / f'{name}.yaml'}: good\n")
    assert f"\n{name} " in run("list")[1]


def test_the_scenarios_that_were_promised_are_shipped() -> None:
    promised = (
        "all-good im-unreachable-falls-back viber-unread sms-expired rejected undeliverable-everywhere low-cost-mix "
        "flaky-receiver throttled outage two-way magic-numbers campaign-50k"
    )

    assert set(SHIPPED) == set(promised.split())


def test_every_shipped_scenario_is_in_the_guide() -> None:
    page = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")

    assert [name for name in SHIPPED if f"| `{name}` |" not in page] == []


def test_a_scenario_is_shown_as_it_is_written() -> None:
    assert run("show", "outage") == (0, (FOLDER / "outage.yaml").read_text(encoding="utf-8"))


def test_a_fault_is_told_with_its_file_line_place_and_what_would_be_right(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.yaml", FOLDER / "outage.yaml"
    bad.write_text("name: bad\nrules:\n  - name: a\n    match: {numbr: '1'}\n    outcome: sen\n", encoding="utf-8")

    status, output = run("check", str(bad), str(good))

    assert status == 1
    assert f"{bad}:4: at /rules/0/match/numbr: unknown key numbr; did you mean number?" in output
    assert f"{bad}:5: at /rules/0/outcome: " in output
    assert f"{good}: good" in output


@pytest.mark.parametrize(
    ("script", "told"),
    [
        pytest.param("{", "script.json:", id="no JSON"),
        pytest.param("[1]", "step 1 is neither", id="no step"),
        pytest.param('[{"advance": "5 minutes"}]', "is not a duration", id="no duration"),
    ],
)
def test_sends_that_make_no_sense_are_refused_in_one_line(tmp_path: Path, script: str, told: str) -> None:
    file = tmp_path / "script.json"
    file.write_text(script, encoding="utf-8")

    status, output = run("run", "all-good", "--send", str(file))

    assert status == 1
    assert told in output
    assert "Traceback" not in output


def test_the_same_seed_gives_the_same_timeline_and_another_seed_another() -> None:
    send = str(FOLDER / "two-way.send.json")

    first, again, other = (run("run", "two-way", "--send", send, "--seed", seed)[1] for seed in ("1", "1", "2"))

    assert first == again != other


def test_a_path_that_there_is_not_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "script.json"
    file.write_text('[{"send": {"a": 1}, "path": "/1/zzz"}]', encoding="utf-8")

    assert run("run", "all-good", "--send", str(file)) == (1, f"Error: {file}: there is no endpoint /1/zzz\n")


def test_a_send_that_is_refused_says_why(tmp_path: Path) -> None:
    file = tmp_path / "script.json"
    file.write_text('{"destinations": [{"number": "abc"}], "sms_content": {"message": "Hi"}}', encoding="utf-8")

    status, output = run("run", "all-good", "--send", str(file))

    assert status == 0
    assert "POST /1/im -> 403" in output
    assert "D-1: Forbidden: " in output


def test_a_file_that_is_missing_does_not_hide_the_others() -> None:
    status, output = run("check", "nowhere.yaml", str(FOLDER / "outage.yaml"))

    assert status == 1
    assert output == f"cannot read nowhere.yaml: No such file or directory\n{FOLDER / 'outage.yaml'}: good\n"
