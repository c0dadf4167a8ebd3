"""Placeholders: `{#KEY}` in texts and URLs, filled per destination in one pass (D-5)."""

import re
from collections.abc import Mapping
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\{#([^{}]+)\}")


def keys_of(template: str | None) -> frozenset[str]:
    """The keys a template asks for. `{#A` without its brace asks for nothing."""
    return frozenset(_PLACEHOLDER.findall(template)) if template and "{#" in template else frozenset()


def fill(template: str, params: Mapping[str, str] | None) -> str:
    """The template with its placeholders replaced; values are not read again, keys without a value stay."""
    if not params or "{#" not in template:
        return template
    return _PLACEHOLDER.sub(lambda found: params.get(found[1], found[0]), template)
