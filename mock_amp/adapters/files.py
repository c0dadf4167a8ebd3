"""Schemas, scenarios and settings files: found beside the package in a checkout, inside it in a wheel (D17)."""

from math import isfinite
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

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
    """The mapping in a YAML settings file. Raises BadFile."""
    return _read_yaml(Path(path))


def _read_yaml(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both loaders are the safe one
    except OSError as error:
        raise BadFile(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"cannot read {path}: it is not UTF-8") from error
    except yaml.YAMLError as error:
        raise BadFile(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if _has_no_json_form(document):
        raise BadFile(f"{path}: .inf and .nan are no numbers here")
    if not isinstance(document, dict):
        raise BadFile(f"{path}: a mapping of names to values was expected")
    return document


def _has_no_json_form(value: Any) -> bool:
    match value:
        case dict():
            return any(_has_no_json_form(each) for each in value.values())
        case list():
            return any(_has_no_json_form(each) for each in value)
        case _:
            return isinstance(value, float) and not isfinite(value)
