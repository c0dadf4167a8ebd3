"""Reading the heads of requests for the short way: what is said in the usual form, and as aiohttp would read it."""

import pytest

from mock_amp.web.heads import _read, begin

HOST = b"Host: here\r\n"


def test_a_head_says_its_first_line_its_length_and_the_rest() -> None:
    begun = begin(b"POST /1/im HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nX-One: 1\r\n\r\n12345")

    assert begun is not None
    assert (begun.line, begun.length, begun.body) == (b"POST /1/im HTTP/1.1", 5, b"12345")
    assert dict(begun.said.headers) == {"Host": "here", "X-One": "1"}
    assert begun.said.plain


def test_a_body_may_still_come_or_have_company() -> None:
    begun = [begin(b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 3\r\n\r\n" + each) for each in (b"", b"1234")]

    assert [each and (each.length, each.body) for each in begun] == [(3, b""), (3, b"1234")]


def test_the_length_may_be_the_first_line_or_the_last() -> None:
    first = begin(b"POST / HTTP/1.1\r\nContent-Length: 1\r\nHost: here\r\n\r\n1")
    last = begin(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\n\r\n1")

    assert first is not None
    assert last is not None
    assert first == last


@pytest.mark.parametrize(
    "more",
    ["Connection: close", "Content-Encoding: gzip", "Expect: 100-continue"],
)
def test_what_asks_more_than_an_answer_is_not_plain(more: str) -> None:
    """Where its body ends is known all the same."""
    begun = begin(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 7\r\n" + more.encode() + b"\r\n\r\n")

    assert begun is not None
    assert (begun.length, begun.said.plain) == (7, False)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(b"", id="no host"),
        pytest.param(HOST + b"Transfer-Encoding: chunked\r\n", id="chunks"),
        pytest.param(HOST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", id="chunks and a length"),
        pytest.param(HOST + b"Content-Length: 1\r\nContent-Length: 1\r\n", id="two lengths"),
        pytest.param(HOST + b"Content-Length: 1\r\ncontent-length: 1\r\n", id="two lengths, in two cases"),
        pytest.param(HOST + b"CONTENT-LENGTH: 1\r\n", id="a length in another form"),
        pytest.param(HOST + b"Content-Length:1\r\n", id="a length without a blank"),
        pytest.param(HOST + b"Content-Length: +1\r\n", id="a length with a sign"),
        pytest.param(HOST + b"Content-Length: 1 \r\n", id="a length with a blank after it"),
        pytest.param(HOST + b"Content-Length: \xb2\r\n", id="a length that is no number"),
        pytest.param(HOST + b"Content-Length: 1111111111111111\r\n", id="a length without end"),
        pytest.param(HOST + b"Content-Length: 1\r\n 2\r\n", id="a length that goes on"),
        pytest.param(HOST + b"Content-Length: 1\r\n\t2\r\nX: 1\r\n", id="a length that goes on after a tab"),
        pytest.param(b"Content-Length: 1\r\n " + HOST, id="a length that goes on as a name"),
        pytest.param(HOST + b"X: 1\n\n", id="line feeds alone"),
        pytest.param(HOST + b"X: 1\nY: 2\r\n", id="a line feed alone"),
        pytest.param(HOST + b"X: 1\rY: 2\r\n", id="a carriage return alone"),
        pytest.param(HOST + b"X : 1\r\n", id="a blank in a name"),
        pytest.param(HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n", id="an upgrade"),
        pytest.param(HOST + b"X: 1\r\n" * 200, id="too many"),
        pytest.param(HOST + b"X: " + b"1" * 5_000 + b"\r\n", id="too long"),
    ],
)
def test_whatever_else_there_is_in_http_is_not_read_here(lines: bytes) -> None:
    assert begin(b"POST / HTTP/1.1\r\n" + lines + b"\r\n") is None


def test_half_a_head_is_not_read() -> None:
    assert begin(b"POST / HTTP/1.1\r\n" + HOST) is None
    assert begin(b"") is None


def test_lines_are_joined_where_the_length_stood_and_no_head_is_taken_for_another() -> None:
    """A line on either side of the length, and both on one side."""
    heads = (
        b"A: 1\r\nContent-Length: 0\r\nAuthorization: Token one\r\n",
        b"Authorization: Token two\r\nContent-Length: 0\r\nA: 1\r\n",
        b"A: 1\r\nAuthorization: Token three\r\nContent-Length: 0\r\n",
    )
    begun = [begin(b"POST / HTTP/1.1\r\n" + HOST + each + b"\r\n") for each in heads]

    assert [each and each.said.headers["Authorization"] for each in begun] == ["Token one", "Token two", "Token three"]


def test_a_head_that_is_too_long_is_not_kept() -> None:
    """Who has no token must not fill our memory either."""
    before = _read.cache_info().currsize
    for at in range(3):
        assert begin(b"POST / HTTP/1.1\r\n" + HOST + b"X: %d" % at + b"1" * 5_000 + b"\r\n\r\n") is None

    assert _read.cache_info().currsize == before


def test_aiohttp_takes_no_fewer_lines_than_are_read_here() -> None:
    """The length of the body is one of them."""
    most = HOST + b"X: 1\r\n" * 126 + b"Content-Length: 0\r\n\r\n"

    assert begin(b"POST / HTTP/1.1\r\n" + most) is not None
    assert begin(b"POST / HTTP/1.1\r\n" + b"Y: 1\r\n" + most) is None
