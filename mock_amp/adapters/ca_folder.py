"""The folder that a CA of our own is kept in: `ca-key.pem`, the key with its certificate, and `ca.pem`, for all.

It is made once, when neither file is there, and its key never leaves the folder. A folder may have files of these
names that are somebody else's (cfssl calls its own so): they are never written over, and nobody is told to delete them.
"""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import platformdirs
from cryptography.x509 import Certificate

from mock_amp.adapters.certificates import (
    Authority,
    BadAuthority,
    authority_of,
    certificates_of,
    is_ours,
    lasts,
    made,
    pem_of,
)
from mock_amp.core.instants import Instant

_CERTIFICATE: Final = "ca.pem"
_KEY: Final = "ca-key.pem"
"""Of the key with its certificate, in one file, so that they cannot but belong together."""

_NAME_ONE: Final = "name another folder with --tls-dir"
_OR_GIVE: Final = f"give a CA of yours by --tls-ca and --tls-ca-key, or {_NAME_ONE}"
_ANEW: Final = "the next start makes another CA, to be trusted anew"


class NotKept(Exception):
    """There is no place for a CA; the message says why, and what helps."""


def place_of(folder: str | None) -> Path:
    """Where the CA of a folder lies, of the usual one when none is named. Raises NotKept."""
    if folder:
        return Path(folder) / _CERTIFICATE
    try:
        usual = Path(platformdirs.user_data_dir("mock-amp", appauthor=False))
    except RuntimeError:  # older versions have a relative path instead
        usual = Path()
    if not usual.is_absolute():
        raise NotKept(f"a user without a home has no folder to keep a CA in; {_NAME_ONE}")
    return usual / _CERTIFICATE


def another(path: Path) -> str:
    """What to do about a CA of ours that is of no use any more."""
    return f"delete {path} and {path.with_name(_KEY)}, and {_ANEW}"


def kept_authority(folder: str | None, now: Instant) -> Authority:
    """The CA of a folder, by default the usual one; made when there is none. Raises BadAuthority and NotKept.

    Its `path` is None where `ca.pem` is not there and cannot be written.
    """
    path = place_of(folder)
    file = path.with_name(_KEY)
    try:
        public, private = _both(path, file)
        if not public and private is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            _put(file, made(now))
            private = file.read_bytes()
    except OSError as error:
        raise NotKept(f"no CA can be kept in {path.parent}: {error.strerror or error}; {_NAME_ONE}") from None
    _look_whose(path, public, private)
    try:
        found = authority_of(private or b"", private or b"", path, file, now)
    except BadAuthority as error:
        raise BadAuthority(f"{error}; {another(path)}") from None
    return found if _publish(path, public, found.pem) else replace(found, path=None)


def kept_certificate(folder: str | None, now: Instant) -> tuple[bytes, Path | None]:
    """What to trust of a folder, and its file, also for who may not read the key. Raises BadAuthority and NotKept."""
    path = place_of(folder)
    with contextlib.suppress(OSError):
        found = [each for each in _ours(path.read_bytes()) if lasts(each, now)]
        if found and all(each in found for each in _beside(path)):
            return b"".join(map(pem_of, found)), path
    kept = kept_authority(folder, now)
    return kept.pem, kept.path


def _both(path: Path, file: Path) -> tuple[bytes, bytes | None]:
    """The certificate, empty when it is not there, and the key. Raises BadAuthority, and OSError of the certificate.

    In this order: who makes a CA writes its key first, so a certificate that is seen has its key beside it, or lost it.
    """
    public = _content(path) or b""
    try:
        return public, _content(file)
    except OSError as error:
        raise BadAuthority(f"cannot read {file}: {error.strerror or error}") from None


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _ours(raw: bytes) -> Sequence[Certificate]:
    """The certificates of a file that are of a CA that was made here."""
    try:
        return [each for each in certificates_of(raw, Path()) if is_ours(each)]
    except BadAuthority:
        return ()


def _wholly_ours(raw: bytes) -> bool:
    return bool(_ours(raw)) and len(_ours(raw)) == raw.count(b"-----BEGIN CERTIFICATE-----")


def _beside(path: Path) -> Sequence[Certificate]:
    """Of the CA that a server has from the folder; none when that is not to be known."""
    try:
        return _ours(path.with_name(_KEY).read_bytes())
    except OSError:
        return ()


def _look_whose(path: Path, public: bytes, private: bytes | None) -> None:
    """Raises BadAuthority unless both files are of mock-amp, or may become so without a loss to anybody."""
    file, kept = path.with_name(_KEY), _ours(private or b"")
    if public and not _wholly_ours(public) and not any(each in kept for each in _ours(public)):
        if kept:
            raise BadAuthority(f"{path} is not a CA of mock-amp, and {file} is; move {path} away, or {_NAME_ONE}")
        raise BadAuthority(f"{path} is not a CA of mock-amp; {_OR_GIVE}")
    if private is None:
        raise BadAuthority(f"the key of {path} is not there; delete {path}, and {_ANEW}")
    if not _wholly_ours(private):
        if public:
            raise BadAuthority(f"{file} is not that of {path}, or it is broken; move both files away, and {_ANEW}")
        raise BadAuthority(f"{file} is not of a CA of mock-amp, or it is broken; {_OR_GIVE}")


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


def _publish(file: Path, there: bytes, text: bytes) -> bool:
    """Puts the certificate beside its key, for people and programs that want a file of it; whether it is there then."""
    if text in there:  # a person may have put the CAs of others to it
        return True
    try:
        part = _written(file, text)
    except OSError:  # a folder that may only be read
        return False
    try:
        part.chmod(0o644)  # no secret; it may be another user's application that is to trust it
        os.replace(part, file)
    except OSError:
        part.unlink(missing_ok=True)
        return _content(file) == text  # Windows: two at once, or it is open
    return True


def _written(file: Path, text: bytes) -> Path:
    """A new file beside the one that is meant, on the disk."""
    handle, name = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)  # with mode 0600
    with os.fdopen(handle, "wb") as part:
        part.write(text)
        part.flush()
        os.fsync(handle)
    return Path(name)
