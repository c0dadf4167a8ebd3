"""docs/unmodified-apps.md: applications that know nothing of mock-amp talk to it, by the lines of the page alone."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
import trustme

from tests.acceptance.processes import ROOT, Served, serving
from tests.acceptance.runtimes import needs

PAGE: Final = (ROOT / "docs" / "unmodified-apps.md").read_text(encoding="utf-8")
APPLICATIONS: Final = ROOT / "tests" / "acceptance" / "unmodified"
CA_BUNDLE: Final = Path("/etc/ssl/certs/ca-certificates.crt")
RUNTIMES: Final = {
    ".sh": ("curl",),
    ".py": (),
    ".php": ("php",),
    ".rb": ("ruby",),
    ".mjs": ("node",),
    ".java": ("java", "javac"),
    ".go": ("go",),
    ".cs": ("dotnet",),
}
FURTHER: Final = {"send_curl.php": "php-curl", "send_guzzle.php": "php-guzzle", "proxychains4": "proxychains4"}
"""What words in the lines of the page need beside that."""

PROJECT: Final = """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType>
<TargetFramework>net8.0</TargetFramework><RollForward>Major</RollForward><ImplicitUsings>enable</ImplicitUsings>
</PropertyGroup></Project>"""


@dataclass(frozen=True)
class Lines:
    """A block of the page."""

    text: str

    @property
    def applications(self) -> list[str]:
        if "dotnet" in self.text:
            return ["Send.cs"]
        return re.findall(r"\b[sS]end\w*\.\w+", self.text)

    @property
    def by_name(self) -> bool:
        """Whether they need the name to lead here."""
        return not re.search(r"8443|to-mock-amp|JAVA_TOOL_OPTIONS", self.text)

    def need(self) -> None:
        """Skips, or fails, where a runtime is not there."""
        if sys.platform != "linux":
            pytest.skip("the lines of the page are for Linux; it says what differs elsewhere")
        for each in self.applications:
            for runtime in RUNTIMES[Path(each).suffix]:
                needs(runtime)
        for word, runtime in FURTHER.items():
            if word in self.text:
                needs(runtime)
        if "NODE_USE_ENV_PROXY" in self.text:
            _needs_node_that_knows_proxies()
        if str(CA_BUNDLE) in self.text and not CA_BUNDLE.exists():
            pytest.skip(f"this system has no {CA_BUNDLE}")


def _needs_node_that_knows_proxies() -> None:
    told = subprocess.run([needs("node"), "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    major, minor, *_ = map(int, told.strip().removeprefix("v").split("."))
    if (major, minor) < (22, 21) or (23, 0) <= (major, minor) < (24, 5):
        pytest.skip(f"node {told.strip()} knows no proxies")


BLOCKS: Final = [Lines(each) for each in re.findall(r"^```shell\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]
RUN: Final = [
    pytest.param(each, id="-".join([*each.applications, *re.findall("NO_PROXY|proxychains4|USE_ENV", each.text)]))
    for each in BLOCKS
    if each.applications and not each.by_name
]


@dataclass
class Place:
    """A server, and what a shell needs to be told to run lines of the page against it."""

    server: Served
    ca: str
    ports: dict[str, str] = field(default_factory=dict)

    def run(self, text: str, folder: Path, *wrapper: str, ca: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Runs lines in a folder with the applications, in an environment that holds nothing but the page's CA."""
        shutil.copytree(APPLICATIONS, folder, dirs_exist_ok=True)
        (folder / "to-mock-amp.cjs").write_text(self._here(block("javascript")), encoding="utf-8")
        if "dotnet" in text:
            (folder / "send.csproj").write_text(PROJECT, encoding="utf-8")
        return subprocess.run(
            [*wrapper, "bash", "-euo", "pipefail", "-c", self._here(text)],
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=120,
            check=False,
            env=clean(folder) | {"CA": ca or self.ca},
        )

    def greetings(self) -> list[str]:
        """The texts of the sends that came, in their order."""
        found = [re.findall(r"Hello from [\w.: ]+\w", each["body"]) for each in self.server.items("requests")]
        return [text for texts in found for text in texts]

    def _here(self, text: str) -> str:
        for told, port in self.ports.items():
            text = re.sub(rf"\b{told}\b", port, text)
        return text


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def clean(home: Path) -> dict[str, str]:
    """An environment that says nothing of proxies and CAs."""
    return {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(home)}


def greeting(application: str) -> str:
    (found,) = re.findall(r"Hello from [\w.: ]+\w", (APPLICATIONS / application).read_text(encoding="utf-8"))
    return str(found)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server with a proxy, and its CA, as the page says to come to it."""
    tls = {"MOCK_AMP_TLS_DIR": str(tmp_path_factory.mktemp("tls"))}
    set_up = next(each.text for each in BLOCKS if not each.applications)
    with serving("--port", "0", "--tls-port", "0", "--proxy-port", "0", env=tls) as server:
        env = clean(tmp_path_factory.mktemp("home")) | tls
        done = subprocess.run(
            ["bash", "-euc", f'{set_up}\necho "$CA"'], capture_output=True, text=True, check=True, timeout=30, env=env
        )
        proxy, https = (port_of(server, name) for name in ("as a proxy", "by HTTPS"))
        yield Place(server, done.stdout.strip(), {"8443": proxy, "8442": https})


def port_of(server: Served, name: str) -> str:
    """The port that the server has printed behind a name."""
    found = re.search(rf"^ *{name} .*://[\d.]+:(\d+)", "".join(server.banner), re.MULTILINE)
    assert found, server.banner
    return found[1]


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of a CA that has nothing to do with the server."""
    file = tmp_path_factory.mktemp("stranger") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    return str(file)


@pytest.mark.parametrize("lines", RUN)
def test_an_application_talks_to_mock_amp_by_the_lines_of_the_page(lines: Lines, here: Place, tmp_path: Path) -> None:
    lines.need()
    before = here.greetings()

    done = here.run(lines.text, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r'"status_code":200', done.stdout)) == len(lines.applications), done.stdout
    assert here.greetings()[len(before) :] == [greeting(each) for each in lines.applications]


@pytest.mark.parametrize("lines", RUN)
def test_with_another_ca_it_says_what_the_page_says_and_sends_nothing(
    lines: Lines, here: Place, stranger: str, tmp_path: Path
) -> None:
    """So its lines, and nothing else, are why it trusts the server."""
    lines.need()
    before = here.greetings()

    done = here.run(lines.text, tmp_path, ca=stranger)

    assert done.returncode != 0, done.stdout
    assert any(each in done.stderr for each in told("does not trust its CA")), done.stderr
    assert here.greetings() == before


def test_without_a_proxy_the_name_alone_is_enough(tmp_path: Path) -> None:
    """In a mount namespace with an /etc/hosts of its own; HTTPS is on the port 443 of an address of this machine."""
    (lines,) = [each for each in BLOCKS if each.applications and each.by_name]
    lines.need()
    if not _may_mount():
        pytest.skip("only root may have the port 443 and mount, on Linux")
    hosts = tmp_path / "hosts"
    address = "127.{}.{}.{}".format(42, *divmod(os.getpid() % 65_000, 256))  # whose port 443 nobody else has
    hosts.write_text(f"127.0.0.1 localhost\n{address} rest.fortytwo.com\n", encoding="ascii")
    mounted = ("unshare", "--mount", "sh", "-c", f'mount --bind "{hosts}" /etc/hosts && exec "$@"', "sh")
    options = ("--port", "0", "--host", address, "--tls", "--tls-port", "443", "--tls-dir", str(tmp_path / "tls"))

    with serving(*options) as server:
        place = Place(server, str(tmp_path / "tls" / "ca.pem"))
        done = place.run(lines.text, tmp_path / "app", *mounted)

        assert done.returncode == 0, done.stdout + done.stderr
        assert place.greetings() == [greeting(each) for each in lines.applications]


def _may_mount() -> bool:
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False, timeout=20).returncode == 0


def test_what_the_proxy_refuses_it_explains_as_the_page_says(here: Place, tmp_path: Path) -> None:
    """403 for another host, with the line to add; 405 for http://."""
    curl = needs("curl")

    another = here.run(f'HTTPS_PROXY=http://127.0.0.1:8443 "{curl}" -sv https://other.example/', tmp_path)
    plain = here.run(f'http_proxy=http://127.0.0.1:8443 "{curl}" -si http://other.example/', tmp_path)

    assert another.returncode != 0
    assert "< HTTP/1.1 403 " in another.stderr
    assert plain.stdout.startswith("HTTP/1.1 405 ")
    assert "HTTP_PROXY" in plain.stdout
    assert told("stand for") == ["403"]
    assert told("unset `HTTP_PROXY`")[0] == "405"


def told(why: str) -> list[str]:
    """What the page says that a client says, in the row with these words."""
    (row,) = [each for each in PAGE.splitlines() if each.startswith("| ") and why in each.rpartition(" | ")[2]]
    return re.findall(r"`([^`]+)`", row.rpartition(" | ")[0])


def test_every_application_is_on_the_page() -> None:
    run = {name for each in BLOCKS for name in each.applications}

    assert run == {each.name for each in APPLICATIONS.iterdir() if each.is_file()}


@pytest.mark.parametrize("name", sorted(each.name for each in APPLICATIONS.iterdir() if each.is_file()))
def test_an_application_knows_the_service_and_nothing_of_mock_amp(name: str) -> None:
    text = (APPLICATIONS / name).read_text(encoding="utf-8")

    assert "https://rest.fortytwo.com/1/im" in text
    assert re.search("mock|proxy|cafile|verify", text, re.IGNORECASE) is None


def test_each_application_greets_by_a_text_of_its_own() -> None:
    names = [each.name for each in APPLICATIONS.iterdir() if each.is_file()]

    assert len({greeting(each) for each in names}) == len(names)
