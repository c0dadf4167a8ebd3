"""The folder that a CA of our own is kept in, and other people's files of the same names; on a real disk."""

import os
import stat
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import trustme

from mock_amp.adapters import ca_folder, certificates
from mock_amp.adapters.ca_folder import NotKept
from mock_amp.adapters.certificates import BadAuthority
from mock_amp.adapters.clocks import SystemClock
from mock_amp.core.instants import SECOND, Instant, parse_instant

NOW = SystemClock().now()
BEGAN = parse_instant("2026-01-02T00:00:00Z")
YEAR = 365 * 24 * 3_600 * SECOND
OTHERS = trustme.CA()
"""As cfssl leaves it: ca.pem and ca-key.pem, each with one thing in it."""


def test_the_ca_is_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    first, second = (ca_folder.kept_authority(str(folder), NOW) for _ in range(2))

    assert first.pem == second.pem == (folder / "ca.pem").read_bytes()
    assert sorted(each.name for each in folder.iterdir()) == ["ca-key.pem", "ca.pem"]
    assert b"PRIVATE" not in first.pem


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_key_is_for_its_owner_alone_and_the_certificate_for_all(tmp_path: Path) -> None:
    ca_folder.kept_authority(str(tmp_path), NOW)

    assert stat.S_IMODE((tmp_path / "ca-key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "ca.pem").stat().st_mode) == 0o644


def test_servers_that_start_at_once_come_to_the_same_ca(tmp_path: Path) -> None:
    servers = 16
    gate = Barrier(servers)

    def start(_: int) -> bytes:
        gate.wait(10)
        return ca_folder.kept_authority(str(tmp_path), NOW).pem

    with ThreadPoolExecutor(servers) as pool:
        found = set(pool.map(start, range(servers)))

    assert found == {(tmp_path / "ca.pem").read_bytes()}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["ca-key.pem", "ca.pem"]


def test_on_a_disk_without_links_it_is_made_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT, and some volumes of containers."""

    def no_links(*_: object) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(os, "link", no_links)

    assert ca_folder.kept_authority(str(tmp_path), NOW).pem == ca_folder.kept_authority(str(tmp_path), NOW).pem


def refusal(folder: Path) -> str:
    """In what line no CA comes of this folder, whose files stay as they are."""
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    with pytest.raises(BadAuthority) as caught:
        ca_folder.kept_authority(str(folder), NOW)

    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def filled(folder: Path, public: bytes | None, private: bytes | None) -> Path:
    folder.mkdir(exist_ok=True)
    for name, raw in (("ca.pem", public), ("ca-key.pem", private)):
        if raw is not None:
            (folder / name).write_bytes(raw)
    return folder


def test_a_certificate_that_was_deleted_or_emptied_or_is_an_old_one_is_put_back_beside_its_key(tmp_path: Path) -> None:
    """Deleted is also how it is after a start that was ended between the two files."""
    authority, file = ca_folder.kept_authority(str(tmp_path), NOW), tmp_path / "ca.pem"
    old = certificates.passing_authority(NOW).pem
    for spoil in (file.unlink, lambda: file.write_bytes(b""), lambda: file.write_bytes(old)):
        spoil()
        again = ca_folder.kept_authority(str(tmp_path), NOW)

        assert file.read_bytes() == authority.pem == again.pem
        assert again.path == file


def test_a_certificate_that_stands_among_those_of_others_is_left_as_it_is(tmp_path: Path) -> None:
    """A person has made one file of all that the application is to trust."""
    authority, file = ca_folder.kept_authority(str(tmp_path), NOW), tmp_path / "ca.pem"
    both = OTHERS.cert_pem.bytes() + authority.pem
    file.write_bytes(both)

    assert ca_folder.kept_authority(str(tmp_path), NOW).path == file
    assert file.read_bytes() == both


@pytest.mark.parametrize(
    ("public", "private"),
    [
        (OTHERS.cert_pem.bytes(), None),
        (OTHERS.cert_pem.bytes(), OTHERS.private_key_pem.bytes()),
        (OTHERS.cert_pem.bytes(), OTHERS.private_key_pem.bytes() + OTHERS.cert_pem.bytes()),
        (None, OTHERS.private_key_pem.bytes()),
        (None, OTHERS.private_key_pem.bytes() + OTHERS.cert_pem.bytes()),
        (b"anything", None),
        (None, b""),
    ],
)
def test_the_ca_of_somebody_else_is_neither_written_over_nor_to_be_deleted(
    tmp_path: Path, public: bytes | None, private: bytes | None
) -> None:
    told = refusal(filled(tmp_path, public, private))

    assert "of mock-amp" in told
    assert told.endswith("; give a CA of yours by --tls-ca and --tls-ca-key, or name another folder with --tls-dir")
    assert "delete" not in told
    with pytest.raises(BadAuthority):
        ca_folder.kept_certificate(str(tmp_path), NOW)


def test_nor_is_one_beside_a_key_of_ours(tmp_path: Path) -> None:
    ca_folder.kept_authority(str(tmp_path), NOW)
    told = refusal(filled(tmp_path, OTHERS.cert_pem.bytes(), None))

    assert f"; move {tmp_path / 'ca.pem'} away, or name another folder" in told


@pytest.mark.parametrize("private", [OTHERS.private_key_pem.bytes(), b"", b"half of something"])
def test_nor_is_a_key_beside_a_certificate_of_ours(tmp_path: Path, private: bytes) -> None:
    ca_folder.kept_authority(str(tmp_path), NOW)
    told = refusal(filled(tmp_path, None, private))

    assert "ca-key.pem is not that of " in told
    assert told.endswith(
        "or it is broken; move both files away, and the next start makes another CA, to be trusted anew"
    )


def test_a_certificate_of_ours_whose_key_is_lost_is_told(tmp_path: Path) -> None:
    """Another CA in its place would be trusted by nobody who trusts this one."""
    ca_folder.kept_authority(str(tmp_path), NOW)
    (tmp_path / "ca-key.pem").unlink()

    assert f"is not there; delete {tmp_path / 'ca.pem'}, and the next start makes another CA" in refusal(tmp_path)


def test_a_kept_ca_of_no_use_is_told_with_what_to_do(tmp_path: Path) -> None:
    ca_folder.kept_authority(str(tmp_path), NOW)
    file = tmp_path / "ca-key.pem"
    raw = file.read_bytes()
    file.write_bytes(raw[raw.index(b"-----BEGIN CERT") :])
    told = refusal(tmp_path)

    assert "has no private key in PEM in it, or a broken one" in told
    assert told.endswith(
        f"; delete {tmp_path / 'ca.pem'} and {file}, and the next start makes another CA, to be trusted anew"
    )


@pytest.mark.parametrize("beside", ["unreadable", "none"])
def test_what_to_trust_is_had_without_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: str) -> None:
    """By another user, and where the certificate alone is mounted."""
    pem = ca_folder.kept_authority(str(tmp_path), NOW).pem
    file = tmp_path / "ca-key.pem"
    if beside == "none":
        file.unlink()
    else:
        forbid(monkeypatch, "read_bytes", file)

    assert ca_folder.kept_certificate(str(tmp_path), NOW) == (pem, tmp_path / "ca.pem")


def forbid(monkeypatch: pytest.MonkeyPatch, what: str, file: Path) -> None:
    """As for a user who is not root, on whichever machine and as whomever these tests run."""
    does: Callable[[Path], bytes] = getattr(Path, what)

    def denied(path: Path) -> bytes:
        if path == file:
            raise PermissionError(13, "Permission denied")
        return does(path)

    monkeypatch.setattr(Path, what, denied)


def test_a_server_needs_the_key_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca_folder.kept_authority(str(tmp_path), NOW)
    forbid(monkeypatch, "read_bytes", tmp_path / "ca-key.pem")

    with pytest.raises(BadAuthority, match=r"^cannot read .*ca-key.pem: Permission denied$"):
        ca_folder.kept_authority(str(tmp_path), NOW)


def test_an_old_certificate_is_not_what_to_trust(tmp_path: Path) -> None:
    pem = ca_folder.kept_authority(str(tmp_path), NOW).pem
    filled(tmp_path, certificates.passing_authority(NOW).pem, None)

    assert ca_folder.kept_certificate(str(tmp_path), NOW) == (pem, tmp_path / "ca.pem")


def test_where_the_certificate_cannot_be_written_it_lies_in_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = ca_folder.kept_authority(str(tmp_path), NOW).pem
    (tmp_path / "ca.pem").unlink()

    def read_only(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", read_only)
    authority = ca_folder.kept_authority(str(tmp_path), NOW)

    assert (authority.pem, authority.path) == (pem, None)
    assert ca_folder.kept_certificate(str(tmp_path), NOW) == (pem, None)


@pytest.mark.parametrize(
    ("kept", "years"),
    [(ca_folder.kept_authority, -1), (ca_folder.kept_authority, 11), (ca_folder.kept_certificate, 11)],
)
def test_a_ca_that_is_not_valid_now_says_from_when_to_when_it_is(
    tmp_path: Path, kept: Callable[[str, Instant], object], years: int
) -> None:
    ca_folder.kept_authority(str(tmp_path), BEGAN)

    with pytest.raises(BadAuthority, match=r"is valid from 2026-01-01 to 2036-01-02, and today is 20.*; delete "):
        kept(str(tmp_path), Instant(BEGAN + years * YEAR))


def test_a_folder_that_cannot_be_made_is_told_with_the_setting_that_helps(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(NotKept, match=r"no CA can be kept in .*file.deeper: .*; name another folder with --tls-dir"):
        ca_folder.kept_authority(str(tmp_path / "file" / "deeper"), NOW)


@pytest.mark.skipif(sys.platform == "win32", reason="there, homes are not told by HOME")
def test_a_user_without_a_home_has_no_folder_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would otherwise lie in a folder called ~ wherever the server was started."""
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 65_532)

    with pytest.raises(NotKept, match="a user without a home"):
        ca_folder.place_of(None)
