"""Schemas, scenarios and settings files: found beside the package in a checkout, inside it in a wheel (D17)."""

from difflib import get_close_matches
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


def read_scenario_file(name_or_path: str) -> dict[str, Any]:
    """A shipped scenario by its name, or a file by its path; checked against `schemas/scenario.json`.

    Raises BadFile.
    """
    shipped = data_folder("scenarios") / f"{name_or_path}.yaml"
    if shipped.is_file():
        return _read_yaml(shipped)
    path = Path(name_or_path)
    if not path.suffix and not path.exists():
        names = sorted(each.stem for each in data_folder("scenarios").glob("*.yaml"))
        raise BadFile(f"there is no scenario {name_or_path}; the shipped ones are {', '.join(names)}")
    document = _read_yaml(path)
    check_document(document, read_schema("scenario"), str(path))
    return document


def read_settings_file(path: str) -> dict[str, Any]:
    """The mapping in a YAML settings file. Raises BadFile."""
    return _read_yaml(Path(path))


def check_document(document: Any, schema: dict[str, Any], where: str) -> None:
    """Holds a document against a schema with the reference validator (D4, D7). Raises BadFile for the first fault."""
    from jsonschema import Draft202012Validator  # takes a tenth of a second, and the embedded default never needs it

    for error in sorted(Draft202012Validator(schema).iter_errors(document), key=lambda each: list(each.absolute_path)):
        place = "/".join(map(str, error.absolute_path)) or "the top level"
        raise BadFile(f"{where}: at {place}: {error.message}{_nearest(error.validator, error.schema, error.instance)}")


def nearest(name: str, known: list[str]) -> str:
    """`; did you mean …?` when something known is near."""
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _nearest(keyword: object, schema: Any, instance: Any) -> str:
    if keyword != "additionalProperties":
        return ""
    known = list(schema["properties"])
    return next((hint for key in instance if key not in known and (hint := nearest(str(key), known))), "")


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
