"""The named queries of `sql/*.sql`: `-- name: x` begins one, `{x}` inside one stands for another."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("sql")
_NAME: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_REFERENCE: Final = re.compile(r"\{(\w+)\}")
_FILES: Final = (
    "accounts",
    "sending",
    "delivering",
    "handset",
    "journal",
    "codes",
    "scripts",
    "lists",
    "retention",
    "jobs",
    "snapshots",
)


def load_queries() -> Mapping[str, str]:
    """Every named query, its references filled in."""
    raw: dict[str, str] = {}
    for name in _FILES:
        _, *parts = _NAME.split(read_sql(name))
        raw |= {key: text.strip() for key, text in zip(parts[::2], parts[1::2], strict=True)}
    return {key: _REFERENCE.sub(lambda found: raw[found[1]], text) for key, text in raw.items()}


def read_sql(name: str) -> str:
    """The text of one file of `sql/`."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
