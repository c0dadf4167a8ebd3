"""How the page writes figures, times and addresses: its own functions, called in the browser."""

from typing import Any

import pytest

from tests.browser.conftest import OpenPage

NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z
DAY = 86_400_000


async def called(open_page: OpenPage, module: str, name: str, calls: list[list[Any]]) -> list[Any]:
    """What a function of a module of the page answers to each list of arguments."""
    page = await open_page("rules")
    script = """async ([module, name, calls]) => {
      const { [name]: it } = await import(`/__admin/ui/js/${module}.js`);
      return calls.map((each) => it(...each));
    }"""
    found: list[Any] = await page.evaluate(script, [module, name, calls])
    return found


@pytest.mark.parametrize(
    ("name", "cases"),
    [
        (
            "span",
            {
                (0,): "0ms",
                (999,): "999ms",
                (999.7,): "1s",
                (-1_500,): "1.5s",
                (9_940,): "9.9s",
                (9_960,): "10s",
                (59_400,): "59s",
                (59_600,): "1m",
                (250_000,): "4m 10s",
                (3_599_700,): "1h",
                (7_500_000,): "2h 5m",
                (7_200_000 + 4_000,): "2h",
                (2 * DAY + 4 * 3_600_000 + 59_000,): "2d 4h",
            },
        ),
        (
            "brief",
            {
                (NOON, NOON): "12:00:00",
                (NOON, NOON + DAY): "01-01 12:00",
                (NOON, NOON + DAY // 2 - 1): "12:00:00",
                (NOON, NOON + DAY // 2): "01-01 12:00",
            },
        ),
        (
            "millis",
            {
                ("2026-01-01T12:00:00Z",): NOON,
                ("2026-01-01T12:00:00.25Z",): NOON + 250,
                ("2026-01-01T12:00:00.000250Z",): NOON + 0.25,
                ("2026-01-01T13:00:00+01:00",): NOON,
            },
        ),
        (
            "many",
            {(1, "day"): "1 day", (0, "day"): "0 days", (50_000, "day"): "50,000 days", (2, "x", "more"): "2 more"},
        ),
        ("short", {("a" * 18,): "a" * 18, ("a" * 18 + "b",): "a" * 11 + "…" + "aaaaab", ("abcdefgh", 8): "abcdefgh"}),
    ],
)
async def test_figures_and_times(open_page: OpenPage, name: str, cases: dict[tuple[Any, ...], Any]) -> None:
    assert await called(open_page, "format", name, [list(each) for each in cases]) == list(cases.values())


async def test_an_address_names_nothing_that_is_empty_nor_the_default_account(open_page: OpenPage) -> None:
    cases = {
        ("messages",): "#/messages",
        ("messages", None, "account=default"): "#/messages",
        ("messages", "12/3", "account=ci"): "#/messages/12%2F3?account=ci",
        ("messages", None, "search=&status=SEEN&status=DELIVRD"): "#/messages?status=SEEN&status=DELIVRD",
        ("messages", None, "search=default"): "#/messages?search=default",
    }
    page = await open_page("rules")
    found = await page.evaluate(
        """async (cases) => {
          const { write } = await import("/__admin/ui/js/route.js");
          return cases.map(([view, id, params]) => write(view, id, new URLSearchParams(params)));
        }""",
        [list(each) for each in cases],
    )
    assert found == list(cases.values())
    assert (
        await page.evaluate(
            """async () => {
          const { write } = await import("/__admin/ui/js/route.js");
          return write("requests", null, { rule: "D-1", status: undefined, method: null, path: "" });
        }"""
        )
        == "#/requests?rule=D-1"
    )


async def test_an_address_is_read_as_it_was_written(open_page: OpenPage) -> None:
    page = await open_page("rules")
    found = await page.evaluate(
        """async (hashes) => {
          const { read } = await import("/__admin/ui/js/route.js");
          return hashes.map((each) => { const { view, id, params } = read(each); return [view, id, String(params)]; });
        }""",
        ["", "#/", "#/messages/12%2F3?account=ci", "#/messages/100%", "#messages", "#/callbacks?state=due&url=a%26b"],
    )

    assert found == [
        ["messages", None, ""],
        ["messages", None, ""],
        ["messages", "12/3", "account=ci"],
        ["messages", "100%", ""],
        ["messages", None, ""],
        ["callbacks", None, "state=due&url=a%26b"],
    ]
