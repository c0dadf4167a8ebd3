"""The face that is awaited: `AsyncClient` for a server, `AsyncAccount` for an account of it."""

import os
from collections.abc import Sequence
from typing import Self

from mock_amp.client import calls, lists, plays, scenarios, server_calls, service, waiting
from mock_amp.client.address import address_of
from mock_amp.client.faces import aopens, aplay, awaits, server_awaits
from mock_amp.client.here import Here
from mock_amp.client.links import AsyncLink
from mock_amp.client.stream import AsyncEvents, events_of


class AsyncAccount:
    """An account of a running server: all that the control plane can do with it, by calls that are awaited.

    As an asynchronous context manager it is forgotten at the end of the block.
    """

    def __init__(self, link: AsyncLink, here: Here) -> None:
        self.link, self.here = link, here

    @property
    def id(self) -> str:
        """Its id, in the paths of the control plane."""
        return self.here.account

    @property
    def token(self) -> str:
        """What the application under test sends as `Authorization: Token …`."""
        return self.here.token or ""

    @property
    def url(self) -> str:
        """The base URL of the service, for the application under test."""
        return self.link.address.url

    info = awaits(calls.info)
    clock = awaits(calls.clock)
    set_clock = awaits(calls.set_clock)
    advance = awaits(calls.advance)
    message = awaits(calls.message)
    job = awaits(calls.job)
    callback = awaits(calls.callback)
    request = awaits(calls.request)
    messages = awaits(lists.messages)
    jobs = awaits(lists.jobs)
    callbacks = awaits(lists.callbacks)
    reports = awaits(lists.reports)
    replies = awaits(lists.replies)
    requests = awaits(lists.requests)
    agenda = awaits(lists.agenda)
    latest_requests = awaits(lists.latest_requests)
    count = awaits(lists.count)
    tokens = awaits(lists.tokens)
    add_token = awaits(calls.add_token)
    change_token = awaits(calls.change_token)
    end_token = awaits(calls.end_token)
    reply = awaits(calls.reply)
    click = awaits(calls.click)
    force = awaits(calls.force)
    resend = awaits(calls.resend)
    code_for = awaits(calls.code_for)
    sent_code = awaits(calls.sent_code)
    scenario = awaits(calls.scenario)
    scenario_text = awaits(scenarios.scenario_text)
    check_scenario = awaits(scenarios.check_scenario)
    set_faults = awaits(scenarios.set_faults)
    drop_scenario = awaits(scenarios.drop_scenario)
    wait_for = awaits(waiting.wait_for)
    wait_for_requests = awaits(waiting.wait_for_requests)
    wait_for_reports = awaits(waiting.wait_for_reports)
    wait_for_callbacks = awaits(waiting.wait_for_callbacks)
    wait_for_attempts = awaits(waiting.wait_for_attempts)
    wait_for_replies = awaits(waiting.wait_for_replies)
    wait_until_idle = awaits(waiting.wait_until_idle)
    expect = awaits(waiting.expect)
    expect_requests = awaits(waiting.expect_requests)
    expect_reports = awaits(waiting.expect_reports)
    expect_callbacks = awaits(waiting.expect_callbacks)
    expect_replies = awaits(waiting.expect_replies)
    expect_none = awaits(waiting.expect_none)
    certify = awaits(calls.certify)
    send = awaits(calls.send)
    post = awaits(service.post)
    send_request = awaits(plays.send_request)
    resend_request = awaits(plays.resend_request)
    reset = awaits(calls.reset)
    snapshot = awaits(calls.snapshot)
    restore = awaits(calls.restore)
    delete = awaits(calls.delete)

    def events(self, *, kinds: Sequence[str] = (), last_event_id: str | None = None) -> AsyncEvents:
        """What comes about from now on, or after an event, as it does; ends with the server or the account.

        It is an asynchronous iterator. In `async with account.events() as events` the server is asked at once, and what
        the block brings about is told; without, it is asked with the first event that is wanted. Whoever wants to go on
        after the server has ended comes back with the `last_event_id` of the iterator, or the id of an event.
        """
        return AsyncEvents(self.link, events_of(self.here, kinds, last_event_id))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.delete()

    def __repr__(self) -> str:
        return f"<account {self.id} of {self.url}>"


class AsyncClient:
    """A running server, by calls that are awaited. In an `async with` block its connections are kept and, at the end,
    closed.

    `url` is MOCK_AMP_URL, or http://127.0.0.1:8042; `admin_key` MOCK_AMP_ADMIN_KEY, for a server that wants one; `ca`
    MOCK_AMP_CLIENT_CA, a PEM file to trust in, for https; `admin_url` where the control plane is, of a server that has
    a port of its own for it. Calls raise Refused when the server says no, NotReached when nobody answers.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        admin_key: str | None = None,
        ca: str | os.PathLike[str] | None = None,
        admin_url: str | None = None,
    ) -> None:
        self.link = AsyncLink(address_of(url, admin_key, ca, admin_url))

    @property
    def url(self) -> str:
        """The base URL of the service, for the application under test."""
        return self.link.address.url

    accounts = server_awaits(server_calls.accounts)
    scenarios = server_awaits(server_calls.scenarios)
    openapi = server_awaits(server_calls.openapi)
    schemas = server_awaits(server_calls.schemas)
    schema = server_awaits(server_calls.schema)
    rules = server_awaits(server_calls.rules)
    rule = server_awaits(server_calls.rule)
    ca_pem = server_awaits(server_calls.ca_pem)
    ready = server_awaits(server_calls.ready)

    open_account = aopens(server_calls.open_account, AsyncAccount)
    account = aopens(server_calls.get_account, AsyncAccount)

    async def account_of(self, token: str) -> AsyncAccount | None:
        """The account whose token that is, or None."""
        found = await aplay(self.link, server_calls.account_of(token))
        return None if found is None else AsyncAccount(self.link, Here(found.id, token))

    async def close(self) -> None:
        """Lets the connections go."""
        await self.link.close()

    async def __aenter__(self) -> Self:
        await self.link.open()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<mock-amp at {self.url}>"
