"""What the peers need on this machine, installed by the package managers into a scratch folder and kept there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.peers.catalogue import Peer

_PATIENCE: Final = 600.0
_MARK: Final = "installed.txt"
_ASKED: Final = {"java": "-version"}


class LeftOut(Exception):
    """A peer that cannot be measured here, and why, in a word."""


def install(peer: Peer, scratch: Path) -> Path:
    """The folder of the peer's packages, which are fetched unless they are there. Raises LeftOut."""
    for program, wanted in peer.needs.items():
        _demand(program, wanted)
    folder = scratch.absolute() / peer.key
    listed = "".join(f"{name} {version}\n" for name, version in peer.packages.items())
    mark = folder / _MARK
    if mark.exists() and mark.read_text() == listed:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if peer.registry == "npm":
        _npm(peer, folder)
    else:
        _pip(peer, folder)
    mark.write_text(listed)
    return folder


def is_installed(peer: Peer, scratch: Path) -> bool:
    return (scratch / peer.key / _MARK).exists()


def version_of(program: str) -> str:
    """The whole version that a program says it has; empty where there is no such program."""
    if not shutil.which(program):
        return ""
    told = _run([program, _ASKED.get(program, "--version")], Path.cwd())
    found = re.search(r"\d+(\.\d+)*", told)
    return found.group() if found else ""


def _demand(program: str, wanted: int) -> None:
    found = version_of(program)
    if not found:
        raise LeftOut(f"there is no {program} on this machine; {program} {wanted} or newer is needed")
    if int(found.partition(".")[0]) < wanted:
        raise LeftOut(f"{program} is {found} on this machine; {wanted} or newer is needed")


def _npm(peer: Peer, folder: Path) -> None:
    """Without the packages' install scripts: none is needed, and some report home."""
    wanted = [f"{name}@{version}" for name, version in peer.packages.items()]
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"]
    (folder / "package.json").write_text('{"private": true}\n')
    _run(["npm", "install", "--prefix", str(folder), *quiet, *wanted], folder)


def _pip(peer: Peer, folder: Path) -> None:
    wanted = [f"{name}=={version}" for name, version in peer.packages.items()]
    _run([sys.executable, "-m", "venv", str(folder)], folder)
    python = str(folder / "bin" / "python")
    _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], folder)


def _run(command: list[str], folder: Path) -> str:
    """What the command says. Raises LeftOut with its last word when it fails."""
    try:
        ran = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE,
            text=True,
        )
    except subprocess.TimeoutExpired:
        raise LeftOut(f"{command[0]} took longer than {_PATIENCE:g} s") from None
    if ran.returncode:
        said = [line.strip() for line in ran.stdout.splitlines() if line.strip() and "A complete log" not in line]
        raise LeftOut(f"{Path(command[0]).name} could not install it: {said[-1] if said else 'it said nothing'}")
    return ran.stdout
