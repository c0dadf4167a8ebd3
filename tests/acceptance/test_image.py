"""The image says what it has to, and the server runs as it does there: nobody's user, no home, a root to be read."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.acceptance.processes import ROOT, Served

USER: Final = 65_532
SERVICE: Final = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["mock-amp"]


def instructions() -> list[tuple[str, str]]:
    """The lines of the Dockerfile, each with what it tells; those of the stage that runs come last."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def last_stage() -> list[tuple[str, str]]:
    told = instructions()
    begin = max(at for at, (word, _) in enumerate(told) if word == "FROM")
    return told[begin:]


def of(word: str) -> str:
    """What the last stage tells by a word, the last time."""
    return [rest for each, rest in last_stage() if each == word][-1]


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
    assert all("PIP_CONSTRAINT=requirements.lock" in rest for rest in runs if "pip install" in rest)
    assert not re.search(r"curl|wget|apt-get|https?://", " ".join(runs))


def test_every_base_is_pinned_to_a_version_and_a_release() -> None:
    bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]

    assert bases
    assert all(re.fullmatch(r"python:3\.\d+(\.\d+)?-slim-[a-z]+", base) for base in bases)


def test_no_shell_stands_between_the_container_and_the_server() -> None:
    """Or SIGTERM would not reach it."""
    check = of("HEALTHCHECK").partition(" CMD ")[2]

    assert json.loads(of("ENTRYPOINT")) == ["mock-amp"]
    assert json.loads(of("CMD"))[0] == "serve"
    assert json.loads(check)[:2] == ["python", "-c"]
    assert json.loads(of("VOLUME")) == ["/data"]


def test_a_container_of_the_compose_file_may_do_nothing_that_it_need_not() -> None:
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert SERVICE["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in SERVICE
    assert SERVICE["volumes"] == ["data:/data"]
    assert [each.split(":")[0] for each in SERVICE["tmpfs"]] == ["/tmp"]  # noqa: S108 - the container's
    assert all(port.startswith("127.0.0.1:") for port in SERVICE["ports"])


def environment() -> dict[str, str]:
    """What the image sets, and no more of ours than where programs are: no HOME above all."""
    found = dict(
        re.findall(r'([A-Z_]+)=(?:"[^"]*"|(\S+))', " ".join(rest for word, rest in last_stage() if word == "ENV"))
    )
    return {**found, "PATH": os.environ["PATH"]}


@contextmanager
def served(command: list[str], env: Mapping[str, str]) -> Iterator[Served]:
    """A server from the root folder, with nothing of our surroundings."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/", env=env)
    try:
        yield Served(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=5)


def serve(store: Path) -> list[str]:
    return [sys.executable, "-m", "mock_amp", "serve", "--port", "0", "--store", f"sqlite:///{store / 'amp.db'}"]


def try_out(command: list[str]) -> None:
    """Sends something, stops the server, and finds it again."""
    check = json.loads(of("HEALTHCHECK").partition(" CMD ")[2])
    with served(command, environment()) as server:
        told = server.send(sms_content={"message": "Hi"})
        port = server.url.rpartition(":")[2]
        code = check[2].replace("8042", port)
        assert code != check[2]
        subprocess.run([sys.executable, "-c", code], check=True, timeout=10)
        assert server.stop()[0] == 0
    with served(command, environment()) as server:
        found = server.items("messages")
        assert [each["api_job_id"] for each in found] == [told["api_job_id"]]
        assert urllib.request.urlopen(f"{server.url}/readyz", timeout=5).status == 200


def test_it_runs_without_a_home_and_from_the_root_folder(tmp_path: Path) -> None:
    try_out(serve(tmp_path))

    assert {each.name for each in tmp_path.iterdir()} <= {"amp.db", "amp.db-wal", "amp.db-shm"}


def confined(store: Path) -> list[str]:
    """The server as nobody's user, where all but the store can only be read. Reading is allowed wherever Python is."""
    steps = [
        "mount --make-rprivate /",
        f"mount --bind {store} {store}",
        "mount -o remount,bind,ro /",
        "! touch /work-of-nobody 2>/dev/null",
    ]
    user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"]
    may = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    return ["unshare", "--mount", "sh", "-ec", "\n".join([*steps, 'exec "$@"']), "sh", *user, *may, *serve(store)]


def why_not() -> str:
    """Why the next test cannot be run here; nothing when it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root of a Linux can become another user, and make the root read-only for one process"
    if not all(map(shutil.which, ("unshare", "setpriv", "mount"))):
        return "unshare, setpriv and mount of util-linux are not there"
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "this machine gives no mounts of one's own"


def test_it_runs_as_nobody_on_a_root_that_is_read_only() -> None:
    """All that it writes is in its store; its folder is not among ours, which nobody else may enter."""
    if reason := why_not():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder)
        os.chown(store, USER, USER)

        try_out(confined(store))

        written = [*store.iterdir()]
        assert "amp.db" in {each.name for each in written}
        assert {each.stat().st_uid for each in written} == {USER}
