"""The runtimes of other languages that tests run, where they are there.

A test that needs one that is not there is skipped, with the reason. Where the variable TEST_RUNTIMES names it,
`node,php,phpunit` say, it fails instead: CI says so, lest a machine without them passes for one that has tried.
"""

import os
import shutil
import subprocess
from typing import Final, NoReturn

import pytest

RUNTIMES: Final = frozenset(
    {
        *("chromium", "curl", "dotnet", "go", "java", "javac", "node", "php", "php-curl"),
        *("php-guzzle", "phpunit", "proxychains4", "ruby"),
    }
)
"""What may be asked for: commands on the PATH, and of PHP an extension and a library on its include path."""

VARIABLE: Final = "TEST_RUNTIMES"
_NAMES: Final = {"chromium": ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")}
"""What systems call it, the one first that is quickest: the shell has no windows, which take half of the time."""

_LOADED: Final = r"""
foreach (get_loaded_extensions() as $each) { echo str_replace(" ", "-", $each), "\n"; }
echo stream_resolve_include_path("GuzzleHttp/autoload.php") ? "guzzle\n" : "";
"""


def needs(name: str) -> str:
    """The path of a command (of an extension, that of its language). Skips or fails the test where it is not there."""
    found, why = _look(name)
    return found or _missing(name, why)


def there(name: str) -> bool:
    """Whether it is there, for what is prepared for several tests; each of them says what it needs."""
    return _look(name)[0] is not None


def _look(name: str) -> tuple[str | None, str]:
    assert name in RUNTIMES, f"add {name} to RUNTIMES"
    command, _, extension = name.partition("-")
    found = next(filter(None, map(shutil.which, _NAMES.get(command, (command,)))), None)
    if found is None:
        return None, f"{command} is not on the PATH of this machine"
    if extension and extension not in _extensions(found):
        return None, f"{found} has no extension {extension}"
    return found, ""


def _extensions(php: str) -> list[str]:
    """Those that are loaded, and `guzzle` where the library is."""
    done = subprocess.run([php, "-r", _LOADED], capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.lower().split()


def _missing(name: str, why: str) -> NoReturn:
    wanted = {each.strip() for each in os.environ.get(VARIABLE, "").split(",")} - {""}
    unknown = wanted - RUNTIMES
    if unknown:
        pytest.fail(f"{VARIABLE} names {', '.join(sorted(unknown))}; there are {', '.join(sorted(RUNTIMES))}")
    if name in wanted:
        pytest.fail(f"{why}, and {VARIABLE} asks for {name}")
    pytest.skip(why)
