"""What a start leaves for later: no time is measured here, only what has been loaded."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from mock_amp.cli.main import main

SELDOM = ["cryptography", "faker", "jsonschema", "prometheus_client", "rich"]
PLUGIN = ["mock_amp.testing", "mock_amp.client", "mock_amp.settings", "click", "msgspec", "orjson", "urllib3"]
SERVER = ["aiohttp", "jsonschema_rs", "yaml", "mock_amp.bootstrap"]

_LOADED = """
import sys
try:
    {what}
finally:
    print("loaded:", *(name for name in {names} if name in sys.modules))
"""
_START = (
    "import asyncio; from mock_amp import bootstrap as it; asyncio.run(it.serving(it.Server({settings})).__aenter__())"
)
_TESTS = (
    "import os, pytest; os.environ['PYTEST_DISABLE_PLUGIN_AUTOLOAD'] = '1'; "
    "pytest.main(['-q', '-p', 'mock_amp', '-p', 'no:cacheprovider', {path!r}])"
)
"""Without other plugins, which load much."""


def test_help_does_not_load_the_server() -> None:
    assert loaded("from mock_amp.cli.main import main; main(['--help'])", SERVER) == []


def test_a_server_loads_what_it_seldom_needs_when_it_needs_it() -> None:
    settings = "it.load_settings({'port': 0}, {}, None)"

    assert loaded(_START.format(settings=settings), SELDOM) == []


def test_the_pytest_plugin_loads_nothing_for_tests_that_use_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_good(): pass\ndef test_bad(): assert False\n", encoding="utf-8")

    assert loaded(_TESTS.format(path=str(tmp_path)), [*PLUGIN, *SERVER, "mock_amp.pytest_plugin"]) == [
        "mock_amp.pytest_plugin"
    ]


def test_a_start_says_what_it_has_loaded() -> None:
    """Or the tests above would pass whatever is loaded."""
    assert loaded("import yaml, rich", SELDOM + SERVER) == ["rich", "yaml"]


def test_garbage_is_collected_again_when_the_server_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--port", "none"])

    assert "none" in capsys.readouterr().err
    assert gc.isenabled()


def loaded(what: str, names: list[str]) -> list[str]:
    """Which of the modules are there when Python has done this."""
    told = subprocess.run(
        [sys.executable, "-c", _LOADED.format(what=what, names=names)], capture_output=True, text=True, check=True
    )
    return told.stdout.rpartition("loaded:")[2].split()
