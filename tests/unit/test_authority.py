"""Hosts and ports as people and headers write them, and the map of one to another."""

import pytest

from mock_amp.core.authority import Authority, read_authority, read_mapping, read_name


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("localhost", "localhost", None),
        ("LocalHost:8042", "localhost", 8042),
        ("rest.fortytwo.com.", "rest.fortytwo.com", None),
        ("my_service:1", "my_service", 1),
        (" mock-amp ", "mock-amp", None),
        ("127.0.0.1:65535", "127.0.0.1", 65535),
        ("[::1]", "::1", None),
        ("[::1]:80", "::1", 80),
        ("::1", "::1", None),
        ("2001:DB8:0::1", "2001:db8::1", None),
        ("[2001:DB8:0::1]:9", "2001:db8::1", 9),
    ],
)
def test_a_host_is_read_with_its_port(text: str, host: str, port: int | None) -> None:
    assert read_authority(text) == Authority(host, port)


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "a..b", ".a", "a:", "a:x", "a:0", "a:65536", "a:-1", "a:80:90", "a/b", "u@a", "http://a", "*"),
        *("[::1", "::1]", "[::g]", "[127.0.0.1", "[1:2]", "a b", "\n", "a\n:1", "a\x00", "m\u00fcnchen"),
    ],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|has a port"):
        read_authority(text)


@pytest.mark.parametrize(
    ("text", "is_address"),
    [("127.0.0.1", True), ("[::1]:1", True), ("localhost", False), ("127.1", False), ("1.2.3.4.5", False)],
)
def test_an_address_is_told_from_a_name(text: str, is_address: bool) -> None:  # noqa: FBT001 - a row of a table
    assert read_authority(text).is_address is is_address


def test_a_host_without_a_port_covers_all_of_its_ports() -> None:
    assert [Authority("a").covers("a", port) for port in (None, 1, 2)] == [True, True, True]
    assert [Authority("a", 1).covers("a", port) for port in (None, 1, 2)] == [False, True, False]
    assert not Authority("a").covers("b", 1)


def test_a_mapping_has_two_hosts() -> None:
    assert read_mapping("app.example=[::1]:9000") == (Authority("app.example"), Authority("::1", 9000))


@pytest.mark.parametrize("text", ["", "=", "a", "a=", "=b", "a=b=c", "a=http://b"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|has no"):
        read_mapping(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" AMP.test. ", "amp.test"),
        ("*.acme.test", "*.acme.test"),
        ("mock_amp", "mock_amp"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("a" * 63, "a" * 63),
        ("[::1]", "::1"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_a_name_for_a_certificate_is_read(text: str, name: str) -> None:
    assert read_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        *("", "*", "0", "1.2.3", "-", "a-", "a~b", "a:1", "10.0.0.0/8", "a" * 64, "a." * 127 + "ab", "l\u00f6cal"),
        "\u00fc" * 70,
    ],
)
def test_what_no_certificate_can_be_for_is_told_in_one_short_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"is (not|no name)") as caught:
        read_name(text)

    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)
