"""It starts on macOS and Windows too: what this machine can show of that, it shows here.

What cannot be shown here, such as the event loop of Windows, is in docs/operations.md, "On macOS and Windows".
"""

import ast
import asyncio
import io
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from mock_amp.adapters.signals import heard
from mock_amp.cli.main import main
from tests.acceptance.elsewhere import BREAK, MISSING, OF_UNIX
from tests.acceptance.processes import ROOT, serving

ELSEWHERE: Final = (sys.executable, "-m", "tests.acceptance.elsewhere")
MODULES: Final = sorted((ROOT / "mock_amp").rglob("*.py"))
SHIPPED: Final = ("mock_amp", "schemas", "scenarios", "docs", "examples")
RESERVED: Final = re.compile(r'(con|prn|aux|nul|com\d|lpt\d)(\..*)?|.*[<>:"\\|?*\x00-\x1f].*|.*[ .]', re.IGNORECASE)
"""Names that Windows gives to no file."""

NARROW: Final = ["cp1252", "cp437", "latin-1", "ascii"]
"""Of consoles and pipes, where nothing says UTF-8."""


@pytest.mark.skipif(sys.platform == "win32", reason="there the signals are real ones, and others")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, BREAK])
def test_a_server_without_anything_of_unix_answers_and_ends_well(sign: signal.Signals, tmp_path: Path) -> None:
    arguments = ("--port", "0", "--clock", "frozen", "--store", f"sqlite:///{tmp_path / 'amp.db'}")
    with serving(*arguments, command=(*ELSEWHERE, "serve")) as server:
        server.send(sms_content={"message": "Hi"}, callback_url="http://127.0.0.1:9/reports")
        server.advance(by="5s")
        statuses = [each["status"] for each in server.items("messages")]

        status, errors = server.stop(sign)

        assert (statuses, status) == (["DELIVRD"], 0)
        assert "0 messages that were not final, 3 callbacks that were owed" in errors
        assert "Traceback" not in errors
        assert "Ctrl-C or Ctrl-Break" in "".join(server.banner)


def test_https_and_the_proxy_work_without_anything_of_unix(tmp_path: Path) -> None:
    """On the loop of Python itself, whose TLS is another than that of uvloop."""
    tls = (
        "--tls-dir",
        str(tmp_path),
        "--tls-port",
        "0",
        "--proxy-port",
        "0",
        "--proxy-port-file",
        str(tmp_path / "port"),
    )
    with serving("--port", "0", *tls, command=(*ELSEWHERE, "serve")) as server:
        by_proxy = urllib.request.ProxyHandler({"https": f"http://127.0.0.1:{(tmp_path / 'port').read_text('ascii')}"})
        trust = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=tmp_path / "ca.pem"))

        answer = urllib.request.build_opener(by_proxy, trust).open("https://rest.fortytwo.com/livez", timeout=10)

        assert answer.status == 200
        assert server.stop()[0] == 0


def test_every_module_can_be_imported_without_anything_of_unix() -> None:
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES if path.stem != "__main__"]

    done = elsewhere(f"import importlib\nfor name in {names}: importlib.import_module(name)")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("what", [f"import {name}" for name in ("uvloop", "fcntl", "resource")] + ["os.geteuid()"])
def test_elsewhere_has_nothing_of_unix(what: str) -> None:
    """Or the tests above would show nothing."""
    done = elsewhere(f"import os; {what}")

    assert done.returncode == 1
    assert re.search(r"No module named|has no attribute", done.stderr)


def test_a_scenario_is_tried_out_without_anything_of_unix() -> None:
    script = ROOT / "scenarios" / "magic-numbers.send.json"

    done = run([*ELSEWHERE, "scenario", "run", "magic-numbers", "--send", str(script), "--json"])

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


async def test_a_signal_is_heard_where_the_loop_hears_none() -> None:
    class Loop:
        """As those of Windows are."""

        call_soon_threadsafe = staticmethod(asyncio.get_running_loop().call_soon_threadsafe)

        def add_signal_handler(self, *_of: Any) -> None:
            raise NotImplementedError

    ended, before = asyncio.Event(), signal.getsignal(signal.SIGTERM)
    with heard(Loop(), ended.set):  # type: ignore[arg-type]
        signal.raise_signal(signal.SIGTERM)
        await ended.wait()

    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("encoding", NARROW)
def test_what_a_terminal_has_no_character_for_is_escaped_and_ends_nothing(encoding: str, tmp_path: Path) -> None:
    scenario = tmp_path / "wide.yaml"
    scenario.write_text("name: wide\ndescription: Grüße … — 😀 Ж\n", encoding="utf-8")

    status, told = said(["scenario", "show", str(scenario)], encoding)

    assert status == 0
    assert re.fullmatch(rb"name: wide\r?\ndescription: Gr.+e .+\r?\n", told, re.DOTALL)


@pytest.mark.parametrize("encoding", NARROW)
def test_json_is_the_same_json_whatever_characters_a_pipe_has(encoding: str) -> None:
    arguments = ["scenario", "check", "Grüße … 😀 Жук.yaml", "--json"]
    (_, told), (_, usual) = said(arguments, encoding), said(arguments, "utf-8")

    assert json.loads(told) == json.loads(usual)
    assert "Жук" in usual.decode()


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["rules"], ["scenario", "list"]], ids=" ".join)
def test_what_is_told_to_people_can_be_said_on_an_old_console(arguments: list[str]) -> None:
    status, told = said(arguments, "cp437")

    assert (status, bool(told)) == (0, True)


def test_a_refusal_can_be_said_on_an_old_console() -> None:
    status, told = said(["scenario", "check", "Жук.yaml"], "cp437")

    assert (status, told.startswith(b"cannot read \\u0416")) == (1, True)


def test_a_pipe_that_is_not_utf_8_takes_all_that_a_command_says() -> None:
    """As a whole process has it; the others above have it in ours."""
    env = {**os.environ, "PYTHONIOENCODING": "cp437", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "mock_amp", "rules"]

    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=env, timeout=30, check=False)

    assert (done.returncode, b"Traceback" in done.stderr, b"\\u2026" in done.stdout) == (0, False, True)


def test_no_module_needs_what_only_unix_has() -> None:
    found = [f"{path}:{each}" for path in MODULES for each in of_unix(path.read_text(encoding="utf-8"))]

    assert found == []


def test_every_module_says_which_encoding_a_file_has() -> None:
    """On Windows the usual one is a code page."""
    found = [f"{path}:{each}" for path in MODULES for each in without_encoding(path.read_text(encoding="utf-8"))]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "import fcntl",
        "def lock():\n    from fcntl import flock",
        "try:\n    import pwd\nexcept ValueError:\n    pass",
        "import os\nos.geteuid()",
        "import signal\nsignal.SIGKILL",
        "import os\nif sys.platform == 'linux':\n    os.fork()",
    ],
)
def test_the_checker_sees_what_is_of_unix(source: str) -> None:
    assert len(list(of_unix(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    import resource\nexcept ImportError:\n    resource = None",
        "import os, signal\nos.getpid()\nsignal.SIGTERM",
        "import signal\nfound = getattr(signal, 'SIGHUP', None)",
    ],
)
def test_the_checker_lets_a_fallback_through(source: str) -> None:
    assert list(of_unix(source)) == []


@pytest.mark.parametrize(
    "source",
    ["path.read_text()", "path.write_text('')", "open(path)", "open(path, 'w')", "open(path, mode='a')"],
)
def test_the_checker_sees_a_file_without_an_encoding(source: str) -> None:
    assert len(list(without_encoding(source))) == 1


def test_no_shipped_file_has_a_name_that_another_system_cannot_have() -> None:
    names = [path.relative_to(ROOT) for folder in SHIPPED for path in shipped(ROOT / folder)]

    assert names
    assert [str(name) for name in names if any(RESERVED.fullmatch(part) for part in name.parts)] == []
    assert len({str(name).lower() for name in names}) == len(names)


def elsewhere(code: str) -> "subprocess.CompletedProcess[str]":
    """What becomes of a program where nothing of Unix is."""
    return run([sys.executable, "-c", f"from tests.acceptance.elsewhere import leave_unix; leave_unix()\n{code}"])


def run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=30, check=False)


class Pipe(io.BytesIO):
    """What was written can still be read when nobody writes any more."""

    def close(self) -> None:
        pass


def said(arguments: Sequence[str], encoding: str) -> tuple[int, bytes]:
    """The exit status of a command, and what it says on a stdout of this encoding."""
    pipe = Pipe()
    with pytest.MonkeyPatch.context() as here:
        here.setattr(sys, "stdout", io.TextIOWrapper(pipe, encoding=encoding, write_through=True))
        with pytest.raises(SystemExit) as ended:
            main(arguments)
    return int(ended.value.code or 0), pipe.getvalue()


def shipped(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not {"__pycache__", "node_modules", "vendor"} & {*path.parts})


def of_unix(source: str) -> Iterator[str]:
    """Where a source needs a module, or a part of one, that other systems have not; an import may have a fallback."""
    tree, parts = ast.parse(source), {f"{module}.{name}" for module, names in OF_UNIX.items() for name in names}
    parts |= {"socket.AF_UNIX"}
    caught = {
        id(node) for each in ast.walk(tree) if isinstance(each, ast.Try) and _falls_back(each) for node in each.body
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in caught:
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"{node.lineno}: {name}" for name in names if name.partition(".")[0] in MISSING)
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in parts:
            yield f"{node.lineno}: {ast.unparse(node)}"


def _falls_back(node: ast.Try) -> bool:
    caught = {each.id for handler in node.handlers for each in ast.walk(handler) if isinstance(each, ast.Name)}
    return bool(caught & {"ImportError", "ModuleNotFoundError"})


def without_encoding(source: str) -> Iterator[str]:
    """Where a source opens a file as text and does not say which encoding it has."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _is_text(node) and "encoding" not in {each.arg for each in node.keywords}:
            yield f"{node.lineno}: {ast.unparse(node)[:80]}"


def _is_text(node: ast.Call) -> bool:
    match node.func:
        case ast.Attribute(attr="read_text"):
            return not node.args  # one with arguments is of something else
        case ast.Attribute(attr="write_text"):
            return True
        case ast.Name(id="open"):
            mode = [*node.args[1:2], *(each.value for each in node.keywords if each.arg == "mode")]
            return not any("b" in ast.unparse(each) for each in mode)
        case _:
            return False
