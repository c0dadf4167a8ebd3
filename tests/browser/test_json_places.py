"""The page's module that finds places in a JSON text, by itself: the finder of places and the layout."""

import json
from typing import Any

from tests.browser.conftest import OpenPage
from tests.browser.hostile import HOSTILE

FIND = """async (cases) => {
  const { places } = await import("/__admin/ui/js/json.js");
  return cases.map(([text, pointer]) => {
    const { start, end, exact, beyond } = places(text, [pointer]).get(pointer);
    return [text, pointer, text.slice(start, end), exact, beyond];
  });
}"""
KEYS = """async ([text, pointers]) => {
  const { places } = await import("/__admin/ui/js/json.js");
  return [...places(text, pointers).values()].map(({ key, end }) => text.slice(key, end));
}"""
LAY_OUT = """async (texts) => {
  const { laidOut } = await import("/__admin/ui/js/json.js");
  return texts.map(laidOut);
}"""

FOUND = [
    ('{"a": 1}', "", '{"a": 1}'),
    ("7", "", "7"),
    ('{"a": {"b": [1, "x", null]}}', "/a/b/1", '"x"'),
    ('{"a": {"b": [1, "x", null]}}', "/a/b", '[1, "x", null]'),
    ('{"a~b": 1, "a/b": 2, "~1": 3, "/": 4, "": 5}', "/a~0b", "1"),
    ('{"a~b": 1, "a/b": 2, "~1": 3, "/": 4, "": 5}', "/a~1b", "2"),
    ('{"a~b": 1, "a/b": 2, "~1": 3, "/": 4, "": 5}', "/~01", "3"),
    ('{"a~b": 1, "a/b": 2, "~1": 3, "/": 4, "": 5}', "/~1", "4"),
    ('{"a~b": 1, "a/b": 2, "~1": 3, "/": 4, "": 5}', "/", "5"),
    ('{"\\u0061\\n\\"": 1}', '/a\n"', "1"),
    ('{"é😀": {"ж": -1.5e+3}}', "/é😀/ж", "-1.5e+3"),
    ('{"a": "]}\\"{[,:", "b": 2}', "/b", "2"),
    ('{"a": "]}\\\\", "b": "\\\\"}', "/b", '"\\\\"'),
    ('{"a": {"x": 1}, "a": {"x": 2}}', "/a/x", "2"),
    ('{"a": [[], [1, [2, 3]], {}]}', "/a/1/1/1", "3"),
    ('{"0": [1], "00": 2}', "/0/0", "1"),
    ('{"__proto__": 1, "constructor": 2}', "/constructor", "2"),
    ('{\r\n\t"a" :\n 1 }', "/a", "1"),
]
NEAREST: list[tuple[str, str, str, bool]] = [
    ('{"a": {"b": 1}}', "/a/c", '{"b": 1}', False),
    ('{"a": {"b": 1}}', "/x/y/z", '{"a": {"b": 1}}', False),
    ('{"a": "text"}', "/a/0", '"text"', False),
    ('{"a": {"x": 1}, "a": {}}', "/a/x", "{}", False),
    ('{"a": [1]}', "/a/01", "[1]", False),
    ('{"a": [1, 2', "/a/5", "[1, 2", True),
    ('{"a": [1]', "/b", '{"a": [1]', True),
    ('{"a": [1]', "/a/7", "[1]", False),
    ('{"a', "/a", '{"a', True),
    ("", "/a", "", True),
]
BROKEN: list[tuple[str, str, str]] = [
    ('{"a": 1,, "b": 2}', "/b", "2"),
    ('{"a": , "b": 2}', "/b", "2"),
    ('{"a": ]1, "b": 2}', "/b", "2"),
    ('{"a": [1, {"c": 3], "b": 2}', "/b", "2"),
    ('{"a": {"c": [1}, "b": 2}', "/b", "2"),
    ("{a: 1, b: 2}", "/b", "2"),
    ('{"a": "cut off in the mid', "/a", '"cut off in the mid'),
    ('{"a": "cut off\\', "/a", '"cut off\\'),
    ('{"a": tru', "/a", "tru"),
    ('}}]]{"a": 1}', "/a", "1"),
]


VALID: tuple[Any, ...] = (
    *(None, 1, "", [], {}, [[]], [{}], {"a": []}, ["[", "]", "{", "}", ",", ":"]),
    {"destinations": [{"number": "1", "params": {"A": "]"}}] * 3, "": {"": ""}},
    dict(HOSTILE),
    [list(HOSTILE.values())] * 2,
)


async def test_a_pointer_finds_its_value(open_page: OpenPage) -> None:
    page = await open_page("rules")
    found = await page.evaluate(FIND, FOUND)

    assert found == [[text, pointer, value, True, False] for text, pointer, value in FOUND]


async def test_where_there_is_no_such_value_the_nearest_one_on_the_way_is_found(open_page: OpenPage) -> None:
    page = await open_page("rules")
    found = await page.evaluate(FIND, NEAREST)

    assert found == [[text, pointer, value, False, beyond] for text, pointer, value, beyond in NEAREST]


async def test_in_a_broken_text_is_found_what_can_be(open_page: OpenPage) -> None:
    page = await open_page("rules")
    found = await page.evaluate(FIND, BROKEN)

    assert found == [[text, pointer, value, True, False] for text, pointer, value in BROKEN]


async def test_a_member_begins_with_its_key(open_page: OpenPage) -> None:
    page = await open_page("rules")
    found = await page.evaluate(KEYS, ['{"a": 1, "b": [{"c": 2}, 3]}', ["/a", "/b", "/b/0", "/b/0/c", "/b/1"]])

    assert found == ['"a": 1', '"b": [{"c": 2}, 3]', '{"c": 2}', '"c": 2', "3"]


async def test_every_value_of_a_document_is_found_by_its_pointer(open_page: OpenPage) -> None:
    document = {name: {"~/": [text, {"": text}]} for name, text in HOSTILE.items()}
    pointers = [f"/{name}/~0~1/{at}" for name in HOSTILE for at in ("0", "1/")]
    page = await open_page("rules")
    found = await page.evaluate(FIND, [(json.dumps(document), pointer) for pointer in pointers])

    assert [json.loads(value) for _, _, value, _, _ in found] == [text for text in HOSTILE.values() for _ in range(2)]


async def test_a_layout_changes_nothing_but_spaces(open_page: OpenPage) -> None:
    page = await open_page("rules")
    laid_out = await page.evaluate(LAY_OUT, [json.dumps(each, ensure_ascii=False) for each in VALID])

    assert [json.loads(each) for each in laid_out] == list(VALID)


async def test_a_layout_of_a_broken_text_loses_nothing(open_page: OpenPage) -> None:
    texts = [text.replace(" ", "") for text in (*(text for text, *_ in BROKEN), *(text for text, *_ in NEAREST))]
    page = await open_page("rules")
    laid_out = await page.evaluate(LAY_OUT, texts)

    assert ["".join(each.split()) for each in laid_out] == texts


async def test_a_layout_has_a_line_for_each_value_and_small_groups_on_one(open_page: OpenPage) -> None:
    text = '{"a":[{"b":1.0,"c":"x, y"},{"d":{}}],"e":[],"f":' + json.dumps(["w" * 60] * 2) + "}"
    page = await open_page("rules")
    (laid_out,) = await page.evaluate(LAY_OUT, [text])

    assert laid_out.split("\n") == [
        "{",
        '  "a": [',
        '    {"b": 1.0, "c": "x, y"},',
        "    {",
        '      "d": {}',
        "    }",
        "  ],",
        '  "e": [],',
        '  "f": [',
        f'    "{"w" * 60}",',
        f'    "{"w" * 60}"',
        "  ]",
        "}",
    ]
