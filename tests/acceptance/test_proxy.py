"""HTTPS and the proxy of a server as it is started, with clients as they are: nothing but variables is told to them."""

import json
import os
import re
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme
import urllib3

from mock_amp.cli.main import main
from tests.acceptance.processes import TOKEN, Served, serving

SERVICE = "https://rest.fortytwo.com"
BODY = json.dumps({"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hi"}})
HEADERS = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
CONNECT = b"CONNECT rest.fortytwo.com:443 HTTP/1.1\r\n\r\n"
URLLIB = f"""
import urllib.request
asked = urllib.request.Request({SERVICE + "/1/im"!r}, {BODY.encode()!r}, {HEADERS!r})
with urllib.request.urlopen(asked, timeout=20) as answer:
    print(answer.status)
"""
FREE = ("--port", "0", "--tls-port", "0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ca")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with serving(*FREE, "--proxy-port", "0", "--tls-dir", str(folder)) as it:
        yield it


def told(served: Served, what: str) -> str:
    """What the banner says of this."""
    (found,) = re.findall(rf"^  {what} +(\S+)$", "".join(served.banner), re.MULTILINE)
    return str(found)


def proxy_of(served: Served) -> str:
    return told(served, "as a proxy").removeprefix("HTTPS_PROXY=")


def unchanged(served: Served, *command: str, ca: str) -> "subprocess.CompletedProcess[str]":
    """An application that knows nothing of mock-amp, with a proxy and a CA in its environment."""
    mute = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    given = {"HTTPS_PROXY": proxy_of(served), "SSL_CERT_FILE": ca, "CURL_CA_BUNDLE": ca}
    return subprocess.run(command, env=mute | given, capture_output=True, text=True, timeout=30, check=False)


class Command:
    """The command line in this process: what it prints, or the line with which it refuses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        with self._monkeypatch.context() as changed:
            for name, value in (env or {}).items():
                changed.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main(arguments)
        found = self._capsys.readouterr()
        return found.err if ended.value.code else found.out


@pytest.fixture
def mock_amp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def test_a_python_program_with_the_services_url_needs_two_variables(served: Served) -> None:
    done = unchanged(served, sys.executable, "-c", URLLIB, ca=told(served, "CA to trust"))

    assert (done.stdout, done.stderr) == ("200\n", "")
    assert served.items("messages") != []


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_so_does_curl(served: Served) -> None:
    heads = [each for name, value in HEADERS.items() for each in ("-H", f"{name}: {value}")]
    ask = ["curl", "-sS", "-o", os.devnull, "-w", "%{http_code}", "-d", BODY, *heads, f"{SERVICE}/1/im"]

    assert unchanged(served, *ask, ca=told(served, "CA to trust")).stdout == "200"


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_without_the_ca_it_refuses_and_without_no_proxy_it_is_told_what_to_set(served: Served) -> None:
    system = ssl.get_default_verify_paths().openssl_cafile
    untrusted = unchanged(served, "curl", "-sS", f"{SERVICE}/livez", ca=system)
    other = unchanged(served, "curl", "-sS", "https://example.com/", ca=told(served, "CA to trust"))

    assert "certificate" in untrusted.stderr.lower()
    assert "403" in other.stderr


def test_urllib3_goes_by_the_proxy_with_a_connection_that_it_keeps(served: Served) -> None:
    with urllib3.ProxyManager(proxy_of(served), ca_certs=told(served, "CA to trust"), num_pools=1) as pool:
        statuses = [pool.request("POST", f"{SERVICE}/1/im", body=BODY, headers=HEADERS).status for _ in range(3)]

    assert statuses == [200, 200, 200]


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_curl_that_speaks_tls_to_the_proxy_fails_at_once(served: Served) -> None:
    """HTTPS_PROXY=https://…: within the 60 seconds of client-timeout it would hang."""
    proxy = proxy_of(served).replace("http://", "https://")
    done = unchanged(served, "curl", "-sS", "-m", "20", "-x", proxy, f"{SERVICE}/livez", ca=told(served, "CA to trust"))

    assert done.returncode not in (0, 28)


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl here")
def test_openssl_finds_nothing_to_object_to(served: Served) -> None:
    where = told(served, "by HTTPS").removeprefix("https://").removesuffix("/1/im")
    command = ["openssl", "s_client", "-connect", where, "-CAfile", told(served, "CA to trust"), "-x509_strict"]
    done = subprocess.run(
        [*command, "-verify_return_error", "-verify_hostname", "rest.fortytwo.com"],
        input="",
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert "Verification: OK" in done.stdout


@pytest.mark.parametrize("behind", [0, 100, None])
def test_a_client_may_begin_with_tls_before_it_reads_that_it_may(served: Served, behind: int | None) -> None:
    """What comes right behind the head of CONNECT: nothing, some, or all of its first words."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    end = ssl.create_default_context(cafile=told(served, "CA to trust")).wrap_bio(
        back, there, server_hostname="rest.fortytwo.com"
    )
    with pytest.raises(ssl.SSLWantReadError):
        end.do_handshake()
    hello = there.read()
    first = hello[:behind]
    with socket.create_connection(("127.0.0.1", int(proxy_of(served).rpartition(":")[2])), timeout=10) as line:
        line.sendall(CONNECT + first)
        taken = line.recv(39)
        line.sendall(hello[len(first) :])
        while True:
            try:
                end.do_handshake()
                break
            except ssl.SSLWantReadError:
                came = line.recv(65_536)
                assert came, "the server has hung up"
                back.write(came)

    assert taken == b"HTTP/1.1 200 Connection established\r\n\r\n"
    assert end.version() == "TLSv1.3"


def test_the_ca_is_the_same_by_each_way_to_it(served: Served, folder: Path, mock_amp: Command) -> None:
    pem = (folder / "ca.pem").read_text()
    directory = {"MOCK_AMP_TLS_DIR": str(folder)}

    assert told(served, "CA to trust") == str(folder / "ca.pem")
    assert mock_amp("ca", env=directory) == mock_amp("ca", "--url", served.url) == pem
    assert mock_amp("ca", env={"MOCK_AMP_TLS_CA": str(folder / "ca.pem")}) == pem
    assert mock_amp("ca", env={"MOCK_AMP_TLS_CA": str(folder / "ca-key.pem")}) == pem
    assert mock_amp("ca", "--path", env=directory) == f"{folder / 'ca.pem'}\n"
    assert mock_amp("ca", "--path", env={**directory, "MOCK_AMP_URL": served.url}) == f"{folder / 'ca.pem'}\n"


def test_the_command_makes_the_ca_that_a_server_takes_later(tmp_path: Path, mock_amp: Command) -> None:
    pem = mock_amp("ca", "--tls-dir", str(tmp_path))
    with serving(*FREE, "--tls", "--tls-dir", str(tmp_path)) as it:
        given = mock_amp("ca", env={"MOCK_AMP_URL": it.url})

    assert pem == given
    assert os.name == "nt" or stat.S_IMODE((tmp_path / "ca-key.pem").stat().st_mode) == 0o600


def test_the_command_says_in_one_line_what_is_wrong(tmp_path: Path, mock_amp: Command) -> None:
    (tmp_path / "file").touch()
    with serving() as plain:
        found = [mock_amp("ca", "--url", plain.url)]
    found += [mock_amp("ca", name, str(tmp_path / "file")) for name in ("--tls-dir", "--tls-ca")]
    found += [mock_amp("ca", "--url", "http://127.0.0.1:9")]

    for line, hint in zip(found, ["--tls", "--tls-dir", "no certificate", "mock-amp serve"], strict=True):
        assert line.startswith("mock-amp: ")
        assert line.count("\n") == 1
        assert hint in line


def test_the_command_leaves_the_ca_of_somebody_else_alone(tmp_path: Path, mock_amp: Command) -> None:
    """It is to print one, and nothing else; serve says the same."""
    theirs = trustme.CA().cert_pem.bytes()
    (tmp_path / "ca.pem").write_bytes(theirs)
    for command in (("ca",), ("serve", "--tls", "--port", "0", "--tls-port", "0")):
        line = mock_amp(*command, "--tls-dir", str(tmp_path))

        assert line.startswith(
            f"mock-amp: {tmp_path / 'ca.pem'} is not a CA of mock-amp; give a CA of yours by --tls-ca"
        )
        assert line.count("\n") == 1
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("ca.pem", theirs)]


def test_the_path_of_a_file_that_cannot_be_made_is_not_printed(
    tmp_path: Path, mock_amp: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = mock_amp("ca", "--tls-dir", str(tmp_path))
    (tmp_path / "ca.pem").unlink()

    def read_only(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", read_only)

    assert mock_amp("ca", "--tls-dir", str(tmp_path)) == pem
    assert mock_amp("ca", "--path", "--tls-dir", str(tmp_path)) == (
        "mock-amp: its file is not there and cannot be written; without --path the CA is printed\n"
    )


def test_a_server_is_asked_by_https_with_the_ca_and_without_it_the_way_is_told(
    served: Served, folder: Path, mock_amp: Command
) -> None:
    by_https = told(served, "by HTTPS").removesuffix("/1/im")

    assert mock_amp("ca", "--url", by_https, "--ca", str(folder / "ca.pem")) == (folder / "ca.pem").read_text()
    assert mock_amp("ca", env={"MOCK_AMP_URL": by_https}) == (
        f"mock-amp: the certificate of {by_https} is not trusted, for want of the CA that is asked for: "
        "ask by http://, at the port without TLS, or name the CA by --ca; "
        "--path tells where that of this machine lies\n"
    )


def test_a_server_whose_control_plane_is_elsewhere_is_told_from_one_without_a_ca(
    folder: Path, mock_amp: Command
) -> None:
    with serving(*FREE, "--tls", "--tls-dir", str(folder), "--admin-port", "0") as it:
        line = mock_amp("ca", "--url", it.url)
        pem = mock_amp("ca", "--url", told(it, "control plane").removesuffix("/__admin"))

    assert line == (
        f"mock-amp: the service is at {it.url} and the control plane is not: it has a port of its own (--admin-port); "
        "ask there\n"
    )
    assert pem == (folder / "ca.pem").read_text()


def test_two_servers_that_start_at_once_have_one_ca(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mock_amp", "ca", "--tls-dir", str(tmp_path)]
    with ExitStack() as stack:
        started = [stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) for _ in range(3)]
        found = {each.communicate(timeout=30)[0] for each in started}

    assert found == {(tmp_path / "ca.pem").read_text()}


def test_a_stop_with_an_open_tunnel_ends_well(tmp_path: Path) -> None:
    """D7: status 0, and nothing in the log but how it ended."""
    with serving(*FREE, "--proxy-port", "0", "--tls-dir", str(tmp_path)) as it:
        context = ssl.create_default_context(cafile=told(it, "CA to trust"))
        with socket.create_connection(("127.0.0.1", int(proxy_of(it).rpartition(":")[2])), timeout=10) as line:
            line.sendall(CONNECT)
            line.recv(39)
            with context.wrap_socket(line, server_hostname="rest.fortytwo.com"):
                status, errors = it.stop()

    assert status == 0
    assert [each.split()[1:3] for each in errors.splitlines()] == [["INFO", "stopped;"]]


def test_the_banner_tells_how_to_use_it(served: Served) -> None:
    assert re.fullmatch(r"https://127\.0\.0\.1:\d+/1/im", told(served, "by HTTPS"))
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", proxy_of(served))
