"""docs/client.md names all that there is."""

from pathlib import Path

import pytest

from mock_amp import client
from mock_amp.client import Account, Client

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "client.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("face", [Account, Client])
def test_every_method_has_its_row(face: type) -> None:
    names = [name for name in vars(face) if not name.startswith("_")]
    rows = {name for line in PAGE.splitlines() if line.startswith("| `") for name in line.split("|")[1].split("`")}

    assert [name for name in names if name not in rows] == []


def test_every_error_has_its_row() -> None:
    errors = [name for name in client.__all__ if issubclass(getattr(client, name), client.AmpError)]

    assert [name for name in errors if f"`{name}`" not in PAGE] == []
