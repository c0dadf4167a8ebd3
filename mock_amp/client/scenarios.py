"""Calls about an account's scenario beside putting one in force: text, check, faults, and back to the usual one."""

import os
from collections.abc import Mapping
from typing import Any

from mock_amp.client.calls import play, read_scenario
from mock_amp.client.here import Here
from mock_amp.client.plans import Plan, ask, read, text
from mock_amp.client.shapes import CheckedScenario, Scenario


def scenario_text(here: Here, /) -> Plan[str]:
    """The scenario in force as YAML to edit; put back, it is the same scenario."""
    return text((yield ask("GET", here.path("scenario"), headers={"Accept": "application/yaml"})), "")


def check_scenario(here: Here, /, wish: str | os.PathLike[str] | Mapping[str, Any]) -> Plan[CheckedScenario]:
    """What is in a scenario, given as `scenario` takes it, which is not put in force.

    Raises Refused with every fault of one that cannot be played.
    """
    return read((yield play("POST", here.path("scenario", "check"), read_scenario(wish))), CheckedScenario)


def set_faults(here: Here, /, *, on: bool) -> Plan[Scenario]:
    """Switches the faults of the scenario in force, for requests and callbacks to come; all else goes on as it does."""
    return read((yield ask("PUT", here.path("scenario", "faults"), {"on": on})), Scenario)


def drop_scenario(here: Here, /) -> Plan[Scenario]:
    """Goes back to the server's own scenario, which begins anew: what it has counted is forgotten."""
    return read((yield ask("DELETE", here.path("scenario"))), Scenario)
