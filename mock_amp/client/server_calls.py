"""Calls about a whole server."""

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from mock_amp.client import calls
from mock_amp.client.calls import read_scenario
from mock_amp.client.errors import Refused
from mock_amp.client.here import DEFAULT_ACCOUNT, Here, quoted
from mock_amp.client.lists import all_at_once
from mock_amp.client.matches import Mode, Moment, Span, moment, one_of, rate_of, span
from mock_amp.client.pieces import Rule
from mock_amp.client.plans import Plan, ask, read, text
from mock_amp.client.shapes import AccountInfo, Scenario


def open_account(
    *,
    clock: Mode = "real",
    rate: float | None = None,
    now: Moment | None = None,
    seed: int | None = None,
    scenario: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    expires_after: Span | None = None,
    limits: Mapping[str, Any] | None = None,
    reject_first_promotional: bool | None = None,
) -> Plan[AccountInfo]:
    """Opens an account of its own: nobody else sees it. With `clock="frozen"` time is the caller's.

    `limits` are those of docs/control-plane.md. Of a scenario in YAML, a file or a text, the account knows only once it
    is open: a reset goes back to the server's usual one.
    """
    document = None if scenario is None else read_scenario(scenario)
    by_yaml = isinstance(document, str) and "\n" in document
    runs = {"mode": one_of("clock", clock, Mode), "rate": rate_of(rate), "now": None if now is None else moment(now)}
    wish = {
        "clock": {name: value for name, value in runs.items() if value is not None},
        "seed": seed,
        "scenario": None if by_yaml else document,
        "expires_after": None if expires_after is None else span(expires_after),
        "limits": limits,
        "reject_first_promotional": reject_first_promotional,
    }
    given = {name: value for name, value in wish.items() if value is not None}
    opened = read((yield ask("POST", "/__admin/accounts", given)), AccountInfo)
    if document is None or not by_yaml:
        return opened
    here = Here(opened.id, opened.token)
    try:
        yield from calls.scenario(here, document)
    except Refused:
        yield from calls.delete(here)
        raise
    return msgspec.structs.replace(opened, scenario=(yield from calls.scenario(here)).name)


def get_account(id: str = DEFAULT_ACCOUNT) -> Plan[AccountInfo]:  # noqa: A002 - the shape's own name
    """An account by its id; the default one unless said. Raises NotFound."""
    return read((yield ask("GET", Here(id, None).path())), AccountInfo)


def account_of(token: str) -> Plan[AccountInfo | None]:
    """The account whose token that is, or None."""
    found = yield from all_at_once("/__admin/accounts", AccountInfo, [("token", token)])
    return found[0] if found else None


def accounts() -> Plan[list[AccountInfo]]:
    """All accounts of the server."""
    return all_at_once("/__admin/accounts", AccountInfo)


def scenarios() -> Plan[list[Scenario]]:
    """The scenarios that come with the server."""
    return all_at_once("/__admin/scenarios", Scenario)


def openapi() -> Plan[dict[str, Any]]:
    """Service and control plane as an OpenAPI document."""
    return read((yield ask("GET", "/__admin/openapi.json")), dict[str, Any])


def ca_pem() -> Plan[str]:
    """The CA that a server with `--tls` is to be trusted by, in PEM. Raises NotFound without."""
    return text((yield ask("GET", "/__admin/certs/ca.pem")), "-----BEGIN CERTIFICATE-----")


def schemas() -> Plan[list[str]]:
    """The names of the JSON Schemas."""
    return all_at_once("/__admin/schemas", str)


def schema(name: str) -> Plan[dict[str, Any]]:
    """One JSON Schema. Raises NotFound, with the name that is nearest."""
    return read((yield ask("GET", f"/__admin/schemas/{quoted(name)}")), dict[str, Any])


def rules() -> Plan[list[Rule]]:
    """The rules of the wire contract, in their order."""
    return all_at_once("/__admin/rules", Rule)


def rule(id: str) -> Plan[Rule]:  # noqa: A002 - the shape's own name
    """One rule, D-1 say. Raises NotFound, with the one that is nearest."""
    return read((yield ask("GET", f"/__admin/rules/{quoted(id)}")), Rule)


def ready() -> Plan[bool]:
    """Whether the server is of use now. Raises NotReached when nobody answers."""
    return (yield ask("GET", "/readyz")).status == 200
