"""The picture of the design is held here: imports go along its arrows only, and the core stays pure."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).resolve().parents[1] / "mock_amp"
WALL: Final = 400

ARROWS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "__init__": frozenset(),
        "core": frozenset({"core"}),
        "ports": frozenset({"ports", "core"}),
        "engine": frozenset({"engine", "ports", "core"}),
        "adapters": frozenset({"adapters", "ports", "core"}),
        "web": frozenset({"web", "engine", "core"}),
        "settings": frozenset({"core.instants", "core.authority", "core.veils"}),  # one spelling everywhere
        "variables": frozenset({"settings", "core.veils"}),  # those that only look like settings
        "logs": frozenset({"core.auth", "core.veils"}),  # how secrets are shown: one spelling everywhere
        "terms": frozenset({"engine", "adapters", "core", "settings"}),  # what settings mean to the engine
        "bootstrap": frozenset(
            {"listening", "terms", "web", "engine", "adapters", "ports", "core", "settings", "variables", "logs"}
            | {"__version__"}
        ),
        "rehearsal": frozenset({"bootstrap", "engine", "adapters", "ports", "core", "settings"}),  # tries scenarios out
        "judgement": frozenset(
            {"bootstrap", "rehearsal", "engine", "adapters", "ports", "core", "settings"}
        ),  # offline
        "listening": frozenset(
            {"web", "engine", "adapters", "core", "settings"}
        ),  # where a server listens, with TLS and proxy
        "certification": frozenset({"engine", "adapters", "core"}),  # tries receivers out; needs no server
        "client": frozenset({"client", "core.instants"}),  # the public control plane; durations have one spelling
        "testing": frozenset({"testing", "bootstrap", "client", "settings"}),
        "pytest_plugin": frozenset({"testing", "client"}),
        "cli": frozenset(
            {"cli", "bootstrap", "rehearsal", "judgement", "certification", "client", "settings"}
            | {"variables", "core.instants", "core.listed", "core.veils", "__version__"}
        ),
        "__main__": frozenset({"cli"}),
    }
)
"""Layer -> what of mock_amp it may import, as the beginning of a dotted name. A layer that is not here is not drawn."""

BANNED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "core": frozenset(
            {"asyncio", "time", "random", "secrets", "os", "io", "pathlib", "logging", "socket", "sqlite3", "apsw"}
            | {"aiohttp", "threading"}
        ),
        "engine": frozenset({"aiohttp", "sqlite3", "apsw", "time", "random"}),
    }
)
"""Layer -> top-level modules of others that it does not touch."""

MODULES: Final = sorted(PACKAGE.rglob("*.py"))
PURE: Final = [path for path in MODULES if path.is_relative_to(PACKAGE / "core")]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: _name(path))
def test_a_module_imports_along_drawn_arrows_only(path: Path) -> None:
    assert list(forbidden_imports(_name(path), _source(path))) == []


@pytest.mark.parametrize("path", PURE, ids=lambda path: _name(path))
def test_the_core_neither_waits_nor_opens_files(path: Path) -> None:
    assert list(impurities(_source(path))) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: _name(path))
def test_a_module_is_not_longer_than_the_wall(path: Path) -> None:
    assert len(_source(path).splitlines()) <= WALL


@pytest.mark.parametrize("path", MODULES, ids=lambda path: _name(path))
def test_a_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(_source(path)))


def test_every_layer_of_the_table_exists() -> None:
    """A row that nothing stands for would be a picture of another project."""
    assert {_name(path).split(".")[0] for path in MODULES} == set(ARROWS)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        pytest.param("core.wire", "from mock_amp.engine.world import World", id="core to engine"),
        pytest.param("core.wire", "import mock_amp.ports", id="core to ports"),
        pytest.param("core.wire", "from mock_amp import settings", id="core to settings by the package"),
        pytest.param("core.wire", "import mock_amp", id="the whole package"),
        pytest.param("web.api", "from mock_amp.adapters.sqlite import SqliteStore", id="web to adapters"),
        pytest.param("adapters.sqlite", "from mock_amp.web.app import build_app", id="adapters to web"),
        pytest.param("settings", "from mock_amp.core.model import Channel", id="settings to more than durations"),
        pytest.param("cli", "from mock_amp.core import wire", id="cli to core"),
        pytest.param("core.wire", "def late():\n    import os.path", id="inside a function"),
        pytest.param("core.wire", "if True:\n    from time import monotonic", id="inside a branch"),
        pytest.param("engine.world", "import sqlite3 as db", id="engine to a database"),
        pytest.param("core.wire", "from .model import Channel", id="relative"),
        pytest.param("helpers", "from mock_amp.core import wire", id="a layer that is not drawn"),
    ],
)
def test_the_checker_sees_a_forbidden_import(module: str, source: str) -> None:
    found = list(forbidden_imports(module, source))

    assert len(found) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core.wire", "from mock_amp.core import model\nimport json"),
        ("settings", "from mock_amp.core.instants import Duration"),
        ("settings", "from mock_amp.core import instants"),
        ("cli", "from mock_amp import __version__, bootstrap\nimport os"),
        ("engine.world", "import asyncio"),
    ],
)
def test_the_checker_lets_a_drawn_arrow_through(module: str, source: str) -> None:
    assert list(forbidden_imports(module, source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "async def send(): pass",
        "async def f():\n    await g()",
        "async def f():\n    async with g(): pass",
        "async def f():\n    async for x in g(): pass",
        "def read(path):\n    return open(path).read()",
    ],
)
def test_the_checker_sees_what_is_not_pure(source: str) -> None:
    assert list(impurities(source)) != []


def forbidden_imports(module: str, source: str) -> Iterator[str]:
    """The imports of a module of mock_amp (its name without `mock_amp.`) that the picture does not draw."""
    layer = module.split(".")[0]
    for line, imported in _imports(ast.parse(source)):
        top, _, inside = imported.partition(".")
        if top == "":
            yield f"{module}:{line}: a relative import"
        elif top == "mock_amp" and not any(_begins(inside, each) for each in ARROWS.get(layer, ())):
            yield f"{module}:{line}: {layer} -> {inside or top} is not drawn"
        elif top in BANNED.get(layer, ()):
            yield f"{module}:{line}: {layer} does not touch {top}"


def impurities(source: str) -> Iterator[str]:
    """Where a source waits or opens a file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield f"{node.lineno}: {type(node).__name__}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            yield f"{node.lineno}: open()"


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, full dotted name) of all that a module imports, wherever in it; relative ones begin with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{package}.{each.name}") for each in node.names)


def _begins(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def _source(path: Path) -> str:
    return path.read_text(encoding="utf-8")
