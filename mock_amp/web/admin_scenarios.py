"""Calls of the control plane about scenarios: which is in force, as JSON or as text, and another one in its place."""

from typing import Final

from aiohttp import web

from mock_amp.web.calls import Answer, Call, Route
from mock_amp.web.media import YAML, prefers
from mock_amp.web.problems import answer_json


async def get_scenario(call: Call) -> Answer:
    """As YAML to edit for whoever would rather have that than JSON."""
    steering = call.services.steering
    if prefers(call.request, YAML):
        text = await steering.scenario_text(call.account)
        answer = web.Response(text=text, content_type=YAML[0], charset="utf-8")
    else:
        answer = answer_json(steering.scenario(call.account))
    answer.headers["Vary"] = "Accept"
    return answer


async def put_scenario(call: Call) -> Answer:
    document = await call.services.steering.read_scenario(call.text, "the body")
    return await call.services.steering.set_scenario(call.account, document)


async def drop_scenario(call: Call) -> Answer:
    return await call.services.steering.drop_scenario(call.account)


async def check_scenario(call: Call) -> Answer:
    return await call.services.steering.check_scenario(call.account, call.text)


async def put_faults(call: Call) -> Answer:
    return await call.services.steering.set_faults(call.account, on=call.body["on"])


async def list_scenarios(call: Call) -> Answer:
    return call.services.steering.scenarios()


ROUTES: Final = (
    Route("GET", "/scenario", get_scenario, "The scenario in force", gives="Scenario", text=YAML[0]),
    Route(
        "PUT",
        "/scenario",
        put_scenario,
        "Put a scenario in force, by name or as YAML or JSON",
        takes_text=True,
        yaml=True,
        gives="Scenario",
    ),
    Route("DELETE", "/scenario", drop_scenario, "Go back to the server's own scenario", gives="Scenario"),
    Route(
        "POST",
        "/scenario/check",
        check_scenario,
        "Check a scenario without putting it in force",
        takes_text=True,
        yaml=True,
        gives="CheckedScenario",
    ),
    Route(
        "PUT",
        "/scenario/faults",
        put_faults,
        "Switch the faults of the scenario in force",
        takes="FaultsWish",
        gives="Scenario",
    ),
    Route("GET", "/scenarios", list_scenarios, "The shipped scenarios", of_account=False, gives="ShippedScenarioPage"),
)
