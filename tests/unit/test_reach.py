"""`--callback-allow`: where callbacks may go, by the address that a connection is about to be made to."""

import pytest

from mock_amp.core.authority import Authority, read_authority, read_target, without_password
from mock_amp.core.reach import METADATA, reach_of

METADATA_SPELLINGS = [
    *("169.254.169.254", "169.254.170.2", "169.254.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    *("fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::a9fe:a9fe", "fe80::a9fe:a9fe%eth0", "febf::1"),
    *("::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::FFFF:A9FE:A9FE", "0:0:0:0:0:ffff:a9fe:a9fe%1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b::168.63.129.16", "2001:db8:64::a9fe:a9fe"),  # NAT64, the last by its own prefix
    *("64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:aa:a9:fea9:fe00:0", "64:ff9b:1:aa:a9:fea9:fe00:ffff"),  # by RFC 8215
    *("2002:a9fe:a9fe::1", "2001:0:a9fe:a9fe::1", "2001:0:1:1:1:1:5601:5601"),  # 6to4, Teredo's server and client
    *("::169.254.169.254", "::ffff:0:a9fe:a9fe", "2001:db8::5efe:a9fe:a9fe"),  # compatible, translated, ISATAP
]
ELSEWHERE = [
    *("127.0.0.1", "10.0.0.1", "192.168.1.1", "203.0.113.1", "169.253.255.255", "169.255.0.0", "0.0.0.0"),  # noqa: S104 - an address to go to
    *("100.100.100.201", "168.63.129.17", "192.0.0.191", "::1", "::", "fd00::1", "fd00:ec1::254", "fec0::1"),
    *("::ffff:127.0.0.1", "64:ff9b::203.0.113.1", "2002:cb00:7101::1", "2001:db8::1"),
]


def why_not(address: str, *allowed: str, host: str = "", led_to: tuple[str, ...] = ()) -> str:
    return reach_of(map(read_target, allowed), map(Authority, led_to)).why_not(host or address, address, 80)


@pytest.mark.parametrize("address", METADATA_SPELLINGS)
@pytest.mark.parametrize("host", ["", "app.example"])
def test_metadata_is_refused_in_every_spelling(address: str, host: str) -> None:
    assert "(cloud metadata)" in why_not(address, host=host)


@pytest.mark.parametrize("address", METADATA_SPELLINGS)
def test_no_name_allows_metadata(address: str) -> None:
    """A name leads where its owner wants; an operator who maps a host to metadata has to say so twice."""
    allowed = ("app.example", "*.example", "10.0.0.0/8")

    assert "(cloud metadata)" in why_not(address, *allowed, host="app.example", led_to=("app.example", address))


@pytest.mark.parametrize("address", METADATA_SPELLINGS)
def test_a_network_that_contains_metadata_allows_it(address: str) -> None:
    assert why_not(address, "0.0.0.0/0", "::/0") == ""
    assert "cloud metadata" not in why_not(address, *map(str, METADATA))


@pytest.mark.parametrize("address", ELSEWHERE)
def test_all_else_is_open_when_nothing_was_said(address: str) -> None:
    assert why_not(address) == ""
    assert why_not(address, host="app.example") == ""


@pytest.mark.parametrize("address", ELSEWHERE)
def test_only_what_is_named_is_open_when_something_was_said(address: str) -> None:
    assert why_not(address, "198.51.100.0/24", "other.example", "*.app.example", host="app.example")
    assert why_not(address, "198.51.100.0/24", "app.example", host="App.Example.") == ""


@pytest.mark.parametrize(
    ("allowed", "address", "may"),
    [
        ("10.0.0.0/8", "10.255.0.1", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("10.0.0.1/8", "10.9.9.9", True),
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("::ffff:10.0.0.0/104", "10.0.0.1", True),
        ("::/0", "10.0.0.1", False),
        ("0.0.0.0/0", "::1", False),
        ("10.0.0.0/8", "64:ff9b::10.0.0.1", False),
        ("[2001:db8::1]", "2001:db8::1", True),
        ("fe80::/10", "fe80::1%eth0", True),
        ("127.0.0.0/8", "0.0.0.0", False),  # noqa: S104 - an address to go to
    ],
)
def test_a_network_allows_what_is_in_it(allowed: str, address: str, *, may: bool) -> None:
    assert (why_not(address, allowed) == "") is may
    assert (why_not(address, allowed, host="app.example") == "") is may


@pytest.mark.parametrize(
    ("allowed", "host", "may"),
    [
        ("app.example", "app.example", True),
        ("App.Example.", "APP.example.", True),
        ("app.example", "x.app.example", False),
        ("app.example", "xapp.example", False),
        ("*.app.example", "x.app.example", True),
        ("*.app.example", "y.x.app.example", True),
        ("*.app.example", "app.example", False),
        ("*.app.example", "xapp.example", False),
        ("app.example", "app.example.evil.example", False),
        ("*.app.example", "app.example.evil.example", False),
    ],
)
def test_a_name_allows_whatever_it_leads_to(allowed: str, host: str, *, may: bool) -> None:
    assert (why_not("10.0.0.1", allowed, host=host) == "") is may


def test_where_the_operator_maps_to_is_open_and_opens_nothing_else() -> None:
    assert why_not("10.0.0.1", "app.example", led_to=("10.0.0.1",)) == ""
    assert why_not("10.0.0.1", "app.example", host="inside.example", led_to=("inside.example",)) == ""
    assert why_not("10.0.0.2", "app.example", led_to=("10.0.0.1", "inside.example"))
    assert why_not("10.0.0.2", led_to=("10.0.0.1",)) == ""


@pytest.mark.parametrize(("led_to", "may"), [("10.0.0.1", True), ("10.0.0.1:80", True), ("10.0.0.1:81", False)])
@pytest.mark.parametrize("host", ["10.0.0.1", "a.example"])
def test_where_a_row_of_the_map_leads_is_that_port(led_to: str, host: str, *, may: bool) -> None:
    """--callback-map: the operator named no other one; a row without a port keeps the URL's, so it names them all."""
    reach = reach_of([read_target("app.example")], [read_authority(led_to)])

    assert (reach.why_not(host, "10.0.0.1", 80) == "") is may


def test_a_name_that_the_map_leads_to_is_that_port_too() -> None:
    reach = reach_of([read_target("app.example")], [read_authority("inside.example:81")])

    assert reach.why_not("Inside.example.", "10.0.0.1", 81) == ""
    assert reach.why_not("inside.example", "10.0.0.1", 80)
    assert reach.why_not("10.0.0.1", "10.0.0.1", 81)


def test_the_words_name_the_address_and_the_setting() -> None:
    metadata = "callbacks may not go to 169.254.169.254 (cloud metadata)"

    assert why_not("::ffff:a9fe:a9fe") == f"{metadata}: --callback-allow 169.254.169.254 lets them"
    assert why_not("169.254.169.254", host="a.example").startswith(f"{metadata}, where a.example leads: ")
    assert why_not("10.0.0.1", "a.example") == "callbacks may not go to 10.0.0.1: --callback-allow does not name it"
    assert why_not("10.0.0.1", "a.example", host="b.example").startswith(
        "callbacks may not go to 10.0.0.1, where b.example leads: "
    )


@pytest.mark.parametrize("address", ["", "app.example", "1.2.3", "0xa9fea9fe", "2852039166", "169.254.169.254.", "::g"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """Whoever would make one of it would make it after the question."""
    assert "not an address" in why_not(address, "0.0.0.0/0", "app.example", host="app.example")


@pytest.mark.parametrize(
    "text",
    [
        *("", "*", "*.", "*.*.a", "a*", "127.1", "2852039166", "10.0.0.0/33", "10.0.0.1:80", "app.example:80"),
        *("*.10.0.0.1", "*.[::1]", "[::1", "::1]", "a b", "http://a", "a/8", "münchen", "a\n"),
    ],
)
def test_what_is_neither_a_network_nor_a_host_is_refused(text: str) -> None:
    if text == "a\n":
        assert read_target(text) == "a"
        return
    with pytest.raises(ValueError, match="is not"):
        read_target(text)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:pass@app.example/x", "http://user:***@app.example/x"),
        ("http://user:p:a@s@app.example/x", "http://user:***@app.example/x"),
        ("http://:pass@app.example", "http://:***@app.example"),
        ("http://user@app.example/x", "http://user@app.example/x"),
        ("http://app.example/a:b@c?d:e@f", "http://app.example/a:b@c?d:e@f"),
        ("http://app.example:80/a@b", "http://app.example:80/a@b"),
        ("not a url", "not a url"),
    ],
)
def test_a_log_shows_no_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_of_a_long_url_a_log_shows_the_beginning() -> None:
    """And no password, though it is longer than what is shown."""
    assert without_password("http://a.example/" + "x" * 9_000_000) == "http://a.example/" + "x" * 283 + "…"
    assert without_password(f"http://me:{'p' * 5_000}@a.example/") == "http://me:***@a.example/"
