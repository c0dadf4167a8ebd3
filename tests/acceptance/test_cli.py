"""What holds for every command: help, options, exit statuses, colours, pipes, completion; and `rules` and `openapi`."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from mock_amp import rehearsal
from mock_amp.cli.completion import SHELLS, VARIABLE
from mock_amp.cli.main import SECTIONS, cli, main
from mock_amp.settings import TABLE
from tests.acceptance.cli_page import FORMS, PAGE, commands, written
from tests.acceptance.processes import ROOT, free_port, serving

COMMAND = [sys.executable, "-m", "mock_amp"]
ALL = dict(commands())
LEAVES = {path: each for path, each in ALL.items() if not isinstance(each, click.Group)}
GROUPS = {path: each for path, each in ALL.items() if isinstance(each, click.Group)}
CLIENTS = ({*SECTIONS[1][1], "certify", "healthcheck"} - {"listen"}) & LEAVES.keys()
"""The commands that may, or have to, ask a server; `listen` is itself one."""
NO_DATA = {
    "serve": "it runs",
    "ca": "a certificate is data as it is",
    "completion": "a script is data as it is",
    "scenario show": "a scenario is data as it is",
}
"""The commands without --json, and why."""

on_posix = pytest.mark.skipif(os.name != "posix", reason="signals, terminals and pipes are other things there")


def run(*arguments: str, env: Mapping[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(cli, arguments, prog_name="mock-amp", catch_exceptions=False)


def options(command: click.Command) -> dict[str, click.Option]:
    """By their long name."""
    return {each.opts[0]: each for each in command.params if isinstance(each, click.Option)}


@pytest.mark.parametrize("path", ALL)
def test_a_command_says_in_a_sentence_what_it_does(path: str) -> None:
    first = (ALL[path].help or "").strip().split("\n\n")[0]

    assert first.endswith("."), first
    assert first[0].isupper()


@pytest.mark.parametrize("path", LEAVES)
def test_every_option_has_help_that_is_a_sentence(path: str) -> None:
    for name, option in options(LEAVES[path]).items():
        assert re.match(r"[^a-z].*\.($| \[)", option.help or ""), name


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_there_by_both_names(path: str, flag: str) -> None:
    done = run(*path.split(), flag)

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: {' '.join(['mock-amp', *path.split()])} ")


@pytest.mark.parametrize("path", sorted(CLIENTS))
def test_what_talks_to_a_server_is_told_which_by_flag_or_by_variable(path: str) -> None:
    url = options(LEAVES[path])["--url"]

    assert url.envvar == "MOCK_AMP_URL"


@pytest.mark.parametrize("path", LEAVES)
def test_what_prints_data_prints_it_for_machines_too(path: str) -> None:
    assert ("--json" in options(LEAVES[path])) == (path not in NO_DATA)


@pytest.mark.parametrize("path", [path for path in LEAVES if options(LEAVES[path])])
def test_an_option_that_there_is_not_is_answered_with_the_nearest(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    known = max(options(LEAVES[path]), key=len)

    status = ended(*path.split(), f"{known}x")

    error = capsys.readouterr().err
    assert (status, error.count("\n")) == (2, 1)
    assert error.startswith("mock-amp: No such option")
    assert known in error


@pytest.mark.parametrize("path", GROUPS)
def test_a_command_that_there_is_not_is_answered_with_the_nearest(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    known = next(iter(GROUPS[path].commands))

    status = ended(*path.split(), f"{known[:-1]}")

    assert (status, capsys.readouterr().err) == (
        2,
        f"mock-amp: There is no command '{known[:-1]}'; did you mean {known}?\n",
    )


@pytest.mark.parametrize("path", GROUPS)
def test_a_group_alone_shows_its_help_and_fails(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = ended(*path.split())

    out, err = capsys.readouterr()
    assert (status, out, err[:16]) == (2, "", "Usage: mock-amp ")


def test_help_shows_every_command_in_its_section_serve_first() -> None:
    lines = run("--help").stdout.splitlines()

    places = {name: lines.index(next(line for line in lines if line.startswith(f"  {name} "))) for name in cli.commands}
    assert min(places, key=lambda name: places[name]) == "serve"
    assert list(places) != sorted(places)
    assert set(cli.commands) <= {name for _, names in SECTIONS for name in names}
    assert "..." not in "".join(lines).replace("COMMAND [ARGS]...", "")


def test_what_is_wrong_is_one_line_even_where_there_are_choices(capsys: pytest.CaptureFixture[str]) -> None:
    status = ended("completion")

    assert (status, capsys.readouterr().err) == (
        2,
        "mock-amp: Missing argument 'bash|zsh|fish'. Choose from: bash, zsh, fish\n",
    )


def test_ctrl_c_is_130_and_says_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rehearsal, "shipped", interrupted)

    status = ended("scenario", "list")

    assert (status, capsys.readouterr().err.strip()) == (130, "")


@on_posix
def test_ctrl_c_in_the_middle_leaves_no_traceback(tmp_path: Path) -> None:
    """The process waits for a pipe that nobody writes to; that it has opened it says that it is there."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(
        [*COMMAND, "validate", str(pipe)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        held = os.open(pipe, os.O_WRONLY)
        process.send_signal(signal.SIGINT)

        out, err = process.communicate(timeout=10)

        os.close(held)
    assert (process.returncode, out, err.strip()) == (130, "", "")


@on_posix
@pytest.mark.parametrize("arguments", [["rules"], ["--help"], ["openapi", "--yaml"], ["scenario", "show", "outage"]])
def test_nobody_reading_on_is_no_failure_to_be_told(arguments: list[str]) -> None:
    """`mock-amp rules | head -1`: quiet, with the status that a shell knows from other commands."""
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run([*COMMAND, *arguments], stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False)

    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@on_posix
@pytest.mark.parametrize(
    ("arguments", "stdout", "why"),
    [
        (["rules"], ">/dev/full", "No space left on device"),
        (["--help"], ">/dev/full", "No space left on device"),
        (["openapi"], ">&-", "stdout is closed"),
        (["scenario", "list"], ">&-", "stdout is closed"),
        (["completion", "zsh"], "1</dev/null", "Bad file descriptor"),
    ],
)
def test_what_cannot_be_written_is_one_line_and_2(arguments: list[str], stdout: str, why: str) -> None:
    if stdout == ">/dev/full" and not os.path.exists("/dev/full"):
        pytest.skip("no full disk here")

    done = in_shell(f'exec "$@" {stdout}', *COMMAND, *arguments)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith(f"mock-amp: cannot write: {why}")


@on_posix
def test_a_server_serves_where_a_shell_has_closed_its_streams() -> None:
    """Its first sockets would get their numbers, and uvloop does not close those."""
    port = free_port()
    asked = f'"$@" healthcheck --wait --url http://127.0.0.1:{port}'

    done = in_shell(f'"$@" serve --port {port} <&- >&- 2>&- & {asked}; kill $!; wait $!', *COMMAND)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("is ready\n")


def in_shell(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["/bin/sh", "-c", script, "sh", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@on_posix
def test_colours_are_for_terminals_and_for_who_wants_them() -> None:
    body = str(ROOT / "scenarios" / "outage.yaml")

    assert "\x1b[" in on_terminal("validate", body)
    assert "\x1b[" in on_terminal("scenario", "list")
    assert "\x1b" not in on_terminal("validate", body, NO_COLOR="1")
    assert "\x1b" not in on_terminal("scenario", "list", NO_COLOR="1")
    assert (
        "\x1b" not in subprocess.run([*COMMAND, "validate", body], capture_output=True, text=True, check=False).stdout
    )


def on_terminal(*arguments: str, **env: str) -> str:
    """What a command prints where stdout is a terminal."""
    import pty

    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=theirs, stdin=theirs, env={**kept, "TERM": "xterm", **env}
    )
    os.close(theirs)
    told = b""
    try:
        while part := os.read(ours, 65_536):
            told += part
    except OSError:  # Linux says so when the last one has closed the other side
        pass
    os.close(ours)
    assert process.wait(timeout=10) in (0, 1)
    return told.decode()


# completion


def completed(*words: str) -> list[tuple[str, str]]:
    """What is offered for the last word."""
    found = ShellComplete(cli, {}, "mock-amp", VARIABLE).get_completions(list(words[:-1]), words[-1])
    return [(each.type, each.value) for each in found]


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["va"], ["validate"]),
        (["serve", "--scenario", "vi"], ["viber-unread"]),
        (["validate", "--scenario", "o"], ["outage"]),
        (["scenario", "show", "two"], ["two-way"]),
        (["scenario", "run", "two"], ["two-way"]),
        (["serve", "--clock", ""], ["real", "frozen", "scaled"]),
        (["serve", "--log-format", "j"], ["json"]),
        (["serve", "--port", ""], []),
        (["serve", "--callback-at"], ["--callback-attempts"]),
        (["rules", "--standing", "kn"], ["known"]),
        (["completion", ""], list(SHELLS)),
    ],
)
def test_the_shell_completes(words: list[str], values: list[str]) -> None:
    assert completed(*words) == [("plain", value) for value in values]


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--settings", "x"],
        ["serve", "--scenario", "./my"],
        ["serve", "--callback-ca", ""],
        ["serve", "--port-file", ""],
        ["serve", "--tls-ca-key", "x"],
        ["healthcheck", "--ca", ""],
        ["validate", "bo"],
        ["scenario", "check", ""],
    ],
)
def test_the_shell_completes_files_by_itself(words: list[str]) -> None:
    assert completed(*words) == [("file", words[-1])]


def test_the_shell_completes_every_file_and_folder() -> None:
    """As the help of a setting, and the form of an option, has it."""
    files = [f"--{each.name}" for each in TABLE if re.match(r"PEM file|File ", each.help)]
    folders = [f"--{each.name}" for each in TABLE if each.help.startswith("Folder ")]
    assert len(files) > 6
    for name in files:
        assert completed("serve", name, "x") == [("file", "x")], name
    for name in folders:
        assert completed("serve", name, "x") == [("dir", "x")], name
    for path, command in LEAVES.items():
        for name, option in options(command).items():
            if option.metavar in ("FILE", "FOLDER"):
                kind = {"FILE": "file", "FOLDER": "dir"}[option.metavar]
                assert completed(*path.split(), name, "x") == [(kind, "x")], (path, name)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_asks_the_way_that_we_answer(shell: str) -> None:
    script = run("completion", shell).stdout

    assert f"{VARIABLE}={shell}_complete" in script
    if shell == "bash" and os.name == "posix":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_a_shell_that_asks_is_answered() -> None:
    env = {**os.environ, VARIABLE: "zsh_complete", "COMP_WORDS": "mock-amp serve --scenario viber", "COMP_CWORD": "3"}

    done = subprocess.run(COMMAND, env=env, capture_output=True, text=True, check=True)

    assert done.stdout.split("\n")[:2] == ["plain", "viber-unread"]


# rules


@pytest.fixture(scope="module")
def known() -> Any:
    return json.loads(run("rules", "--json").stdout)


def test_rules_are_a_table_with_a_line_each(known: Any) -> None:
    lines = run("rules").stdout.splitlines()

    assert lines[0].split() == ["id", "rule", "source", "standing", "since", "tests"]
    assert [line.split()[0] for line in lines[1:-1]] == [each["id"] for each in known]
    assert lines[-1].startswith(f"{len(known)} rules, ")


def test_a_rule_is_shown_in_full_by_its_id_in_any_case() -> None:
    done = run("rules", "c-4", "D-1")

    assert done.exit_code == 0
    assert [each.split()[0] for each in done.stdout.split("\n\n")] == ["D-1", "C-4"]
    assert "`number` is a string that matches `^[1-9][0-9]{6,14}$`." in done.stdout
    assert "named by " in done.stdout


def test_rules_can_be_searched_and_narrowed(known: Any) -> None:
    done = run("rules", "--search", "NUMBER", "--standing", "chosen", "--standing", "partly", "--json")

    standings = {
        each["id"]: each["standing"] for each in known if "number" in f"{each['text']}{each['source']}".lower()
    }
    assert {each["id"]: each["standing"] for each in json.loads(done.stdout)} == {
        rule: standing for rule, standing in standings.items() if standing != "known"
    }
    assert set(standings.values()) >= {"known", "known, partly chosen"}


def test_no_rule_is_a_no() -> None:
    done = run("rules", "D-1", "--standing", "chosen")

    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "mock-amp: no rule is like that\n")


def test_a_rule_that_there_is_not_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    status = ended("rules", "H-99")

    assert (status, capsys.readouterr().err) == (2, "mock-amp: there is no rule H-99; did you mean H-9?\n")


# openapi


@pytest.fixture(scope="module")
def published() -> Iterator[Any]:
    with serving() as server:
        yield server.call("GET", "/__admin/openapi.json")


def test_openapi_is_what_a_server_publishes(published: Any) -> None:
    """Key for key, in the same order."""
    assert json.dumps(json.loads(run("openapi").stdout)) == json.dumps(published)
    assert json.dumps(yaml.safe_load(run("openapi", "--yaml").stdout)) == json.dumps(published)


def test_openapi_of_the_service_alone_is_without_the_control_plane(published: Any) -> None:
    alone = json.loads(run("openapi", "--service-only").stdout)

    assert alone["paths"] == {path: each for path, each in published["paths"].items() if path.startswith("/1/")}
    assert alone["components"]["schemas"].items() <= published["components"]["schemas"].items()
    assert "control-plane" not in json.dumps(alone["components"])


def test_openapi_is_in_one_form_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    status = ended("openapi", "--json", "--yaml")

    assert (status, capsys.readouterr()) == (
        2,
        ("", "mock-amp: the document is printed by --json or by --yaml, not by both\n"),
    )


# the page


def test_the_page_has_every_command_with_its_options() -> None:
    """`python -m tests.acceptance.cli_page` writes it anew."""
    page = PAGE.read_text(encoding="utf-8")

    assert page == written(page)


def test_the_page_tells_the_options_of_all_that_talk_to_a_server_once() -> None:
    """A command has a table of its other options, and a link; the settings of serve are on another page."""
    parts = re.split(r"^### .*\n|^#### mock-amp (.*)\n", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = {path: text for path, text in zip(parts[1::2], parts[2::2], strict=True) if path}
    common = next(text for text in parts[2::2] if "`--token TOKEN`" in text)

    for path, command in LEAVES.items():
        linked = "(#options-of-all-that-talk-to-a-server)" in sections[path]
        table = sections[path] + (common if linked else "")
        told = re.findall(r"^\| `(--[a-z-]+)", table, re.MULTILINE)
        wanted = ["--settings"] if path == "serve" else options(command)
        assert sorted(told) == sorted(wanted), path
        assert linked == (
            "The account by one of its tokens instead." in {each.help for each in options(command).values()}
        )


def test_the_page_tells_the_form_of_every_json() -> None:
    """By a row `| `mock-amp COMMAND --json` | what it prints |`, by hand."""
    told = FORMS.findall(PAGE.read_text(encoding="utf-8"))

    assert sorted(told) == sorted(path for path in LEAVES if "--json" in options(LEAVES[path]))


def ended(*arguments: str) -> Any:
    """The exit status of the process that this would be."""
    with pytest.raises(SystemExit) as found:
        main(list(arguments))
    return found.value.code
