"""The pages that people read: their code blocks, their headings, their links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.acceptance.processes import ROOT

DOCS: Final = ROOT / "docs"
PAGES: Final = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
"""Those whose blocks are run."""

_FENCED: Final = re.compile(r"^(`{3,})[^`\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)|<(https?://[^>\s]+)>")
_TESTS: Final = re.compile(r"^\s*(async )?def test_", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A code block; `at` counts those of its page."""

    page: Path
    at: int
    kind: str
    text: str

    @property
    def name(self) -> str:
        """By which a test knows it: that of the page, with its folder, and the number."""
        page = self.page.relative_to(ROOT).with_suffix("").as_posix().removeprefix("docs/")
        return f"{re.sub(r'[^a-z0-9]+', '_', page.lower())}_{self.at}"

    @property
    def is_tests(self) -> bool:
        """Whether it is for pytest to run; any other of Python is a script."""
        return self.kind == "python" and bool(_TESTS.search(self.text))


def blocks() -> list[Block]:
    """Every code block of every page, in order."""
    return [
        Block(page, at, kind, text)
        for page in PAGES
        for at, (kind, text) in enumerate(_BLOCK.findall(page.read_text(encoding="utf-8")))
    ]


def links(page: Path) -> Iterator[str]:
    """Where the links of a page lead; what stands in code is none."""
    prose = re.sub(r"`[^`\n]+`", "", _prose(page))
    for written, bare in _LINK.findall(prose):
        yield written or bare


def anchors(page: Path) -> set[str]:
    """What can stand behind # in a link to a page, as GitHub and the site make it of the headings."""
    found: list[str] = []
    for heading in re.findall(r"^#+ (.*)$", _prose(page), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        seen = len([each for each in found if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", each)])
        found.append(f"{slug}-{seen}" if seen else slug)
    return set(found)


def _prose(page: Path) -> str:
    return _FENCED.sub("", page.read_text(encoding="utf-8"))
