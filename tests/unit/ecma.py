"""A second opinion on documents: the reference validator, reading patterns as ECMA-262 does."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from mock_amp.core.documents import escape

_SPACES: Final = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What `\\s` means in ECMA-262. Python's has \\x1c to \\x1f and \\x85 besides, and not \\ufeff."""


@lru_cache
def compiled(pattern: str) -> re.Pattern[str]:
    """An ECMA-262 pattern as Python's: `$` is the end alone there, not also the place before a last newline."""
    body = pattern.removesuffix("$").replace(r"[\s\S]", "(?s:.)").replace(r"\s", _SPACES)
    if "$" in body or r"\S" in body:
        raise ValueError(f"{pattern} says what this cannot translate")
    return re.compile(body + (r"\Z" if pattern.endswith("$") else ""))


def _pattern(_validator: Any, wanted: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not compiled(wanted).search(instance):
        yield ValidationError(f"{instance!r} does not match {wanted!r}")


Reference: Final = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # the stubs leave it so


def faults(schema: Mapping[str, Any], document: Any) -> set[tuple[str, str]]:
    """JSON Pointer and catalogue name of each fault, as the schema's annotations have it (D4)."""
    return {found for error in Reference(schema).iter_errors(document) for found in _named(error)}


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
