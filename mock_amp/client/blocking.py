"""The face that blocks: `Client` for a server, `Account` for an account of it."""

import os
from collections.abc import Sequence
from typing import Self

from mock_amp.client import calls, lists, plays, scenarios, server_calls, service, waiting
from mock_amp.client.address import address_of
from mock_amp.client.awaited import AsyncAccount
from mock_amp.client.faces import blocks, opens, play, server_blocks
from mock_amp.client.here import Here
from mock_amp.client.links import AsyncLink, Link
from mock_amp.client.stream import Events, events_of


class Account:
    """An account of a running server: all that the control plane can do with it, by calls that block.

    `aio` is the same account for asynchronous code. As a context manager it is forgotten at the end of the block.
    """

    def __init__(self, link: Link, here: Here) -> None:
        self.link, self.here = link, here
        self.aio = AsyncAccount(AsyncLink(link.address), here)

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

    info = blocks(calls.info)
    clock = blocks(calls.clock)
    set_clock = blocks(calls.set_clock)
    advance = blocks(calls.advance)
    message = blocks(calls.message)
    job = blocks(calls.job)
    callback = blocks(calls.callback)
    request = blocks(calls.request)
    messages = blocks(lists.messages)
    jobs = blocks(lists.jobs)
    callbacks = blocks(lists.callbacks)
    reports = blocks(lists.reports)
    replies = blocks(lists.replies)
    requests = blocks(lists.requests)
    agenda = blocks(lists.agenda)
    latest_requests = blocks(lists.latest_requests)
    count = blocks(lists.count)
    tokens = blocks(lists.tokens)
    add_token = blocks(calls.add_token)
    change_token = blocks(calls.change_token)
    end_token = blocks(calls.end_token)
    reply = blocks(calls.reply)
    click = blocks(calls.click)
    force = blocks(calls.force)
    resend = blocks(calls.resend)
    code_for = blocks(calls.code_for)
    sent_code = blocks(calls.sent_code)
    scenario = blocks(calls.scenario)
    scenario_text = blocks(scenarios.scenario_text)
    check_scenario = blocks(scenarios.check_scenario)
    set_faults = blocks(scenarios.set_faults)
    drop_scenario = blocks(scenarios.drop_scenario)
    wait_for = blocks(waiting.wait_for)
    wait_for_requests = blocks(waiting.wait_for_requests)
    wait_for_reports = blocks(waiting.wait_for_reports)
    wait_for_callbacks = blocks(waiting.wait_for_callbacks)
    wait_for_attempts = blocks(waiting.wait_for_attempts)
    wait_for_replies = blocks(waiting.wait_for_replies)
    wait_until_idle = blocks(waiting.wait_until_idle)
    expect = blocks(waiting.expect)
    expect_requests = blocks(waiting.expect_requests)
    expect_reports = blocks(waiting.expect_reports)
    expect_callbacks = blocks(waiting.expect_callbacks)
    expect_replies = blocks(waiting.expect_replies)
    expect_none = blocks(waiting.expect_none)
    certify = blocks(calls.certify)
    send = blocks(calls.send)
    post = blocks(service.post)
    send_request = blocks(plays.send_request)
    resend_request = blocks(plays.resend_request)
    reset = blocks(calls.reset)
    snapshot = blocks(calls.snapshot)
    restore = blocks(calls.restore)
    delete = blocks(calls.delete)

    def events(self, *, kinds: Sequence[str] = (), last_event_id: str | None = None) -> Events:
        """What comes about from now on, or after an event, as it does; ends with the server or the account.

        It is an iterator, and a context manager that lets go. Whoever wants to go on after the server has ended comes
        back with the `last_event_id` of the iterator, or the id of an event.
        """
        return Events(self.link, events_of(self.here, kinds, last_event_id))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.delete()

    def __repr__(self) -> str:
        return f"<account {self.id} of {self.url}>"


class Client:
    """A running server, by calls that block. Safe to use from several threads.

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
        self.link = Link(address_of(url, admin_key, ca, admin_url))

    @property
    def url(self) -> str:
        """The base URL of the service, for the application under test."""
        return self.link.address.url

    accounts = server_blocks(server_calls.accounts)
    scenarios = server_blocks(server_calls.scenarios)
    openapi = server_blocks(server_calls.openapi)
    schemas = server_blocks(server_calls.schemas)
    schema = server_blocks(server_calls.schema)
    rules = server_blocks(server_calls.rules)
    rule = server_blocks(server_calls.rule)
    ca_pem = server_blocks(server_calls.ca_pem)
    ready = server_blocks(server_calls.ready)

    open_account = opens(server_calls.open_account, Account)
    account = opens(server_calls.get_account, Account)

    def account_of(self, token: str) -> Account | None:
        """The account whose token that is, or None."""
        found = play(self.link, server_calls.account_of(token))
        return None if found is None else Account(self.link, Here(found.id, token))

    def close(self) -> None:
        """Lets the connections go."""
        self.link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<mock-amp at {self.url}>"
