"""The CA of the server's HTTPS and what it issues, as strict clients look at it; on a real disk."""

import ssl
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from mock_amp.adapters import ca_folder, certificates
from mock_amp.adapters.certificates import Authority, BadAuthority
from mock_amp.adapters.clocks import SystemClock
from mock_amp.core.instants import SECOND, Instant, parse_instant

NOW = SystemClock().now()
"""Clients look at the machine's own clock, so these certificates have to be of now."""

BEGAN = parse_instant("2026-01-02T00:00:00Z")
YEAR = 365 * 24 * 3_600 * SECOND
NAMES = ("rest.fortytwo.com", "localhost", "127.0.0.1", "::1", "mock_amp", "*.acme.test")


def shaken(authority: Authority, name: str, trusted: bytes | None = None) -> str | None:
    """Shakes hands with a strict client that calls the server by this name; the protocol they come to."""
    client = ssl.create_default_context(cadata=(trusted or authority.pem).decode())
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    client.set_alpn_protocols(["h2", "http/1.1"])
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(back, there, server_hostname=name),
        authority.context(NAMES, NOW).wrap_bio(there, back, server_side=True),
    ]
    for end in [*ends, *ends]:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return ends[0].selected_alpn_protocol()


def own(authority: Authority) -> x509.Certificate:
    return x509.load_pem_x509_certificate(authority.pem)


@pytest.mark.parametrize("name", [*NAMES[:5], "any.acme.test"])
def test_a_strict_client_that_trusts_the_ca_takes_the_server_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    """As Python 3.13 looks at certificates unless told otherwise."""
    assert shaken(ca_folder.kept_authority(str(tmp_path), NOW), name) == "http/1.1"


@pytest.mark.parametrize("name", ["example.com", "127.0.0.2", "acme.test", "a.b.acme.test"])
def test_by_another_name_it_does_not(tmp_path: Path, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|not valid for"):
        shaken(ca_folder.kept_authority(str(tmp_path), NOW), name)


def test_a_client_that_trusts_another_ca_of_ours_does_not(tmp_path: Path) -> None:
    authority, other = ca_folder.kept_authority(str(tmp_path), NOW), certificates.passing_authority(NOW)

    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(authority, "localhost", trusted=other.pem)


def test_a_person_recognises_it_and_two_of_them_are_told_apart() -> None:
    first, second = own(certificates.passing_authority(NOW)), own(certificates.passing_authority(NOW))

    assert first.subject.rfc4514_string().endswith("O=mock-amp")
    assert first.subject != second.subject


def test_it_lasts_ten_years_and_what_it_issues_never_longer_than_itself(tmp_path: Path) -> None:
    """Systems of Apple take no server's certificate that lasts for more than 825 days."""
    authority = ca_folder.kept_authority(str(tmp_path), NOW)
    leaves = [issued(authority, Instant(NOW + years * YEAR)) for years in (0, 9)]

    assert (own(authority).not_valid_after_utc - own(authority).not_valid_before_utc).days == 3653
    assert (leaves[0].not_valid_after_utc - leaves[0].not_valid_before_utc).days < 825
    assert leaves[1].not_valid_after_utc == own(authority).not_valid_after_utc


def issued(authority: Authority, now: Instant) -> x509.Certificate:
    """What a server shows."""
    key = ec.generate_private_key(ec.SECP256R1())
    return authority._issue(["localhost"], key, datetime.fromtimestamp(now // SECOND, UTC))  # noqa: SLF001


def given(folder: Path, ca: trustme.CA, *, key: bytes | None = None, more: bytes = b"") -> Authority:
    """The CA as its two files are read."""
    (folder / "cert").write_bytes(ca.cert_pem.bytes() + more)
    (folder / "key").write_bytes(key or ca.private_key_pem.bytes())
    return certificates.given_authority(str(folder / "cert"), str(folder / "key"), NOW)


@pytest.mark.parametrize("kind", list(trustme.KeyType))
def test_a_given_ca_issues_whichever_key_it_has(tmp_path: Path, kind: trustme.KeyType) -> None:
    assert shaken(given(tmp_path, trustme.CA(key_type=kind)), "localhost") == "http/1.1"


def test_an_intermediate_ca_is_shown_to_clients_that_trust_its_root_alone(tmp_path: Path) -> None:
    root = trustme.CA()
    authority = given(tmp_path, root.create_child_ca())

    assert shaken(authority, "localhost", trusted=root.cert_pem.bytes()) == "http/1.1"


def test_what_is_given_away_of_a_file_with_everything_in_it_is_the_certificates(tmp_path: Path) -> None:
    """A key never leaves the machine."""
    ca = trustme.CA()
    authority = given(tmp_path, ca, more=ca.private_key_pem.bytes())

    assert authority.pem == ca.cert_pem.bytes() == certificates.given_certificate(str(tmp_path / "cert"))


def with_password(ca: trustme.CA) -> bytes:
    key = load_pem_private_key(ca.private_key_pem.bytes(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (lambda _: trustme.CA().private_key_pem.bytes(), "is not that of the certificate in"),
        (with_password, "has a password; give one without"),
        (lambda _: b"nothing", "has no private key in PEM in it, or a broken one"),
    ],
)
def test_a_given_ca_with_a_wrong_key_is_told(tmp_path: Path, key: Callable[[trustme.CA], bytes], told: str) -> None:
    ca = trustme.CA()

    with pytest.raises(BadAuthority, match=told):
        given(tmp_path, ca, key=key(ca))


def test_a_certificate_that_is_no_cas_is_told(tmp_path: Path) -> None:
    leaf = trustme.CA().issue_cert("localhost")
    (tmp_path / "both").write_bytes(leaf.private_key_and_cert_chain_pem.bytes())

    with pytest.raises(BadAuthority, match="is not that of a CA"):
        certificates.given_authority(str(tmp_path / "both"), str(tmp_path / "both"), NOW)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadAuthority, match=r"cannot read .*nowhere: No such file"):
        certificates.given_certificate(str(tmp_path / "nowhere"))


def test_where_there_are_no_files_in_memory_the_key_is_on_the_disk_for_a_moment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS and Windows."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    assert shaken(certificates.passing_authority(NOW), "localhost") == "http/1.1"
    assert list(tmp_path.iterdir()) == []


def test_a_ca_by_ed25519_issues_too(tmp_path: Path) -> None:
    """It has a digest of its own."""
    key = ed25519.Ed25519PrivateKey.generate()
    raw = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    authority = given(tmp_path, trustme.CA.from_pem(_signed_by_itself(key), raw), key=raw)

    assert shaken(authority, "localhost") == "http/1.1"


def _signed_by_itself(key: ed25519.Ed25519PrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "theirs")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start.replace(year=2050))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(certificates._usage(of_ca=True), critical=True)  # noqa: SLF001
        .sign(key, None)
    )
    return made.public_bytes(Encoding.PEM)


def limited(
    *more: x509.ExtensionType,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
    ends: datetime | None = None,
) -> tuple[bytes, bytes]:
    """A CA with these extensions and no others, and its key."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "theirs")])
    start, end = datetime(2020, 1, 1, tzinfo=UTC), ends or datetime(2050, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, end)
    for each in (x509.BasicConstraints(ca=True, path_length=None), *more):
        builder = builder.add_extension(each, critical=True)
    raw = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM), raw


def objections(folder: Path, files: tuple[bytes, bytes]) -> list[str | None]:
    """Of a client as most are, and of a strict one."""
    for name, raw in zip(("cert", "key"), files, strict=True):
        (folder / name).write_bytes(raw)
    authority = certificates.given_authority(str(folder / "cert"), str(folder / "key"), NOW)
    context = authority.context(NAMES, NOW)
    return [authority.objection(context, "localhost", strict=strict) for strict in (False, True)]


def test_to_a_ca_of_ours_no_client_objects() -> None:
    authority = certificates.passing_authority(NOW)
    context = authority.context(NAMES, NOW)

    assert [authority.objection(context, name, strict=True) for name in NAMES[:2]] == [None, None]
    assert "mismatch" in str(authority.objection(context, "elsewhere.test", strict=True))


def test_a_ca_whose_constraints_leave_the_hosts_out_is_objected_to_by_all(tmp_path: Path) -> None:
    constraints = x509.NameConstraints([x509.DNSName("acme.test")], None)

    assert objections(tmp_path, limited(constraints))[0] == "permitted subtree violation"


def test_a_ca_with_a_key_that_is_too_short_is_objected_to_by_all(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65_537, 1_024)  # noqa: S505 - that is the point

    assert objections(tmp_path, limited(key=key))[0] == "CA certificate key too weak"


def test_a_ca_that_does_not_say_what_for_its_key_is_objected_to_by_strict_clients(tmp_path: Path) -> None:
    easy, strict = objections(tmp_path, limited())

    assert (easy, bool(strict)) == (None, True)
