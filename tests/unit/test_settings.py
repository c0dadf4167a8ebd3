"""D16: every flag is a variable and a key of the settings file; which one wins, and what is refused."""

from dataclasses import fields
from typing import Any

import pytest

from mock_amp.settings import TABLE, BadSetting, Settings, read_settings
from mock_amp.variables import passed_over, unknown_variables, without_links


def said(
    flags: dict[str, Any] | None = None, variables: dict[str, str] | None = None, file: dict[str, Any] | None = None
) -> Settings:
    return read_settings(flags or {}, variables or {}, file or {}, "amp.yaml")


def refusal(
    flags: dict[str, Any] | None = None, variables: dict[str, str] | None = None, file: dict[str, Any] | None = None
) -> str:
    """The line that a person gets."""
    with pytest.raises(BadSetting) as caught:
        said(flags, variables, file)
    return str(caught.value)


def test_the_table_has_a_row_for_every_setting() -> None:
    assert [setting.field for setting in TABLE] == [each.name for each in fields(Settings)]


def test_what_nobody_says_has_its_default() -> None:
    """D15: 8042 on loopback."""
    found = said()

    assert (found.host, found.port, found.port_file, found.scenario) == ("127.0.0.1", 8042, None, "magic-numbers")
    assert (found.callback_timeout, found.callback_interval) == (30_000_000, 300_000_000)


@pytest.mark.parametrize(
    ("flags", "variables", "file", "port"),
    [
        ({"port": "1"}, {"MOCK_AMP_PORT": "2"}, {"port": 3}, 1),
        ({"port": None}, {"MOCK_AMP_PORT": "2"}, {"port": 3}, 2),
        ({}, {}, {"port": 3}, 3),
        ({}, {"MOCK_AMP_PORT": ""}, {}, 8042),
        ({}, {}, {"port": None}, 8042),
        ({"port": 0}, {"MOCK_AMP_PORT": "2"}, {"port": 3}, 0),
    ],
)
def test_a_flag_beats_a_variable_beats_the_file_beats_the_default(
    flags: dict[str, Any], variables: dict[str, str], file: dict[str, Any], port: int
) -> None:
    """D16: in this order; an empty variable and a null in the file say nothing."""
    assert said(flags, variables, file).port == port


@pytest.mark.parametrize(
    ("flags", "on"), [({"intermediary-reports": False}, False), ({"intermediary-reports": None}, True)]
)
def test_a_switch_that_is_off_was_said(flags: dict[str, Any], *, on: bool) -> None:
    """D16: --no-x is not the absence of --x."""
    assert said(flags, {"MOCK_AMP_INTERMEDIARY_REPORTS": "yes"}).intermediary_reports is on


def test_a_list_comes_from_repeated_flags_from_commas_and_from_the_file() -> None:
    """D16: the same setting by three ways."""
    expected = ("/1/acme", "/1/quay")

    assert said({"send-path": expected}).send_path == expected
    assert said({"send-path": ()}, {"MOCK_AMP_SEND_PATH": "/1/acme,/1/quay"}).send_path == expected
    assert said(file={"send-path": ["/1/acme", "/1/quay"]}).send_path == expected
    assert said(file={"send-path": "/1/acme"}).send_path == ("/1/acme",)


def test_a_key_that_cannot_be_used_is_not_shown() -> None:
    """D20: what is nearly the key is not for logs either."""
    assert "s3cret" not in refusal(file={"admin-key": "my s3cret"})
    assert "s3cret" not in repr(said({"admin-key": "s3cret"}))


def test_the_names_of_a_certificate_are_hosts_and_addresses_without_a_port() -> None:
    """D16: *.name too, as certificates have it."""
    assert said({"tls-host": ("AMP.test.", "[::1]", "192.0.2.7")}).tls_host == ("amp.test", "::1", "192.0.2.7")
    assert said({}, {"MOCK_AMP_TLS_HOST": "*.amp.test, mock_amp"}).tls_host == ("*.amp.test", "mock_amp")
    for wrong in ("amp.test:443", "10.0.0.0/8", "https://amp.test", "*", "a b"):
        assert refusal({"tls-host": (wrong,)}).endswith("a host name, an address, or *.name for the names below one")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("m\u00fcnchen.de", "'m\u00fcnchen.de' is not as certificates have it: write xn--mnchen-3ya.de"),
        ("-", "'-' is no name for a certificate: between its dots are 1 to 63 letters, digits, - and _"),
        ("a.-b.test", "'a.-b.test' is no name for a certificate"),
        (f"{'a' * 64}.test", "is no name for a certificate"),
        ("a." * 215, f"'{'a.' * 40}…' is no name for a certificate: "),
        ("a b", "'a b' is not a host name, an address, or *.name for the names below one"),
    ],
)
def test_a_name_that_no_certificate_can_have_is_told_alone(written: str, told: str) -> None:
    """D7: of several, the one that is wrong."""
    line = refusal({"tls-host": ("amp.test", written)})

    assert line.startswith("--tls-host: '")
    assert told in line


def test_of_a_repeated_flag_the_value_that_is_wrong_is_shown() -> None:
    """D7: as it was written, and not as a tuple."""
    assert refusal({"callback-map": ("a=b", "x")}).startswith("--callback-map: 'x' is not from=to")
    assert refusal({"callback-map": ("x=y", "X=z")}).startswith("--callback-map: ['x=y', 'X=z'] is not from=to")


def test_hosts_and_mappings_are_lists_too() -> None:
    """D16: commas in a variable, spaces around them."""
    env = {"MOCK_AMP_ALLOWED_HOST": "mock-amp, rest.fortytwo.com:80,*", "MOCK_AMP_CALLBACK_MAP": "a=b,c:1=[::1]:2"}
    found = said({}, env)

    assert found.allowed_host == ("mock-amp", "rest.fortytwo.com:80", "*")
    assert found.callback_map == ("a=b", "c:1=[::1]:2")


@pytest.mark.parametrize(
    ("name", "written", "field", "read"),
    [
        ("clock", "frozen", "clock", "frozen"),
        ("clock-rate", "2.5", "clock_rate", 2.5),
        ("seen-after", "1h30m", "seen_after", 5_400_000_000),
        ("callback-timeout", 0.5, "callback_timeout", 500_000),
        ("intermediary-reports", "No", "intermediary_reports", False),
        ("random-seed", "7", "random_seed", 7),
        ("port-file", "run/port", "port_file", "run/port"),
    ],
)
def test_each_kind_is_read_from_its_text(name: str, written: object, field: str, read: object) -> None:
    assert getattr(said(file={name: written}), field) == read


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("host", "", "'' is not a text"),
        ("host", 127, "127 is not a text"),
        ("port", "x", "'x' is not a whole number"),
        ("port", True, "True is not a whole number"),
        ("port", 1.5, "1.5 is not a whole number"),
        ("port", [], "[] is not a whole number"),
        ("port", 65_536, "65536 is not from 0 to 65535"),
        ("port", -1, "-1 is not from 0 to 65535"),
        ("random-seed", -1, "-1 is not from 0 to 9007199254740991"),
        ("clock", "fast", "'fast' is not one of real, frozen, scaled"),
        ("clock", 1, "1 is not a text"),
        ("clock-rate", 0, "0 is not from 1e-06 to 1000000"),
        ("clock-rate", True, "True is not a number"),
        ("seen-after", "soon", "'soon' is not a duration: write"),
        ("seen-after", -1, "-1 is not a duration: write"),
        ("intermediary-reports", "perhaps", "'perhaps' is not true or false"),
        ("intermediary-reports", 2, "2 is not true or false"),
        ("send-path", "1/acme", "'1/acme' is not a path like /1/acme that is free"),
        ("send-path", ["/1/acme", 5], "5 is not a path like /1/acme that is free"),
        ("send-path", 5, "5 is not a path like /1/acme that is free"),
        ("admin-key", "", "it is not a text of visible ASCII characters"),
        ("admin-key", "two words", "it is not a text of visible ASCII characters"),
        ("admin-key", 12345, "it is not a text of visible ASCII characters"),
        ("allowed-host", "a b", "'a b' is not a host name, host:port or *"),
        ("allowed-host", ["ok", "http://x"], "'http://x' is not a host name, host:port or *"),
        ("allowed-host", "x:0", "'x:0' is not a host name, host:port or *"),
        ("callback-map", "x", "'x' is not from=to, each a host or host:port"),
        ("callback-map", "x=", "'x=' is not from=to, each a host or host:port"),
        ("callback-map", "=x", "'=x' is not from=to, each a host or host:port"),
        ("callback-map", "x=http://y", "'x=http://y' is not from=to, each a host or host:port"),
        ("callback-map", "x=y:65536", "'x=y:65536' is not from=to, each a host or host:port"),
        ("callback-map", ["x=y", "X=z"], "['x=y', 'X=z'] is not from=to, each a host or host:port and from only once"),
        ("callback-map", {"x": "y"}, "{'x': 'y'} is not from=to"),
        ("log-level", "loud", "'loud' is not one of debug, info, warning, error"),
    ],
)
def test_a_bad_value_is_one_line_that_says_where_and_what(name: str, value: object, wanted: str) -> None:
    """D7: the file, the key, and what would be right."""
    line = refusal(file={name: value})

    assert line.startswith(f"amp.yaml: {name}: {wanted}")
    assert "\n" not in line


@pytest.mark.parametrize("value", ["nan", float("nan"), float("inf"), 10**400], ids=["text", "nan", "inf", "huge"])
def test_a_number_that_is_none_is_refused(value: object) -> None:
    """D7: NaN is neither too small nor too large, and no rate."""
    assert refusal(file={"clock-rate": value}).startswith("amp.yaml: clock-rate: ")


def test_a_bad_value_is_told_with_its_source() -> None:
    """D7: as the person wrote it."""
    assert refusal({"port": "x"}).startswith("--port: ")
    assert refusal(variables={"MOCK_AMP_PORT": "x"}).startswith("MOCK_AMP_PORT: ")


def test_an_unknown_key_of_the_file_is_told_with_the_nearest() -> None:
    """D7: unknown keys are errors with file, path and nearest key."""
    assert refusal(file={"port_file": "x"}) == "amp.yaml: unknown setting port_file; did you mean port-file?"
    assert refusal(file={"zzz": 1}) == "amp.yaml: unknown setting zzz"


def test_an_unknown_name_moves_no_terminal_and_begins_no_line() -> None:
    """D7: of the file, and of a variable."""
    name = "a\u2028b\nc\x1b[2J"

    assert refusal(file={name: 1}) == r"amp.yaml: unknown setting a\u2028b\nc\x1b[2J"
    assert unknown_variables([f"MOCK_AMP_{name}"])[0].startswith(r"MOCK_AMP_a\u2028b\nc\x1b[2J is not a setting")


def test_a_variable_that_looks_like_a_setting_is_told_not_refused() -> None:
    """D7: platforms set such names too."""
    found = unknown_variables(["PATH", "MOCK_AMP_PORT", "MOCK_AMP_SETTINGS", "MOCK_AMP_PROT"])

    assert found == ["MOCK_AMP_PROT is not a setting; did you mean MOCK_AMP_PORT?"]


def test_variables_of_the_other_commands_are_known() -> None:
    """Who sets them for a whole shell, or a job of CI, starts a server in it too."""
    names = ("URL", "SERVICE_URL", "ADMIN_KEY", "ACCOUNT", "TOKEN", "CLIENT_CA", "INBOX_HOST")

    assert unknown_variables([f"MOCK_AMP_{name}" for name in names]) == []


LINKS = {
    "MOCK_AMP_SERVICE_HOST": "10.0.0.1",
    "MOCK_AMP_SERVICE_PORT": "8042",
    "MOCK_AMP_SERVICE_PORT_HTTP": "8042",
    "MOCK_AMP_PORT": "tcp://10.0.0.1:8042",
    "MOCK_AMP_PORT_8042_TCP": "tcp://10.0.0.1:8042",
    "MOCK_AMP_PORT_8042_TCP_PROTO": "tcp",
    "MOCK_AMP_PORT_8042_TCP_PORT": "8042",
    "MOCK_AMP_PORT_8042_TCP_ADDR": "10.0.0.1",
}
"""What a pod is given where a Service of its namespace is called mock-amp."""


def test_a_service_of_our_name_in_kubernetes_is_passed_over_with_one_warning() -> None:
    """D16: as if the variables were not there."""
    read = without_links({**LINKS, "MOCK_AMP_HOST": "::1"})

    assert (said({}, read).host, said({}, read).port, said({}, read, {"port": 9000}).port) == ("::1", 8042, 9000)
    assert [*passed_over(LINKS), *unknown_variables(LINKS)] == [
        "MOCK_AMP_PORT is passed over: tcp://10.0.0.1:8042 is what Kubernetes or Docker say of a service, and no port"
    ]


def test_a_service_whose_name_begins_with_ours_is_passed_over_too() -> None:
    """One called mock-amp-admin sets what would be the setting admin-port."""
    links = {name.replace("MOCK_AMP_", "MOCK_AMP_ADMIN_"): value for name, value in LINKS.items()}

    assert "MOCK_AMP_ADMIN_PORT" not in without_links(links)
    assert len(passed_over(links)) == 1
    assert unknown_variables(links) == []


def test_only_a_port_may_be_a_link() -> None:
    """What a person has set is not passed over."""
    variables = {"MOCK_AMP_HOST": "tcp://10.0.0.1", "MOCK_AMP_PORT": "http://10.0.0.1:8042"}

    assert without_links(variables) == variables
    assert passed_over(variables) == []
    assert unknown_variables(["MOCK_AMP_PORT_X", "MOCK_AMP_SERVICE_HOSTS"]) == [
        "MOCK_AMP_PORT_X is not a setting; did you mean MOCK_AMP_PORT?",
        "MOCK_AMP_SERVICE_HOSTS is not a setting; did you mean MOCK_AMP_TLS_HOST?",
    ]


def test_what_is_of_no_concern_is_as_usual_whatever_is_said_of_it() -> None:
    found = read_settings({}, {"MOCK_AMP_PORT": "x", "MOCK_AMP_STRICT": "yes"}, {"node": "y"}, concern={"strict"})

    assert (found.port, found.strict, found.node) == (8042, True, 4003)
    with pytest.raises(BadSetting, match="unknown setting"):
        read_settings({}, {}, {"prot": 1}, concern={"strict"})
