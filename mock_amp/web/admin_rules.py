"""Calls of the control plane about the rules of the wire contract: what holds, and where that is from."""

from difflib import get_close_matches
from typing import Final

from mock_amp.engine.errors import NoSuch
from mock_amp.web.calls import Answer, Call, Route


async def list_rules(call: Call) -> Answer:
    return {"items": list(call.services.rules())}


async def get_rule(call: Call) -> Answer:
    """One rule, its id in any case."""
    rules, wanted = call.services.rules(), call.path["id"].upper()
    for rule in rules:
        if rule["id"] == wanted:
            return dict(rule)
    alike = [rule["id"] for rule in rules if rule["id"].startswith(wanted[:1])]
    near = get_close_matches(wanted, alike, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "GET /__admin/rules lists them"
    raise NoSuch(f"there is no rule {call.path['id']}; {hint}")


ROUTES: Final = (
    Route("GET", "/rules", list_rules, "The rules of the wire contract", of_account=False, gives="RuleList"),
    Route("GET", "/rules/{id}", get_rule, "One rule of the wire contract", of_account=False, gives="Rule"),
)
