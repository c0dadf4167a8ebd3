"""The sample bodies of the vendor's document, byte for byte (the last section of the contract)."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.conformance.verdicts import refused, verdict
from tests.harness import Amp

_HERE: Final = Path(__file__).parent
SAMPLES: Final[list[dict[str, Any]]] = yaml.safe_load((_HERE / "samples.yaml").read_text(encoding="utf-8"))


def test_every_sample_has_an_answer() -> None:
    """H-9, O-4: eighteen samples, of which ten are good and eight are broken."""
    statuses = [sample["status"] for sample in SAMPLES]

    assert sorted(path.name for path in (_HERE / "samples").iterdir()) == [sample["file"] for sample in SAMPLES]
    assert (statuses.count(200), statuses.count(400)) == (10, 8)


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample["file"] for sample in SAMPLES])
async def test_a_sample_gets_the_answer_that_the_contract_says(amp: Amp, sample: dict[str, Any]) -> None:
    """H-9, O-4, H-2: as raw bytes, broken lines and all."""
    answer = await amp.send((_HERE / "samples" / sample["file"]).read_bytes())

    assert await verdict(amp, answer) == refused(sample["status"], sample["rule"])
    assert bool(await amp.messages()) is (sample["status"] == 200)
