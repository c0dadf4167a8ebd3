"""The Dockerfile read, and its steps carried out in a folder: where no engine is, with nothing but what is copied."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.acceptance.processes import ROOT

VENV: Final = "/opt/mock-amp"


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


def environment() -> dict[str, str]:
    """What the image sets, and no more of ours than where programs are: no HOME above all."""
    told = " ".join(rest for word, rest in last_stage() if word == "ENV")
    return {**dict(re.findall(r'([A-Z_]+)=(?:"[^"]*"|(\S+))', told)), "PATH": os.environ["PATH"]}


def build(folder: Path) -> Path:
    """Carries the COPY and RUN lines of the first stage out; the environment that the image gets as /opt/mock-amp."""
    source, venv = folder / "src", folder / "opt"
    source.mkdir()
    env = {key: value for key, value in os.environ.items() if not key.startswith(("VIRTUAL_ENV", "PYTHON"))}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"  # `python` is this one
    for word, rest in instructions()[: -len(last_stage())]:
        if word == "COPY":
            _copy(rest.split(), source)
        elif word == "RUN":
            step = rest.replace(VENV, str(venv))
            assert step != rest
            subprocess.run(["sh", "-ec", step], check=True, cwd=source, env=env, capture_output=True, timeout=300)
    return venv


def left_out(path: str) -> bool:
    """Whether .dockerignore keeps a path of the checkout from the engine: the last line that fits it decides."""
    out = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#") and _fits(line.lstrip("!"), path):
            out = not line.startswith("!")
    return out


def _copy(told: list[str], source: Path) -> None:
    *names, target = told
    for name in names:
        assert not left_out(name), f"{name} is copied, and .dockerignore leaves it out"
        found, into = ROOT / name, source / target
        if found.is_dir():
            shutil.copytree(found, into, ignore=_ignored, dirs_exist_ok=True)
        else:
            into.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, into)


def _ignored(folder: str, names: list[str]) -> list[str]:
    inside = Path(folder).relative_to(ROOT)
    return [name for name in names if left_out((inside / name).as_posix())]


def _fits(pattern: str, path: str) -> bool:
    """A pattern fits what is in a folder that it fits, too."""
    parts = re.split(r"(\*\*/|\*)", pattern.strip("/"))
    shape = "".join({"**/": "(?:.*/)?", "*": "[^/]*"}.get(part) or re.escape(part) for part in parts)
    return re.fullmatch(f"{shape}(?:/.*)?", path) is not None
