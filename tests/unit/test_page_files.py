"""What may be in the files of the page, and what may not: held here by reading them, and by a browser beside that."""

import gzip
import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest

from mock_amp.web.ui import page_files
from tests.acceptance.runtimes import needs

FOLDER: Final = Path(__file__).resolve().parents[2] / "mock_amp" / "web" / "static"
FILES: Final = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
MODULES: Final = [name for name in FILES if name.endswith(".js")]
MARKUP: Final = [name for name in FILES if name.endswith((".html", ".svg"))]
HOME: Final = "/__admin/ui/"
MOST: Final = 100_000
WALL: Final = 400


def test_every_file_in_the_folder_is_one_of_the_page() -> None:
    assert sorted(page_files()) == FILES
    assert "index.html" in FILES


def test_all_files_together_are_small() -> None:
    """As they travel. What a first load takes before it is packed, view by view, is told by a browser."""
    sizes = {name: len(gzip.compress((FOLDER / name).read_bytes(), mtime=0)) for name in FILES}

    assert sum(sizes.values()) < MOST, sizes


@pytest.mark.parametrize("name", MODULES)
def test_a_module_of_the_page_is_not_longer_than_the_wall(name: str) -> None:
    assert len(source(name).splitlines()) <= WALL


@pytest.mark.parametrize("name", MODULES)
def test_a_module_of_the_page_can_be_read_by_a_machine(name: str, tmp_path: Path) -> None:
    """As what the browser takes it for, which Node tells by the ending."""
    module = tmp_path / "module.mjs"
    module.write_text(source(name), encoding="utf-8")

    done = subprocess.run([needs("node"), "--check", str(module)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", MODULES)
def test_a_module_of_the_page_never_makes_markup_or_code_of_text(name: str) -> None:
    assert list(sinks(source(name))) == []


@pytest.mark.parametrize("name", MARKUP)
def test_the_markup_has_no_script_and_no_style_of_its_own(name: str) -> None:
    assert list(inline(source(name))) == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_page_loads_nothing_from_elsewhere(name: str) -> None:
    assert list(loads(name, source(name))) == []


def test_the_markup_names_files_of_the_page_from_the_root() -> None:
    """It is at two addresses, and the policy allows it no base."""
    named = [value for _, value in references(source("index.html"))]

    assert [each for each in named if each.removeprefix(HOME) not in FILES] == []


def test_a_module_of_the_page_imports_what_is_there() -> None:
    for name in MODULES:
        for path in IMPORTED.findall(source(name)):
            assert path.startswith(("./", "../", HOME)), f"{name}: {path}"
            found = FOLDER / path.removeprefix(HOME) if path.startswith("/") else (FOLDER / name).parent / path
            assert found.resolve().is_file(), f"{name}: {path}"


@pytest.mark.parametrize(
    "line",
    [
        "a.innerHTML = b",
        "a['innerHTML'] = b",
        "el('p', {innerHTML: b})",
        "a.outerHTML += b",
        "a.insertAdjacentHTML('beforeend', b)",
        "document.write(b)",
        "document.writeln(b)",
        "eval(b)",
        "window.eval(b)",
        "new Function('a', b)",
        "setTimeout('b()', 1)",
        "a.setAttribute('style', b)",
        'a.setAttribute("onclick", b)',
        "range.createContextualFragment(b)",
        "new DOMParser()",
        "frame.srcdoc = b",
        "a.setHTMLUnsafe(b)",
    ],
)
def test_the_checker_sees_what_makes_markup_or_code_of_text(line: str) -> None:
    assert len(list(sinks(f"const b = 1;\n{line};\n"))) == 1


@pytest.mark.parametrize(
    "line", ["a.textContent = b", "evaluate(b)", "setTimeout(() => b(), 1)", "// no innerHTML here"]
)
def test_the_checker_lets_text_through(line: str) -> None:
    assert list(sinks(line)) == []


@pytest.mark.parametrize(
    "markup",
    ["<script>1</script>", "<style>p{}</style>", "<p style='x'>", "<p onclick='x'>", "<a href='javascript:x'>b</a>"],
)
def test_the_checker_sees_scripts_and_styles_in_the_markup(markup: str) -> None:
    assert len(list(inline(f"<!doctype html>{markup}"))) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", '<script src="https://x.example/a.js"></script>'),
        ("a.html", '<link rel="stylesheet" href="//x.example/a.css">'),
        ("a.html", '<img srcset="http://x.example/a.png 2x">'),
        ("a.css", "@import 'https://x.example/a.css';"),
        ("a.css", "p { background: url(//x.example/a.png) }"),
        ("a.js", "import { a } from 'https://x.example/a.js';"),
        ("a.js", "await import('//x.example/a.js')"),
        ("a.js", "fetch(`https://x.example/${b}`)"),
        ("a.js", 'image.src = "http://x.example/a.png"'),
        ("a.svg", '<svg xmlns="http://www.w3.org/2000/svg"><image href="https://x.example/a.png"/></svg>'),
    ],
)
def test_the_checker_sees_what_comes_from_elsewhere(name: str, text: str) -> None:
    assert len(list(loads(name, text))) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", '<a href="https://x.example/">a link</a>'),
        ("a.js", 'document.createElementNS("http://www.w3.org/2000/svg", "svg")'),
        ("a.css", "p { background: url(data:image/png;base64,AA) }"),
    ],
)
def test_the_checker_lets_links_and_names_through(name: str, text: str) -> None:
    assert list(loads(name, text)) == []


SINKS: Final = re.compile(
    r"""(?:\.|\[["'])(?:inner|outer)HTML\b|\b(?:inner|outer)HTML\s*:|\binsertAdjacentHTML\b|\bdocument\.write(?:ln)?\b"""
    r"""|\beval\s*\(|\bnew\s+Function\b|\bset(?:Timeout|Interval)\(\s*["'`]|setAttribute\(\s*["'](?:style|on\w+)["']"""
    r"""|\bcreateContextualFragment\b|\bDOMParser\b|\bsrcdoc\b|\bsetHTMLUnsafe\b"""
)
IMPORTED: Final = re.compile(
    r"""(?:^[ \t]*(?:import|export)\b[\w\s{},*$]*?\bfrom\s*|^[ \t]*import\s*|\bimport\s*\(\s*)["']([^"']+)["']""",
    re.MULTILINE,
)
AWAY: Final = re.compile(
    r"""(?:\bfrom|\bimport|\bfetch|\bEventSource|\bWebSocket|\bWorker|\bsrc\s*=|\bhref\s*=)\s*\(?\s*["'`](?:\w+:)?//"""
)
AWAY_STYLE: Final = re.compile(r"""(?:@import|url\()\s*["']?(?:\w+:)?//""")


def source(name: str) -> str:
    path = FOLDER / name
    return "" if path.suffix == ".png" else path.read_text(encoding="utf-8")


def sinks(script: str) -> Iterator[str]:
    """Where a script would have text be read as markup or code."""
    for line, text in enumerate(script.splitlines(), start=1):
        for found in SINKS.finditer(text):
            yield f"{line}: {found[0]}"


class _Markup(HTMLParser):
    """All tags with their attributes."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def inline(markup: str) -> Iterator[str]:
    """What the policy would not run or apply, in a document or a picture."""
    for tag, attributes in _Markup(markup).found:
        if tag == "style" or (tag == "script" and "src" not in attributes):
            yield f"<{tag}>"
        for name, value in attributes.items():
            if name == "style" or name.startswith("on") or value.strip().lower().startswith("javascript:"):
                yield f"<{tag} {name}={value!r}>"


def references(markup: str) -> Iterator[tuple[str, str]]:
    """What a document loads: (tag, address). A link is followed by a person, if at all."""
    for tag, attributes in _Markup(markup).found:
        for name in ("src", "srcset", "href", "xlink:href", "data", "poster"):
            if name in attributes and tag != "a":
                yield tag, attributes[name]


def loads(name: str, text: str) -> Iterator[str]:
    """What a file would load from another host."""
    if name.endswith((".html", ".svg")):
        yield from (f"<{tag}> {value}" for tag, value in references(text) if re.match(r"\s*(?:\w+:)?//", value))
    else:
        pattern = AWAY_STYLE if name.endswith(".css") else AWAY
        yield from (found[0] for found in pattern.finditer(text))
