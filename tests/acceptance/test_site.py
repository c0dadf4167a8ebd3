"""The pages as a site: it is built without a warning, and every link leads somewhere.

Sphinx finds a link to a page or a heading that there is not, and a page that is in no table of contents. README and the
pages of the examples are no part of the site; their links are followed here.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.acceptance.pages import DOCS, PAGES, anchors, links
from tests.acceptance.processes import ROOT

ALL: Final = [*PAGES, *sorted((ROOT / "examples").rglob("README.md"))]
ELSEWHERE: Final[frozenset[str]] = frozenset()
"""Hosts that a link may lead to. `make docs-links` asks them; no test does."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("site")
    status, told = built(DOCS, to)

    assert status == 0, told
    return to


def test_the_site_has_every_page(site: Path) -> None:
    """Built without a warning: every page is in a table of contents, every link between pages holds."""
    wanted = {page.relative_to(DOCS).with_suffix(".html") for page in DOCS.rglob("*.md")}

    assert wanted
    assert {each for each in wanted if not (site / each).is_file()} == set()


def test_a_newcomer_finds_every_page_from_the_first(site: Path) -> None:
    """By the table of contents, which is on each page."""
    first = (site / "index.html").read_text(encoding="utf-8")
    wanted = {page.relative_to(DOCS).with_suffix(".html").as_posix() for page in DOCS.rglob("*.md")} - {"index.html"}

    assert {each for each in wanted if f'href="{each}"' not in first} == set()


def test_the_first_page_itself_leads_to_every_other() -> None:
    """In words: a page on GitHub has no table of contents beside it, and what is hidden there is not shown twice."""
    first = DOCS / "index.md"
    told = {(DOCS / link.partition("#")[0]).resolve() for link in links(first)}

    assert {page for page in DOCS.rglob("*.md") if page != first} <= told


def test_no_heading_of_the_first_page_is_said_again_by_its_table_of_contents(site: Path) -> None:
    article = (site / "index.html").read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]

    assert "How-to" in article
    assert 'class="caption"' not in article


@pytest.mark.parametrize("wrong", ["[no such page](nothing.md)", "[no such heading](index.md#nothing)"])
def test_a_link_that_leads_nowhere_would_be_seen(wrong: str, tmp_path: Path) -> None:
    """Or the two above would pass whatever is written there."""
    shutil.copy(DOCS / "conf.py", tmp_path)
    (tmp_path / "index.md").write_text(f"# A page\n\n{wrong}\n", encoding="utf-8")

    status, told = built(tmp_path, tmp_path / "out", builder="dummy")

    assert status != 0
    assert "nothing" in told


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    """As GitHub shows it, too."""
    for link in links(page):
        if urlsplit(link).scheme:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_links_lead_out_only_to_where_they_are_known_to() -> None:
    outside = [(page.name, link) for page in ALL for link in links(page) if urlsplit(link).scheme]

    assert [each for each in outside if not re.fullmatch(r"https://[\w.-]+(/[\w./#%~-]*)?", each[1])] == []
    assert {urlsplit(link).hostname for _, link in outside} == ELSEWHERE


def test_make_docs_builds_it_as_strictly() -> None:
    done = subprocess.run(["make", "-n", "docs"], capture_output=True, text=True, check=True, timeout=20, cwd=ROOT)

    assert "sphinx-build -W --keep-going -n -q -b html docs build/site" in done.stdout


def built(pages: Path, to: Path, *, builder: str = "html") -> tuple[int, str]:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", builder]
    done = subprocess.run(
        [*command, "-d", str(to.parent / "doctrees"), str(pages), str(to)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr
