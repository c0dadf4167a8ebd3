"""The image says what it has to, and the server runs as it does there: nobody's user, no home, a root to be read."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
import yaml

from mock_amp.settings import PREFIX
from mock_amp.variables import unknown_variables
from tests.acceptance.image import environment, instructions, last_stage, left_out, of
from tests.acceptance.processes import PATIENCE, ROOT, Served

USER: Final = 65_532
SERVICES: Final = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
SERVICE: Final = SERVICES["mock-amp"]
SCENARIO: Final = (
    "name: nobody-gets-it\nrules:\n  - name: nobody\n    match: {channel: SMS}\n    outcome: {status: UNDELIV}\n"
)


def test_the_image_runs_as_a_user_that_is_not_root_and_has_a_number() -> None:
    found = re.fullmatch(r"([0-9]+):([0-9]+)", of("USER"))

    assert found is not None
    assert (int(found[1]), int(found[2])) == (USER, USER)
    assert SERVICE["user"] == of("USER")


def test_the_last_user_is_the_one_that_runs() -> None:
    """Nothing after it is done as another."""
    words = [word for word, _ in last_stage()]

    assert words.count("USER") == 1
    assert not {"RUN", "COPY", "ADD"} & {*words[words.index("USER") :]}


def test_nothing_is_fetched_but_by_pip_at_the_versions_of_the_lock_file() -> None:
    runs = [rest for word, rest in instructions() if word == "RUN"]

    assert [word for word, _ in instructions() if word == "ADD"] == []
    assert all("PIP_CONSTRAINT=requirements.lock" in rest for rest in runs if " pip " in rest)
    assert not re.search(r"curl|wget|apt-get|https?://", " ".join(runs))


def test_every_base_is_pinned_to_a_version_and_a_release() -> None:
    """The same in both stages: what is installed by the one is run by the other."""
    bases = {rest.split()[0] for word, rest in instructions() if word == "FROM"}

    assert len(bases) == 1
    assert all(re.fullmatch(r"python:3\.\d+(\.\d+)?-slim-[a-z]+", base) for base in bases)


def test_no_shell_stands_between_the_container_and_the_server() -> None:
    """Or SIGTERM would not reach it."""
    check = of("HEALTHCHECK").partition(" CMD ")[2]

    assert json.loads(of("ENTRYPOINT")) == ["mock-amp"]
    assert json.loads(of("CMD")) == ["serve"]
    assert json.loads(check) == ["mock-amp", "healthcheck"]
    assert json.loads(of("VOLUME")) == ["/data"]


def test_a_container_of_the_compose_file_may_do_nothing_that_it_need_not() -> None:
    for service in SERVICES.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
        assert [each.split(":")[0] for each in service["tmpfs"]] == ["/tmp"]  # noqa: S108 - the container's
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert [each.split(":")[1] for each in SERVICE["volumes"]] == ["/data", "/data/tls", "/scenarios"]


def test_the_application_of_the_compose_file_waits_for_the_emulator_under_the_name_of_the_service() -> None:
    """Its code names https://rest.fortytwo.com, whose certificate it trusts by what the emulator has put down."""
    app = SERVICES["app"]

    assert app["depends_on"] == {"mock-amp": {"condition": "service_healthy"}}
    assert SERVICE["networks"]["default"]["aliases"] == ["rest.fortytwo.com"]
    assert SERVICE["environment"]["MOCK_AMP_TLS_PORT"] == "443"
    assert "tls:/tls:ro" in app["volumes"]
    assert "tls:/data/tls" in SERVICE["volumes"]
    assert not [value for value in app["environment"].values() if "mock-amp" in value]
    assert app["user"] not in (of("USER"), "0:0")
    for volume in (each for each in app["volumes"] if each.startswith("./")):
        assert (ROOT / volume.partition(":")[0]).is_dir()


def test_every_variable_of_the_image_and_of_the_compose_file_is_a_setting() -> None:
    ours = [name for name in [*environment(), *SERVICE["environment"]] if name.startswith(PREFIX)]

    assert "MOCK_AMP_HOST" in ours
    assert unknown_variables(ours) == []


@pytest.mark.parametrize("name", [".git", ".venv/bin/python", "tests/harness.py", "docs/testing.md", ".env", "a.pem"])
def test_what_is_not_copied_is_not_given_to_the_engine(name: str) -> None:
    assert left_out(name)


def test_what_is_copied_is_given_to_the_engine_without_what_python_leaves_behind() -> None:
    assert not left_out("mock_amp/cli/main.py")
    assert not left_out("docs/wire-contract.md")
    assert left_out("mock_amp/cli/__pycache__/main.cpython-311.pyc")


def test_the_linter_of_dockerfiles_finds_nothing() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_has_no_pip_and_no_tests_of_libraries(installed: Path) -> None:
    (packages,) = installed.glob("lib/python*/site-packages")

    assert (packages / "mock_amp" / "scenarios" / "magic-numbers.yaml").exists()
    assert not {"pip", "setuptools", "pytest", "matplotlib"} & {each.name for each in packages.iterdir()}
    assert [*installed.rglob("tests")] == []


@contextmanager
def served(command: list[str], env: Mapping[str, str]) -> Iterator[Served]:
    """A server from the root folder, with nothing of our surroundings."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/", env=env)
    try:
        yield Served(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE)


def try_out(venv: Path, root: Path, around: tuple[str, ...] = ()) -> None:
    """Sends something, stops the server, and finds it again; its health is asked for as the image does."""
    data, check = root / "data", json.loads(of("HEALTHCHECK").partition(" CMD ")[2])
    env = environment() | {"MOCK_AMP_HOST": "127.0.0.1", "MOCK_AMP_SCENARIO": str(root / "scenarios" / "mine.yaml")}
    env |= {"MOCK_AMP_STORE": f"sqlite:///{data / 'amp.db'}", "MOCK_AMP_TLS": "true", "MOCK_AMP_TLS_PORT": "0"}
    env |= {"MOCK_AMP_TLS_DIR": f"{data / 'tls'}", "MOCK_AMP_TLS_PORT_FILE": f"{data / 'port'}"}
    env |= {"PATH": f"{venv / 'bin'}:{env['PATH']}", "MOCK_AMP_PORT": "0"}
    command = [*around, *json.loads(of("ENTRYPOINT")), *json.loads(of("CMD"))]
    with served(command, env) as server:
        told = server.send(sms_content={"message": "Hi"})
        inside = {**env, "MOCK_AMP_HOST": "0.0.0.0", "MOCK_AMP_PORT": server.url.rpartition(":")[2]}  # noqa: S104 - asked
        assert ask([*around, *check], inside) == (0, f"{server.url} is ready\n")
        secure = f"https://localhost:{(data / 'port').read_text(encoding='utf-8').strip()}"
        known = ["--url", secure, "--ca", str(data / "tls" / "ca.pem")]
        assert ask([*around, *check, *known], env) == (0, f"{secure} is ready\n")
        assert server.stop()[0] == 0
    with served(command, env) as server:
        found = server.items("messages")
        assert [each["api_job_id"] for each in found] == [told["api_job_id"]]
        assert server.call("GET", "/__admin/scenario")["name"] == "nobody-gets-it"


def ask(command: list[str], env: Mapping[str, str]) -> tuple[int, str]:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout


def test_it_runs_without_a_home_and_from_the_root_folder(installed: Path, tmp_path: Path) -> None:
    for name in ("data", "scenarios"):
        (tmp_path / name).mkdir()
    (tmp_path / "scenarios" / "mine.yaml").write_text(SCENARIO, encoding="utf-8")

    try_out(installed, tmp_path)

    written = {each.name for each in (tmp_path / "data").iterdir()}
    assert written <= {"amp.db", "amp.db-wal", "amp.db-shm", "port", "tls"}


def confined(data: Path) -> tuple[str, ...]:
    """As nobody's user, where all but the data can only be read. Reading is allowed wherever Python is."""
    steps = [
        "mount --make-rprivate /",
        f"mount --bind {data} {data}",
        "mount -o remount,bind,ro /",
        "! touch /work-of-nobody 2>/dev/null",
    ]
    user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"]
    may = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    return ("unshare", "--mount", "sh", "-ec", "\n".join([*steps, 'exec "$@"']), "sh", *user, *may)


def why_not() -> str:
    """Why the next test cannot be run here; nothing when it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root of a Linux can become another user, and make the root read-only for one process"
    if not all(map(shutil.which, ("unshare", "setpriv", "mount"))):
        return "unshare, setpriv and mount of util-linux are not there"
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "this machine gives no mounts of one's own"


def test_it_runs_as_nobody_on_a_root_that_is_read_only(installed: Path) -> None:
    """All that it writes is in its volume, which is made as the image makes it."""
    if reason := why_not():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory() as folder:  # not among those of the tests, which nobody else may enter
        root = Path(folder)
        root.chmod(0o711)
        subprocess.run(["sh", "-ec", of("RUN").replace(" /", f" {root}/")], check=True)
        (root / "scenarios" / "mine.yaml").write_text(SCENARIO, encoding="utf-8")

        try_out(installed, root, confined(root / "data"))

        written = {each.name: each.stat() for each in (root / "data").rglob("*")}
        assert {"amp.db", "ca.pem", "ca-key.pem"} < {*written}
        assert {each.st_uid for each in written.values()} == {USER}
        assert stat.filemode(written["tls"].st_mode) == "drwxr-xr-x"
        assert stat.filemode(written["ca.pem"].st_mode) == "-rw-r--r--"
        assert stat.filemode(written["ca-key.pem"].st_mode) == "-rw-------"
