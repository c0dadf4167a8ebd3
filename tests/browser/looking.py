"""How tests look at the page: by the rules of accessibility, and by pictures for docs/page/."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from playwright.async_api import Page

from tests.browser.home import ROOT

PICTURES: Final = ROOT / "docs" / "page"

_TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
_BAD: Final = ("serious", "critical")
_RUN: Final = "([within, tags]) => axe.run(within ?? document, {runOnly: tags, resultTypes: ['violations']})"


async def axe(page: Page, *, within: str | None = None) -> Sequence[str]:
    """Fails for what axe-core finds serious or critical in the page, or in what a selector takes of it.

    Answers the lesser findings, which fail nothing.
    """
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_axe_core())
    found = await page.evaluate(_RUN, [within, list(_TAGS)])
    bad = [line for each in found["violations"] if each["impact"] in _BAD for line in _told(each)]
    assert not bad, "axe-core finds:\n" + "\n".join(bad)
    return [line for each in found["violations"] for line in _told(each)]


@cache
def _axe_core() -> str:
    """axe-core as its package has it. By evaluate(): a script in the page the policy would not run."""
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def _told(violation: Mapping[str, Any]) -> list[str]:
    """What is wrong, then where, each place with why."""
    head = f"{violation['impact']}: {violation['id']}: {violation['help']}"
    places = [
        f"    at {' '.join(map(str, node['target']))}: {node['html'][:200]}\n"
        f"        {' '.join(node['failureSummary'].split())[:400]}"
        for node in violation["nodes"]
    ]
    return [head, *places]


async def show(page: Page, url: str, view: str = "messages", query: Mapping[str, str] | None = None) -> Page:
    """Opens a view of the page of a server, and returns when its first data are there."""
    if page.url != "about:blank":
        await page.goto("about:blank")  # or a changed fragment alone would load nothing
    await page.goto(f"{url}/__admin/ui/#/{view}?{urlencode(query or {})}")
    await page.locator("body[data-ready]").wait_for(state="attached")
    return page


async def at_rest(page: Page) -> None:
    """Returns when the page follows its account, and has read and drawn anew all that it has heard of it so far."""
    await page.locator("body[data-connection=open]:not([data-busy])").wait_for(state="attached")


class Camera:
    """Takes pictures of the page for the docs, or holds those that are there to what it sees."""

    def __init__(self, folder: Path = PICTURES, *, writes: bool) -> None:
        self._folder, self._writes = folder, writes

    async def __call__(self, page: Page, name: str) -> bytes:
        """The picture of what the window shows, as PNG; `name` is that of the file, without its ending.

        Without --write-screens the file has to be there, in the size that the picture has now: how many pixels, not
        which, since fonts differ between machines.
        """
        await page.evaluate("() => document.fonts.ready")
        taken = await page.screenshot(animations="disabled", caret="hide", scale="css")
        path = self._folder / f"{name}.png"
        if self._writes:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(taken)
        elif not path.is_file():
            pytest.fail(f"there is no {path}; make screens takes it")
        elif (was := size_of(path.read_bytes())) != size_of(taken):
            pytest.fail(f"{path} has the size {was}, the page {size_of(taken)}; make screens takes it anew")
        return taken


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height of a picture, in pixels."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n"), "no PNG"
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
