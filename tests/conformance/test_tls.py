"""C-6: the certificate of a receiver is verified."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.conformance.receivers import answering
from tests.conformance.verdicts import send
from tests.harness import Amp, Receiver, running


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """A CA that no system knows."""
    return trustme.CA()


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> str:
    file = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return str(file)


@asynccontextmanager
async def _receiving(certificate: trustme.LeafCert) -> AsyncIterator[Receiver]:
    """A receiver behind TLS that shows this certificate."""
    receiver, context = Receiver(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    async with answering(receiver.handle, tls=context) as url:
        receiver.url = url
        yield receiver


async def _attempt(amp: Amp, url: str) -> Any:
    """The first attempt of the first report about an SMS."""
    await send(amp, callback_url=url)
    await amp.advance(by=0)
    (callback,) = await amp.callbacks()
    (attempt,) = callback["attempts"]
    return attempt


async def test_a_receiver_whose_ca_was_added_gets_its_reports(ca: trustme.CA, ca_file: str) -> None:
    """C-6: a CA of one's own."""
    async with running(callback_ca=ca_file) as amp, _receiving(ca.issue_cert("127.0.0.1")) as receiver:
        attempt = await _attempt(amp, receiver.url)

    assert (attempt["outcome"], attempt["status"], attempt["error"]) == ("delivered", 200, None)
    assert [each.statuses for each in receiver.received] == [[("INTERNAL", "ACCEPTD")]]


async def test_a_certificate_that_nobody_trusts_is_a_failed_attempt(amp: Amp, ca: trustme.CA) -> None:
    """C-6, C-4: nothing is posted, and it is tried again."""
    async with _receiving(ca.issue_cert("127.0.0.1")) as receiver:
        attempt = await _attempt(amp, receiver.url)
        (callback,) = await amp.callbacks()

    assert (attempt["outcome"], attempt["status"], callback["state"]) == ("failed", None, "retrying")
    assert "certificate" in attempt["error"]
    assert receiver.received == []


@pytest.mark.parametrize("fault", ["another name", "expired", "another CA"])
async def test_a_certificate_has_to_be_right_in_every_way(ca: trustme.CA, ca_file: str, fault: str) -> None:
    """C-6: name, time and issuer."""
    certificate = {
        "another name": lambda: ca.issue_cert("receiver.test"),
        "expired": lambda: ca.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)),
        "another CA": lambda: trustme.CA().issue_cert("127.0.0.1"),
    }[fault]()
    async with running(callback_ca=ca_file) as amp, _receiving(certificate) as receiver:
        attempt = await _attempt(amp, receiver.url)

    assert (attempt["outcome"], attempt["status"]) == ("failed", None)
    assert "certificate" in attempt["error"]
    assert receiver.received == []


async def test_a_mapped_receiver_shows_the_certificate_of_the_name_in_the_url(ca: trustme.CA, ca_file: str) -> None:
    """C-6, --callback-map: whose certificate it is, is asked of the name, not of the address that it leads to."""
    outcomes = {}
    for name in ("app.example", "127.0.0.1"):
        async with _receiving(ca.issue_cert(name)) as receiver:
            there = receiver.url.removeprefix("https://").removesuffix("/reports")
            async with running(callback_ca=ca_file, callback_map=[f"app.example={there}"]) as amp:
                attempt = await _attempt(amp, "https://app.example/reports")
                (callback,) = await amp.callbacks()
            outcomes[name] = attempt["outcome"], [each.headers["Host"] for each in receiver.received]

    assert outcomes == {"app.example": ("delivered", ["app.example"]), "127.0.0.1": ("failed", [])}
    assert callback["url"] == "https://app.example/reports"


async def test_plain_http_behind_an_https_url_is_a_failed_attempt(amp: Amp, receiver: Receiver) -> None:
    """C-6, C-4: no TLS at all is bad TLS."""
    attempt = await _attempt(amp, receiver.url.replace("http:", "https:"))

    assert (attempt["outcome"], attempt["status"]) == ("failed", None)
    assert receiver.received == []
