"""`GET /__admin/rules`: the ledger of the wire contract, for pages that say why."""

from dataclasses import asdict

import pytest

from mock_amp.adapters.ledger import read_ledger
from tests.harness import Amp


async def test_the_rules_are_those_of_the_document_in_its_order(amp: Amp) -> None:
    """What is published is what is built to: docs/wire-contract.md."""
    answer = await amp.call("GET", "/__admin/rules")

    assert (answer.status, answer.body) == (200, {"items": [asdict(rule) for rule in read_ledger()]})
    assert len(answer.body["items"]) > 50


@pytest.mark.parametrize("id_", ["D-1", "d-1"])
async def test_one_rule_is_found_in_any_case(amp: Amp, id_: str) -> None:
    """D-1: its text with the marks of code as it stands in the document."""
    answer = await amp.call("GET", f"/__admin/rules/{id_}")

    assert (answer.body["id"], answer.body["standing"]) == ("D-1", "known")
    assert "`number`" in answer.body["text"]


async def test_every_rule_that_a_refusal_names_can_be_asked_for(amp: Amp) -> None:
    """R-7: the journal's rule is an address."""
    await amp.send({"destinations": [{"number": "avc"}], "sms_content": {"message": "Hello"}})
    rule = (await amp.last_request())["rule"]

    assert (await amp.call("GET", f"/__admin/rules/{rule}")).body["id"] == rule


@pytest.mark.parametrize(
    ("id_", "hint"),
    [("D-99", "did you mean D-"), ("h1", "did you mean H-1"), ("%00ü", "GET /__admin/rules lists them")],
)
async def test_a_rule_that_there_is_not_is_404_with_the_nearest(amp: Amp, id_: str, hint: str) -> None:
    answer = await amp.call("GET", f"/__admin/rules/{id_}")

    assert answer.status == 404
    assert hint in answer.body["detail"]
