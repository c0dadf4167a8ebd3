"""How the server starts, what it says, and how it ends."""

import json
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mock_amp import __version__
from tests.acceptance.processes import PATIENCE, TOKEN, call, refused, serving


def test_the_banner_says_where_with_what_and_how_to_stop() -> None:
    with serving() as server:
        banner = "".join(server.banner)

        assert f"{server.url}/1/im" in banner
        assert TOKEN in banner
        assert f"{server.url}/__admin" in banner
        assert "Ctrl-C" in banner
        assert str(server.process.pid) in banner


def test_the_port_file_has_the_port_that_was_taken(tmp_path: Path) -> None:
    with serving("--port", "0", "--port-file", str(tmp_path / "port")) as server:
        port = (tmp_path / "port").read_text().strip()

        assert server.url == f"http://127.0.0.1:{port}"
        assert call("GET", f"http://127.0.0.1:{port}/readyz")["status"] == "ok"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly_and_the_log_counts_what_is_lost(sign: signal.Signals) -> None:
    with serving("--port", "0", "--clock", "frozen") as server:
        server.send(sms_content={"message": "Hi"}, callback_url="http://127.0.0.1:9/reports")

        status, errors = server.stop(sign)

        assert status == 0
        assert "1 messages that were not final, 1 callbacks that were owed" in errors
        assert "Traceback" not in errors


def test_a_receiver_that_hangs_does_not_hold_up_the_stop() -> None:
    """Posts in flight get 1.5 s, and not the thirty that a receiver has."""
    with socket.create_server(("127.0.0.1", 0)) as silent, serving() as server:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/reports"
        server.send(sms_content={"message": "Hi"}, callback_url=url)
        connection, _ = silent.accept()

        status, errors = server.stop()

        connection.close()
        assert (status, "Traceback" in errors) == (0, False)


def test_an_advance_that_is_under_way_does_not_hold_up_the_stop_nor_claim_to_have_settled() -> None:
    """D9: what it would have posted is counted as owed."""
    with socket.create_server(("127.0.0.1", 0)) as silent, serving("--port", "0", "--clock", "frozen") as server:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/reports"
        for _ in range(3):
            server.send(sms_content={"message": "Hi"}, callback_url=url)
        connection, _ = silent.accept()
        with ThreadPoolExecutor() as pool:
            advance = pool.submit(server.advance, until="idle")
            server.call("GET", "/__admin/agenda")

            status, errors = server.stop()

            assert isinstance(advance.exception(PATIENCE), OSError)
        connection.close()
        assert (status, "Traceback" in errors) == (0, False)
        assert "3 messages that were not final, 3 callbacks that were owed" in errors


def test_a_port_file_of_another_run_goes_with_the_start_and_ours_with_the_stop(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("1\n")

    with serving("--port", "0", "--port-file", str(file)) as server:
        told = file.read_text()
        server.stop()

    assert server.url.endswith(f":{told.strip()}")
    assert not file.exists()


def test_a_taken_port_is_one_clear_line() -> None:
    with serving() as server:
        port = server.url.rpartition(":")[2]

        status, lines = refused("serve", "--port", port)

        assert status == 2
        assert lines == [
            f"mock-amp: port {port} of 127.0.0.1 is taken; choose another with --port, or --port 0 for a free one"
        ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot read {file}: No such file or directory"),
        ("prot: 1", "{file}: unknown setting prot; did you mean port?"),
        ('"pr\\u2028t": 1', r"{file}: unknown setting pr\u2028t"),
        ("port: many", "{file}: port: 'many' is not a whole number"),
        ("[1, 2]", "{file}: a mapping of names to values was expected"),
        ("port: [", "{file}:1: at /port: not YAML: "),
    ],
)
def test_a_settings_file_that_cannot_be_used_is_one_clear_line(tmp_path: Path, text: str | None, told: str) -> None:
    """D7."""
    file = tmp_path / "settings.yaml"
    if text is not None:
        file.write_text(text)

    status, lines = refused("serve", "--settings", str(file))

    assert status == 2
    assert len(lines) == 1
    assert lines[0].startswith("mock-amp: " + told.format(file=file))


@pytest.mark.parametrize(
    ("arguments", "env", "told"),
    [
        (["--prot", "1"], {}, "No such option"),
        (["--clock", "broken"], {}, "--clock: 'broken' is not one of real, frozen, scaled"),
        ([], {"MOCK_AMP_PORT": "many"}, "MOCK_AMP_PORT: 'many' is not a whole number"),
        (["--seen-after", "soon"], {}, "--seen-after: 'soon' is not a duration"),
        (["--send-path", "/__admin/reset"], {}, "is not a path like /1/acme that is free"),
        (["--random-seed", "9" * 30], {}, "is not from 0 to 9007199254740991"),
        (["--scenario", "nowhere"], {}, "there is no scenario nowhere; shipped are all-good, campaign-50k"),
        (["--port", "0", "--port-file", "nowhere/port"], {}, "cannot write the port file nowhere/port: No such file"),
        (["--host", "192.0.2.1"], {}, "cannot listen on 192.0.2.1:8042"),
        (["--callback-ca", "nowhere.pem"], {}, "cannot read the CA file nowhere.pem"),
        (["--callback-map", "app.example"], {}, "--callback-map: 'app.example' is not from=to"),
        (["--admin-host", "127.0.0.1"], {}, "admin-host and admin-port-file mean nothing without admin-port"),
    ],
)
def test_an_impossible_setting_is_one_clear_line(arguments: list[str], env: dict[str, str], told: str) -> None:
    status, lines = refused("serve", *arguments, env=env)

    assert status == 2
    assert len(lines) == 1
    assert told in lines[0]


def test_the_settings_table_is_flags_variables_and_file(tmp_path: Path) -> None:
    """D16: a flag beats a variable, a variable beats the file."""
    file = tmp_path / "settings.yaml"
    file.write_text("node: 1111\nclock: real\nport: 1\nlog-level: error\n")
    env = {"MOCK_AMP_NODE": "2222", "MOCK_AMP_CLOCK": "frozen", "MOCK_AMP_SETTINGS": str(file)}

    with serving("--port", "0", env=env) as server:
        answer = server.send(sms_content={"message": "Hi"})

        (result,) = answer["results"].values()
        assert result["message_id"].endswith("2222")
        assert server.call("GET", "/__admin/clock")["mode"] == "frozen"


def test_beside_a_service_of_our_name_in_kubernetes_it_starts_with_one_warning(tmp_path: Path) -> None:
    """Its variable says where the service is, and not on which port we listen."""
    (tmp_path / "amp.yaml").write_text("port: 0\n")
    links = {"MOCK_AMP_PORT": "tcp://10.0.0.1:8042", "MOCK_AMP_SERVICE_HOST": "10.0.0.1"}
    with serving("--settings", str(tmp_path / "amp.yaml"), env=links) as server:
        _, log = server.stop()

        assert [line.partition("WARNING ")[2][:28] for line in log.splitlines() if "WARNING" in line] == [
            "MOCK_AMP_PORT is passed over"
        ]


def test_json_logs_are_one_object_a_line() -> None:
    with serving("--port", "0", "--log-format", "json") as server:
        _, errors = server.stop()

        lines = [json.loads(line) for line in errors.splitlines()]
        assert lines[-1]["level"] == "info"
        assert lines[-1]["message"].startswith("stopped")


def test_the_version_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mock_amp", "--version"], capture_output=True, text=True, check=True, timeout=20
    )

    assert done.stdout == f"mock-amp {__version__}\n"
