"""The outer level of `POST /1/im`: URLs, promotional, ttl (O-6 to O-8)."""

import json
from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, LEFT_OUT, VIBER, Verdict, refused, send, verdict
from tests.harness import NO_IM_NUMBER, NUMBER, Amp

_GOOD_URLS: Final = ["http://x.test", "https://x.test/reports?a=b#c", "HTTP://[::1]:8080/", "http://u:p@x.test:1/", ""]
_BAD_URLS: Final = [
    "x.test/reports",
    "//x.test/reports",
    "/reports",
    "ftp://x.test/",
    "http:x.test",
    "http://",
    "https:///reports",
    "http://?a=b",
    "http://:8080/reports",
    "http://user@/reports",
    "http://x .test/",
    " http://x.test/",
    "http://x.test/\n",
]


@pytest.mark.parametrize("key", ["callback_url", "reply_url"])
@pytest.mark.parametrize(
    ("url", "expected"),
    [*((url, ACCEPTED) for url in _GOOD_URLS), *((url, refused(403, "O-6")) for url in _BAD_URLS)],
    ids=[json.dumps(url) for url in (*_GOOD_URLS, *_BAD_URLS)],
)
async def test_a_url_is_absolute_with_a_host(amp: Amp, key: str, url: str, expected: Verdict) -> None:
    """O-6: http or https; an empty one is none."""
    answer = await send(amp, **{key: url})

    assert await verdict(amp, answer) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, ACCEPTED),
        (False, ACCEPTED),
        (LEFT_OUT, ACCEPTED),
        ("true", refused(400, "O-7")),
        ("", refused(400, "O-7")),
        (1, refused(400, "O-7")),
        ([], refused(400, "O-7")),
    ],
    ids=str,
)
async def test_promotional_is_a_boolean(amp: Amp, value: Any, expected: Verdict) -> None:
    """O-7: strings and numbers are not."""
    answer = await send(amp, promotional=value)

    assert await verdict(amp, answer) == expected


@pytest.mark.parametrize(
    ("ttl", "expected"),
    [(0, ACCEPTED), (2**31 - 1, ACCEPTED), (-1, refused(403, "O-8")), (2**31, refused(403, "O-8"))],
)
async def test_an_outer_ttl_has_a_range_of_its_own(amp: Amp, ttl: int, expected: Verdict) -> None:
    """O-8: 0 to 2147483647."""
    answer = await send(amp, ttl=ttl)

    assert await verdict(amp, answer) == expected


@pytest.mark.parametrize("ttl", [1, 14, 86_401, 172_801])
@pytest.mark.parametrize("number", [NUMBER, NO_IM_NUMBER])
async def test_an_outer_ttl_is_never_refused_for_the_range_of_a_section(amp: Amp, number: str, ttl: int) -> None:
    """O-8: 15 to 86400 for IM, up to 172800 for SMS."""
    answer = await send(amp, destinations=[{"number": number}], im_content=[VIBER], ttl=ttl)

    assert await verdict(amp, answer) == ACCEPTED
