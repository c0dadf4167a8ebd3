"""Schemas, scenarios and settings files: found beside the package in a checkout, inside it in a wheel (D17)."""

from pathlib import Path
from typing import Any, Final

import orjson

from mock_amp.adapters import documents

_PACKAGE: Final = Path(__file__).resolve().parent.parent


class BadFile(Exception):
    """A file that cannot be used; the message says which, where in it, and what would be right."""


def data_folder(name: str) -> Path:
    """A folder of data: inside the package in a wheel, beside it in a checkout (D17)."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def read_schema(name: str) -> dict[str, Any]:
    """One schema of `schemas/`, by its name without the ending."""
    found: dict[str, Any] = orjson.loads((data_folder("schemas") / f"{name}.json").read_bytes())
    return found


def schema_files() -> dict[str, bytes]:
    """Every schema of `schemas/` as it is written, by its name without the ending."""
    return {path.stem: path.read_bytes() for path in sorted(data_folder("schemas").glob("*.json"))}


def read_settings_file(path: str) -> dict[str, Any]:
    """The mapping in a YAML settings file, which is read as scenarios are. Raises BadFile."""
    return read_mapping_file(path, "a mapping of names to values was expected")


def read_mapping_file(path: str, expected: str) -> dict[str, Any]:
    """The mapping in a file of YAML or JSON; `expected` is said of one that has none. Raises BadFile."""
    try:
        document = documents.load(Path(path).read_bytes(), path).value
    except OSError as error:
        raise BadFile(f"cannot read {path}: {error.strerror}") from error
    except documents.BadDocument as error:
        raise BadFile(str(error)) from None
    if not isinstance(document, dict):
        raise BadFile(f"{path}: {expected}")
    return document
