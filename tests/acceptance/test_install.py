"""As a newcomer installs it: `make serve` in the checkout, the built wheel in a clean environment."""

import os
import subprocess
import sys
from pathlib import Path

from tests.acceptance.processes import ROOT, refused, serving


def test_make_serve_runs_the_server() -> None:
    with serving("ARGS=--port 0", command=("make", "--no-print-directory", "serve")) as server:
        answer = server.send(sms_content={"message": "Hi"})

        assert answer["result_info"]["status_code"] == 200


def test_the_wheel_works_in_a_clean_environment(tmp_path: Path) -> None:
    """D17: it carries schemas and scenarios inside."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("VIRTUAL_ENV", "PYTHON"))}
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w"]
    subprocess.run([*build, str(tmp_path), str(ROOT)], check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, env=env)
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*pip, "-c", str(ROOT / "requirements.lock"), str(wheel)], check=True, timeout=300, env=env)

    with serving("--port", "0", "--clock", "frozen", command=(str(venv / "bin" / "mock-amp"), "serve")) as server:
        server.send(
            im_content=[{"channel": "VIBER", "content": "Hi"}],
            sms_content={"message": "Hi"},
            destinations=[{"number": "99900000003"}],
        )
        server.advance(until="idle")

        (message,) = server.items("messages")
        assert (message["type"], message["status"]) == ("SMS", "DELIVRD")


def test_the_rules_are_printed_with_their_tests() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mock_amp", "rules"], capture_output=True, text=True, check=True, timeout=20, cwd=ROOT
    )

    assert done.stdout.splitlines()[-1] == "101 rules, 101 of them named by tests"


def test_help_is_for_a_person() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mock_amp", "serve", "--help"], capture_output=True, text=True, check=True, timeout=20
    )

    assert "Every flag --x-y is also the variable MOCK_AMP_X_Y" in " ".join(done.stdout.split())
    assert refused("sreve")[0] == 2
