"""What both halves of the OpenAPI document are made of: the published schemas, and references to them."""

from collections.abc import Iterable, Mapping
from typing import Any


def json_of(name: str, media: str = "application/json") -> dict[str, Any]:
    """Content of this type with the shape of a component."""
    return {media: {"schema": reference(name)}}


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def path_parameter(name: str, text: str) -> dict[str, Any]:
    one = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "description": text, "schema": one}


def components(schemas: Mapping[str, Mapping[str, Any]], names: Iterable[str]) -> dict[str, Any]:
    """The schemas and their definitions side by side: few tools follow an `$id` inside an OpenAPI document."""
    found: dict[str, Any] = {}
    for name in sorted(names):
        parts = {key: value for key, value in schemas[name].items() if key not in ("$schema", "$id", "$defs")}
        found[name] = _moved(parts, name)
        for part, schema in schemas[name].get("$defs", {}).items():
            found[f"{name}.{part}"] = _moved(schema, name)
    return found


def _moved(schema: Any, name: str) -> Any:
    match schema:
        case dict():
            return {
                key: f"#/components/schemas/{name}.{value.removeprefix('#/$defs/')}"
                if key == "$ref"
                else _moved(value, name)
                for key, value in schema.items()
            }
        case list():
            return [_moved(each, name) for each in schema]
        case _:
            return schema
