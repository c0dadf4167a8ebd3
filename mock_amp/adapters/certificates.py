"""The CA that HTTPS is served by, given or made, and the certificates that it issues.

What a server shows is issued at every start and is never stored. Nothing here is trusted by anybody until a person,
or a variable of the application, says so. Where a CA of our own is kept: mock_amp/adapters/ca_folder.py.
"""

import contextlib
import os
import ssl
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes, CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mock_amp.core.instants import SECOND, Instant

_CA_LASTS: Final = timedelta(days=3_652)
_LASTS: Final = timedelta(days=730)
"""Of a server's certificate: systems of Apple take none that lasts for more than 825 days."""

_BEFORE: Final = timedelta(days=1)
"""So long ago it all began: clocks differ, those of containers and virtual machines above all."""

_OURS: Final = "mock-amp"
_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
_CN_MOST: Final = 64


class BadAuthority(Exception):
    """There is no CA to be had; the message is one line for a person."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Authority:
    """A CA that can issue. `pem` is what to trust; `path` where that lies, None when it lies in no file."""

    pem: bytes
    path: Path | None
    _certificates: Sequence[x509.Certificate]
    """Its own, and those of who stands for it."""
    _key: _Key

    @property
    def ends(self) -> datetime:
        """When clients begin to refuse it."""
        return self._certificates[0].not_valid_after_utc

    def context(self, names: Iterable[str], now: Instant) -> ssl.SSLContext:
        """What a server needs that is called by these names and addresses. Raises BadAuthority.

        Whether a client that trusts the CA takes it is another question: `objection`.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._issue(list(dict.fromkeys(names)), key, _moment(now))
        own = self._certificates[0]
        chain = [leaf] if own.issuer == own.subject else [leaf, *self._certificates]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            _load(context, b"".join([_pem_of_key(key), *map(pem_of, chain)]))
        except OSError as error:  # an SSLError is one too: a key too short for the system's policy, say
            raise BadAuthority(f"the certificate of the server cannot be used: {error}") from error
        return context

    def objection(self, context: ssl.SSLContext, name: str, *, strict: bool) -> str | None:
        """Why a client that trusts this CA refuses a server with this context, called by this name; None: it takes it.

        It is asked of the TLS of this machine, by a handshake in memory: limits of a CA are many, and the length of
        keys that a client takes is a matter of its system. A strict client looks as those of Python 3.13 do.
        """
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # whether it trusts the root of this too, it knows itself
        if strict:
            client.verify_flags |= ssl.VERIFY_X509_STRICT
        there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            client.load_verify_locations(cadata=self.pem.decode("ascii"))
            ends = (
                client.wrap_bio(back, there, server_hostname=name),
                context.wrap_bio(there, back, server_side=True),
            )
            for end in (*ends, *ends):
                with contextlib.suppress(ssl.SSLWantReadError):
                    end.do_handshake()
        except ssl.SSLCertVerificationError as error:
            return str(error.verify_message)
        except ssl.SSLError as error:
            return error.reason or str(error)
        return None

    def _issue(self, names: Sequence[str], key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
        own = self._certificates[0]
        builder = (
            _begun(_name(names[0][:_CN_MOST]), own.subject, key.public_key())
            .not_valid_before(max(now - _BEFORE, own.not_valid_before_utc))
            .not_valid_after(min(now + _LASTS, own.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_names_issuer(own, self._key), critical=False)
            .add_extension(x509.SubjectAlternativeName([_general_name(each) for each in names]), critical=False)
            .add_extension(_usage(of_ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        return _signed(builder, self._key)


def given_authority(certificate: str, key: str, now: Instant) -> Authority:
    """A CA of these two files. Raises BadAuthority."""
    return authority_of(_read(Path(certificate)), _read(Path(key)), Path(certificate), Path(key), now)


def given_certificate(file: str) -> bytes:
    """The certificates of a PEM file, and nothing else of it. Raises BadAuthority."""
    return b"".join(map(pem_of, certificates_of(_read(Path(file)), Path(file))))


def passing_authority(now: Instant) -> Authority:
    """A CA in memory, which nobody knows again after a restart."""
    raw, nowhere = made(now), Path("memory")
    return replace(authority_of(raw, raw, nowhere, nowhere, now), path=None)


def authority_of(certificate: bytes, key: bytes, path: Path, key_path: Path, now: Instant) -> Authority:
    """The CA of two files that were read, which may be the same. Raises BadAuthority."""
    today = _moment(now)
    private = _private_key(key, key_path)
    public, found = _spki(private.public_key()), certificates_of(certificate, path)
    own = next((each for each in found if _spki(each.public_key()) == public), None)
    if own is None:
        raise BadAuthority(f"the key in {key_path} is not that of the certificate in {path}")
    if not _is_ca(own):
        raise BadAuthority(f"the certificate in {path} is not that of a CA: it may not issue others")
    if not own.not_valid_before_utc <= today < own.not_valid_after_utc:
        raise BadAuthority(
            f"the CA in {path} is valid from {own.not_valid_before_utc:%Y-%m-%d} to {own.not_valid_after_utc:%Y-%m-%d}"
            f", and today is {today:%Y-%m-%d}"
        )
    others = [each for each in found if each is not own]
    return Authority(pem=b"".join(map(pem_of, [own, *others])), path=path, _certificates=(own, *others), _key=private)


def made(now: Instant) -> bytes:
    """The key of a new CA and its certificate, in PEM."""
    today = _moment(now)
    key, serial = ec.generate_private_key(ec.SECP256R1()), x509.random_serial_number()
    # Two of the same name in one trust store would be taken for each other by some clients.
    name = _name(f"mock-amp CA {serial & 0xFFFFFFFF:08x}")
    builder = (
        _begun(name, name, key.public_key(), serial)
        .not_valid_before(today - _BEFORE)
        .not_valid_after(today + _CA_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(_usage(of_ca=True), critical=True)
    )
    return _pem_of_key(key) + pem_of(_signed(builder, key))


def _begun(
    subject: x509.Name, issuer: x509.Name, key: CertificateIssuerPublicKeyTypes, serial: int | None = None
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial or x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signed(builder: x509.CertificateBuilder, key: _Key) -> x509.Certificate:
    itself = isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)  # it has a digest of its own
    return builder.sign(key, None if itself else hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, _OURS), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _usage(*, of_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not of_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=of_ca,
        crl_sign=of_ca,
        encipher_only=False,
        decipher_only=False,
    )


def _names_issuer(own: x509.Certificate, key: _Key) -> x509.AuthorityKeyIdentifier:
    try:
        said = own.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(said)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound as missing:
        return missing.oid == x509.KeyUsage.oid  # which is then not restricted
    except ValueError:  # extensions that are none
        return False


def is_ours(certificate: x509.Certificate) -> bool:
    """Whether it is of a CA that was made here."""
    said = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return [each.value for each in said] == [_OURS] and certificate.issuer == certificate.subject


def lasts(certificate: x509.Certificate, now: Instant) -> bool:
    """Whether it has not ended."""
    return _moment(now) < certificate.not_valid_after_utc


def certificates_of(raw: bytes, path: Path) -> list[x509.Certificate]:
    """Those of a PEM file that was read. Raises BadAuthority when there are none."""
    try:
        return x509.load_pem_x509_certificates(raw)
    except ValueError:
        raise BadAuthority(f"{path} has no certificate in PEM in it, or a broken one") from None


def _private_key(raw: bytes, path: Path) -> _Key:
    try:
        key = load_pem_private_key(raw, password=None)
    except TypeError:
        raise BadAuthority(f"the key in {path} has a password; give one without") from None
    except (ValueError, UnsupportedAlgorithm):
        raise BadAuthority(f"{path} has no private key in PEM in it, or a broken one") from None
    if not isinstance(key, _Key):
        raise BadAuthority(f"the key in {path} is of a kind that clients do not know; RSA and EC they do")
    return key


def _spki(key: CertificatePublicKeyTypes) -> bytes:
    """A public key as bytes, by which two can be compared."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def pem_of(certificate: x509.Certificate) -> bytes:
    """As files have it."""
    return certificate.public_bytes(Encoding.PEM)


def _pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _moment(now: Instant) -> datetime:
    return datetime.fromtimestamp(now // SECOND, UTC)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadAuthority(f"cannot read {path}: {error.strerror or error}") from None


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """OpenSSL takes a key from a file only: one in memory where there are such, else one that is gone at once."""
    if sys.platform == "linux":
        with contextlib.suppress(FileNotFoundError, PermissionError), os.fdopen(os.memfd_create(_OURS), "wb") as file:
            file.write(pem)
            file.flush()
            context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
            return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"  # the folder is for its owner alone
        path.write_bytes(pem)
        context.load_cert_chain(path)
