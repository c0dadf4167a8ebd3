"""The CA that HTTPS is served by: kept in a folder, given, or in memory; and the certificates that it issues.

A CA of our own is made once. Its key never leaves the folder; what a server shows is issued at every start and is
never stored. Nothing here is trusted by anybody until a person, or a variable of the application, says so.
"""

import contextlib
import os
import ssl
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import platformdirs
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

CERTIFICATE: Final = "ca.pem"
KEY: Final = "ca-key.pem"
"""Of the key with its certificate, in one file, so that they cannot but belong together."""

_CA_LASTS: Final = timedelta(days=3_652)
_LASTS: Final = timedelta(days=730)
"""Of a server's certificate: systems of Apple take none that lasts for more than 825 days."""

_BEFORE: Final = timedelta(days=1)
"""So long ago it all began: clocks differ, those of containers and virtual machines above all."""

_OURS: Final = "mock-amp"
_NAME_ONE: Final = "name another folder with --tls-dir"
_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
_CN_MOST: Final = 64


class BadAuthority(Exception):
    """There is no CA to be had; the message is one line for a person."""


class NotKept(Exception):
    """There is no place for a CA; the message says why, and what helps."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Authority:
    """A CA that can issue. `pem` is what to trust; `path` where that lies, None when it is in memory alone."""

    pem: bytes
    path: Path | None
    _certificates: Sequence[x509.Certificate]
    """Its own, and those of who stands for it."""
    _key: _Key

    def context(self, names: Iterable[str], now: Instant) -> ssl.SSLContext:
        """What a server needs that is called by these names and addresses. Raises BadAuthority."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._issue(list(dict.fromkeys(names)), key, _moment(now))
        own = self._certificates[0]
        chain = [leaf] if own.issuer == own.subject else [leaf, *self._certificates]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            _load(context, b"".join([_pem_of_key(key), *map(_pem_of, chain)]))
        except OSError as error:  # an SSLError is one too: a key too short for the system's policy, say
            raise BadAuthority(f"the certificate of the server cannot be used: {error}") from error
        return context

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


def place_of(folder: str | None) -> Path:
    """Where the CA of a folder lies, of the usual one when none is named. Raises NotKept."""
    if folder:
        return Path(folder) / CERTIFICATE
    try:
        usual = Path(platformdirs.user_data_dir(_OURS, appauthor=False))
    except RuntimeError:  # older versions have a relative path instead
        usual = Path()
    if not usual.is_absolute():
        raise NotKept(f"a user without a home has no folder to keep a CA in; {_NAME_ONE}")
    return usual / CERTIFICATE


def given_authority(certificate: str, key: str, now: Instant) -> Authority:
    """A CA of these two files. Raises BadAuthority."""
    return _authority(_read(Path(certificate)), _read(Path(key)), Path(certificate), Path(key), _moment(now))


def given_certificate(file: str) -> bytes:
    """The certificates of a PEM file, and nothing else of it. Raises BadAuthority."""
    return b"".join(map(_pem_of, _certificates(_read(Path(file)), Path(file))))


def kept_authority(folder: str | None, now: Instant) -> Authority:
    """The CA of a folder, by default the usual one; made when there is none. Raises BadAuthority and NotKept."""
    path = place_of(folder)
    file = path.with_name(KEY)
    try:
        if not file.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _put(file, _made(_moment(now)))
    except OSError as error:
        raise NotKept(f"no CA can be kept in {path.parent}: {error.strerror or error}; {_NAME_ONE}") from None
    raw = _read(file)
    try:
        found = _authority(raw, raw, path, file, _moment(now))
    except BadAuthority as error:
        raise BadAuthority(f"{error}; delete {file}, and the next start makes another CA, to be trusted anew") from None
    _publish(path, found.pem)
    return found


def passing_authority(now: Instant) -> Authority:
    """A CA in memory, which nobody knows again after a restart."""
    raw = _made(_moment(now))
    return _authority(raw, raw, None, Path(KEY), _moment(now))


def _authority(certificate: bytes, key: bytes, path: Path | None, key_path: Path, now: datetime) -> Authority:
    where = path or key_path
    private = _private_key(key, key_path)
    public, found = _spki(private.public_key()), _certificates(certificate, where)
    own = next((each for each in found if _spki(each.public_key()) == public), None)
    if own is None:
        raise BadAuthority(f"the key in {key_path} is not that of the certificate in {where}")
    if not _is_ca(own):
        raise BadAuthority(f"the certificate in {where} is not that of a CA: it may not issue others")
    if not own.not_valid_before_utc <= now < own.not_valid_after_utc:
        raise BadAuthority(
            f"the CA in {where} is valid from {own.not_valid_before_utc:%Y-%m-%d} to {own.not_valid_after_utc:%Y-%m-%d}"
            f", and today is {now:%Y-%m-%d}"
        )
    others = [each for each in found if each is not own]
    return Authority(pem=b"".join(map(_pem_of, [own, *others])), path=path, _certificates=(own, *others), _key=private)


def _made(now: datetime) -> bytes:
    """The key of a new CA and its certificate, in PEM."""
    key, serial = ec.generate_private_key(ec.SECP256R1()), x509.random_serial_number()
    # Two of the same name in one trust store would be taken for each other by some clients.
    name = _name(f"mock-amp CA {serial & 0xFFFFFFFF:08x}")
    builder = (
        _begun(name, name, key.public_key(), serial)
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + _CA_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(_usage(of_ca=True), critical=True)
    )
    return _pem_of_key(key) + _pem_of(_signed(builder, key))


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


def _certificates(raw: bytes, path: Path) -> list[x509.Certificate]:
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


def _pem_of(certificate: x509.Certificate) -> bytes:
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


def _put(file: Path, text: bytes) -> None:
    """Makes a file that only its owner may read, whole or not at all; one that is there meanwhile stays."""
    part = _written(file, text)
    try:
        os.link(part, file)
    except FileExistsError:
        return  # another server was faster
    except OSError:  # a disk without links: there the last one wins, should two servers come at once
        if not file.exists():
            os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)


def _publish(file: Path, text: bytes) -> None:
    """Puts the certificate beside its key, for people and programs that want a file of it."""
    with contextlib.suppress(OSError):
        if file.read_bytes() == text:
            return
    with contextlib.suppress(OSError):  # a folder that may only be read: the key is there, and that is enough
        part = _written(file, text)
        part.chmod(0o644)  # no secret; it may be another user's application that is to trust it
        os.replace(part, file)


def _written(file: Path, text: bytes) -> Path:
    """A new file beside the one that is meant, on the disk."""
    handle, name = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)  # with mode 0600
    with os.fdopen(handle, "wb") as part:
        part.write(text)
        part.flush()
        os.fsync(handle)
    return Path(name)


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """OpenSSL takes a key from a file only: one in memory where there are such, else one that is gone at once."""
    if sys.platform == "linux":
        with contextlib.suppress(FileNotFoundError, PermissionError), os.fdopen(os.memfd_create(_OURS), "wb") as file:
            file.write(pem)
            file.flush()
            context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
            return
    with tempfile.TemporaryDirectory() as folder:
        path = _written(Path(folder) / KEY, pem)
        context.load_cert_chain(path)
