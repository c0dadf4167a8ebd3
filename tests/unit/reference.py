"""A second opinion on documents: plain `jsonschema`, the reference validator (D4)."""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from mock_amp.core.documents import escape


def faults(schema: Mapping[str, Any], document: Any) -> set[tuple[str, str]]:
    """JSON Pointer and catalogue name of each fault, as the schema's annotations have it (D4)."""
    return {found for error in Draft202012Validator(schema).iter_errors(document) for found in _named(error)}


def _named(error: ValidationError) -> Iterator[tuple[str, str]]:
    pointer = "".join(f"/{escape(str(part))}" for part in error.absolute_path)
    keyword = str(error.validator)
    annotated = error.schema.get("x-refusal", keyword) if isinstance(error.schema, dict) else keyword
    if keyword != "required":
        yield pointer, keyword if keyword == "type" else annotated
        return
    for key in error.validator_value:  # type: ignore[union-attr]  # of `required` it is a list
        if key not in error.instance:  # type: ignore[operator]  # and the instance an object
            yield f"{pointer}/{escape(key)}", annotated
