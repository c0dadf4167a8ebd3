"""What people write is read with the line of every part, and told with line, place and remedy when it is wrong."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mock_amp.adapters.documents import (
    MOST_FAULTS,
    MOST_NODES,
    BadDocument,
    Document,
    Fault,
    check,
    load,
    refuse,
)
from mock_amp.adapters.files import read_schema
from mock_amp.core.documents import MOST_DEPTH

SCENARIO = read_schema("scenario")


def json_values(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
        lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    )


YAML_LIKE = st.text(alphabet="ab01 \n\t:-?,[]{}&*!|>'\"%@#.~\\u/dD\x00\x85\u2028\ud800😀")


OLD_READINGS = (
    "on",
    "off",
    "yes",
    "No",
    "y",
    "22:00",
    "1:30:15",
    "2026-01-01T00:00:00Z",
    "2026-01-01",
    "010",
    "0o17",
    "0x1F",
    "0b1",
    "1_000",
    "+35699000001",
    "0035699000001",
    ".5",
    "5.",
    "<<",
    "=",
    "NaN",
    "Infinity",
    "1,2",
)
"""What YAML 1.1, or its libraries, would make booleans, times, dates and numbers of."""


def value(text: str | bytes) -> Any:
    return load(text, "test.yaml").value


def unread(text: str | bytes) -> Fault:
    """The one fault for which a text is no document."""
    with pytest.raises(BadDocument) as caught:
        load(text, "test.yaml")
    (fault,) = caught.value.faults
    return fault


def faults(text: str, schema: dict[str, Any] = SCENARIO) -> tuple[Fault, ...]:
    with pytest.raises(BadDocument) as caught:
        check(load(text, "test.yaml"), schema)
    return caught.value.faults


def told(text: str, **schema: Any) -> str:
    """What is said of a value that does not fit a schema."""
    (fault,) = faults(text, schema)
    return fault.text


def said_of(rule: str) -> list[tuple[int, str, str]]:
    """Line, place and text of each fault of a scenario that has this rule from line 4 on."""
    lines = "".join(f"    {line}\n" for line in rule.splitlines())
    found = faults(f"name: test\nrules:\n  - name: r\n{lines}")
    return [(each.line, each.pointer, each.text) for each in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("true", True, id="true"),
        pytest.param("False", False, id="false by its other spelling"),
        pytest.param("~", None, id="a tilde"),
        pytest.param("null", None, id="null"),
        pytest.param("", None, id="nothing at all"),
        pytest.param("356", 356, id="an integer"),
        pytest.param("-0.5e-1", -0.05, id="a number"),
        pytest.param("1e5", 100000.0, id="a number without a point"),
        pytest.param('"356"', "356", id="digits in quotes"),
        pytest.param("!!str 356", "356", id="digits that are said to be a text"),
        pytest.param("!!str", "", id="nothing that is said to be a text"),
    ],
)
def test_a_plain_value_is_what_json_would_make_of_it(text: str, expected: object) -> None:
    assert (value(text), type(value(text))) == (expected, type(expected))


@pytest.mark.parametrize("text", OLD_READINGS)
def test_what_older_yaml_would_read_as_something_else_stays_text(text: str) -> None:
    """YAML 1.2: a phone number keeps its zeros, a time of day its colon, and no word becomes a boolean."""
    assert value(f"- {text}") == [text]


def test_a_key_is_the_text_that_is_written() -> None:
    assert value("on: 1\noff: 2\n356: 3\n1.50: 4\n22:00: 5\n'true': 6\n\"\": 7\n<<: {a: 8}") == {
        "on": 1,
        "off": 2,
        "356": 3,
        "1.50": 4,
        "22:00": 5,
        "true": 6,
        "": 7,
        "<<": {"a": 8},
    }


@pytest.mark.parametrize(
    "text", ["off: {from: 22:00, to: 07:00}", "off:\n  from: 22:00\n  to: 07:00\n"], ids=["in braces", "in lines"]
)
def test_a_time_of_day_needs_no_quotes(text: str) -> None:
    assert value(text) == {"off": {"from": "22:00", "to": "07:00"}}


def test_json_is_read_as_it_is() -> None:
    text = '{\n\t"name": "a\\/b",\n\t"none":null,"list":[1,-2.5e3,true,{}],\n\t"": "\\u017d\\ud83d\\ude00 \\"\\n"\n}'

    assert value(text) == {"name": "a/b", "none": None, "list": [1, -2500.0, True, {}], "": 'Ž😀 "\n'}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(r'"\ud83d\ude00"', "😀", id="a pair"),
        pytest.param(r'"\\ud83d\\ude00"', r"\ud83d\ude00", id="backslashes, not escapes"),
        pytest.param(r'"\\\ud83d\ude00"', r"\😀", id="a backslash and a pair"),
        pytest.param(r"'\ud83d'", r"\ud83d", id="single quotes know no escapes"),
        pytest.param(r"\uD83d x", r"\uD83d x", id="nor does a text without quotes"),
        pytest.param("|\n  \\ud83d", r"\ud83d", id="nor a block"),
    ],
)
def test_a_character_may_be_written_as_two_escapes(text: str, expected: str) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [r'"\ud83d"', r'"\ude00\ud83d"', r'"\ud83dx\ude00"'],
    ids=["the first", "the wrong way round", "with another between"],
)
def test_half_a_character_is_refused(text: str) -> None:
    assert unread(f"a: {text}") == Fault(
        line=1, pointer="/a", text="half a character: escapes from \\ud800 to \\udfff come in pairs"
    )


def test_characters_that_only_json_allows_raw_are_kept() -> None:
    text = "\x7f\x80\x85\x9f\u2028\u2029\ufeff\ufffe\uffff"

    assert value(json.dumps({"a": text}, ensure_ascii=False)) == {"a": text}


def test_an_alias_is_what_it_names() -> None:
    document = load("a: &x\n  - 1\nb: *x\nc: *x", "test.yaml")

    assert document.value == {"a": [1], "b": [1], "c": [1]}
    assert document.value["b"] is not document.value["c"]


@given(json_values(st.text()))
@example({"\x7f": "\x85\u2028\ufffe", "😀\U0010ff75": "\\ud83d", "\\": '"', "": -0.0})
def test_whatever_json_writes_is_read_back(original: Any) -> None:
    assert value(json.dumps(original, indent=1)) == original


@given(json_values(st.text(st.characters(max_codepoint=0x10FEFF, exclude_categories=["Cs"]))))
def test_json_that_writes_characters_as_they_are_is_read_back_too(original: Any) -> None:
    assert value(json.dumps(original, separators=(",", ":"), ensure_ascii=False)) == original


def test_the_last_row_of_characters_can_be_escaped_only() -> None:
    """Our reader needs it for itself, and it belongs to nobody."""
    assert value(r'"\udbff\udfff"') == "\U0010ffff"
    assert unread("\U0010ffff").text == "U+10FFFF cannot stand in a document"


@given(st.text() | YAML_LIKE | st.binary())
@example("!%ed%a0%80 x")
@example('"\\U00110000"')
@example("%YAML 3.0\n--- 1")
@example("a: [1,")
def test_any_text_at_all_is_a_document_or_a_bad_one(text: str | bytes) -> None:
    try:
        document = load(text, "test.yaml")
    except BadDocument:
        return
    assert json.dumps(document.value, allow_nan=False).encode()


LINES = """\
# a comment
name: test
rules:
  - name: first

    match: {channel: SMS,
            number: "1"}
  - &second
    name: second
"a/b~c":
  - *second
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        pytest.param("", 2, id="the top level"),
        pytest.param("/name", 2, id="a member is where its key is"),
        pytest.param("/rules", 3, id="a list is where its key is"),
        pytest.param("/rules/0", 4, id="an item"),
        pytest.param("/rules/0/match/number", 7, id="inside of braces"),
        pytest.param("/rules/1/name", 9, id="below an anchor"),
        pytest.param("/a~1b~0c/0", 11, id="an alias is where it stands"),
        pytest.param("/a~1b~0c/0/name", 9, id="below an alias it is where the named one is"),
        pytest.param("/rules/0/outcome/status", 4, id="what is not there is where it would be"),
        pytest.param("/rules/7", 3, id="an item that is not there"),
        pytest.param("/name/x", 2, id="below a text"),
        pytest.param("/nothing", 2, id="an unknown key of the top level"),
    ],
)
def test_every_part_has_its_line(pointer: str, line: int) -> None:
    assert load(LINES, "test.yaml").line(pointer) == line


@pytest.mark.parametrize(
    ("text", "line", "pointer", "reason"),
    [
        pytest.param(b"a: 1\nb: \xff", 2, "", "it is not UTF-8", id="no UTF-8"),
        pytest.param("a\n".encode("utf-16"), 1, "", "it is not UTF-8", id="UTF-16"),
        pytest.param("a: 1\nb: \x1b[31m", 2, "", "U+001B cannot stand in a document", id="a control character"),
        pytest.param("a: \ud83d", 1, "", "U+D83D cannot stand in a document", id="a raw half of a character"),
        pytest.param("a: 1\n--- 2", 2, "", "a second document begins here; there can be one", id="two documents"),
        pytest.param("a: 1\nb: 2\na: 3", 3, "/a", "the key a is here twice, first on line 1", id="a key twice"),
        pytest.param("1: 1\n'1': 2", 2, "/1", "the key 1 is here twice, first on line 1", id="a number twice"),
        pytest.param("a: [.inf]", 1, "/a/0", ".inf is no number here", id="infinity"),
        pytest.param("a:\n  b: -.INF", 2, "/a/b", "-.INF is no number here", id="infinity below nothing"),
        pytest.param(".NaN", 1, "", ".NaN is no number here", id="no number"),
        pytest.param("1e999", 1, "", "1e999 is no number here", id="more than a number can be"),
        pytest.param(
            "- 0\n- &x {a: *x}",
            2,
            "/1/a",
            "*x stands inside of what it names, which would have no end",
            id="an alias in itself",
        ),
        pytest.param("a: *x", 1, "/a", "nothing above is called &x", id="an alias of nothing"),
    ],
)
def test_a_text_that_is_no_document_is_told_why_and_where(
    text: str | bytes, line: int, pointer: str, reason: str
) -> None:
    assert unread(text) == Fault(line=line, pointer=pointer, text=reason)


def test_a_number_of_too_many_digits_is_refused_in_few_words() -> None:
    assert unread("9" * 5000).text == "9" * 59 + "… is too long for a number"


@pytest.mark.parametrize("key", ["[1]", "{a: 1}", "~", "true", "&x a", "*x"])
def test_a_key_that_is_no_text_is_refused(key: str) -> None:
    assert unread(f"- &x 1\n- {key} : 2") == Fault(
        line=2, pointer="/1", text="a key has to be a text; write it in quotes"
    )


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("!!python/object/apply:os.system [ls]", "!!python/object/apply:os.system"),
        ("!!binary aGk=", "!!binary"),
        ("!!int 5", "!!int"),
        ("!!str [a]", "!!str"),
        ("!foo {a: 1}", "!foo"),
    ],
)
def test_a_tag_means_nothing(value: str, tag: str) -> None:
    assert unread(f"a: 1\nb: {value}") == Fault(
        line=2, pointer="/b", text=f"the tag {tag} means nothing here; leave it out"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a: 1\nb: [1,\n", 2, id="a list without its end"),
        pytest.param("a: 1\nb: c: d", 2, id="two colons"),
        pytest.param("a: 1\n\tb: 2", 2, id="a tab"),
        pytest.param("a: 1\nb: @c", 2, id="a reserved sign"),
        pytest.param("a:\n - 1\n b: 2", 3, id="neither list nor mapping"),
    ],
)
def test_a_fault_of_the_syntax_has_its_line(text: str, line: int) -> None:
    fault = unread(text)

    assert (fault.line, fault.text[:9]) == (line, "not YAML:")


def test_a_quote_without_its_end_tells_where_it_begins() -> None:
    fault = unread("a: 1\nb: 'x\nc: 3\n")

    assert fault.text == "not YAML: found unexpected end of stream while scanning a quoted scalar of line 2"


@pytest.mark.parametrize("text", ["[" * MOST_DEPTH + "]" * MOST_DEPTH, "{a: " * MOST_DEPTH + "}" * MOST_DEPTH])
def test_nesting_is_read_as_deep_as_in_the_api(text: str) -> None:
    assert value(text)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "{'a':", "[a: "])
def test_deeper_nesting_is_refused(opening: str) -> None:
    """PyYAML's composer would end the process here."""
    fault = unread(opening * 100_000)

    assert (fault.line, fault.text) == (1, "too deep: more than 64 levels")


def test_aliases_do_not_reach_deeper() -> None:
    chain = "".join(f"a{each}: &a{each} [*a{each - 1}]\n" for each in range(1, 80))

    assert unread(f"a0: &a0 []\n{chain}") == Fault(line=64, pointer="/a63/0", text="too deep: more than 64 levels")


def test_a_bomb_of_aliases_is_refused_before_it_bursts() -> None:
    """Nine to the ninth laughs."""
    bomb = "a0: &a0 lol\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))

    fault = unread(bomb)

    assert (fault.line, fault.text) == (7, f"too large: more than {MOST_NODES} values, aliases expanded")


@pytest.mark.parametrize("named", [f"&x {'y' * 500_000}", f"&x\n  ? {'y' * 500_000}\n  : 1"], ids=["value", "key"])
def test_a_bomb_of_long_texts_is_refused_too(named: str) -> None:
    """Few values, many bytes."""
    assert unread(f"a: {named}\nb: [{'*x, ' * 100}]").text.startswith("too large")


def test_as_many_values_as_there_may_be_are_read() -> None:
    """Here 1 and 100 and 1 and 1998 times 100 and 98."""
    text = f"a: &a [{'1, ' * 99}]\nb: [{'*a, ' * 1998}{'1, ' * 98}"

    assert len(value(f"{text}]")["b"]) == 1998 + 98
    assert unread(f"{text}1]").text == f"too large: more than {MOST_NODES} values, aliases expanded"


@pytest.mark.parametrize("name", ["no-viber", "busy-hour"])
def test_a_scenario_that_fits_is_not_complained_of(name: str) -> None:
    (scenario,) = [each for each in SCENARIO["examples"] if each["name"] == name]

    check(load(json.dumps(scenario), "the body"), SCENARIO)


def test_a_typo_is_told_with_line_place_and_the_nearest_key() -> None:
    assert said_of("outcome: expired\nmatch:\n  channel: SMS\n  numbr: '1'") == [
        (7, "/rules/0/match/numbr", "unknown key numbr; did you mean number?")
    ]


def test_every_unknown_key_is_told() -> None:
    assert said_of("match: {numbr: '1', quux: red}\noutcome: seen\nduring: {frm: 1s}") == [
        (4, "/rules/0/match/numbr", "unknown key numbr; did you mean number?"),
        (
            4,
            "/rules/0/match/quux",
            "unknown key quux; known are number, country, channel, sender, text, job_id, custom_id, promotional, "
            "product, nth, share",
        ),
        (6, "/rules/0/during/frm", "unknown key frm; did you mean from?"),
    ]


def test_faults_are_in_the_order_of_lines_and_the_error_says_the_first_and_how_many_more() -> None:
    document = load("rules:\n  - nam: x\n    outcome: sen\ndefaults:\n  jiter: 1s\n", "scenarios/x.yaml")

    with pytest.raises(BadDocument) as caught:
        check(document, SCENARIO)

    assert str(caught.value) == "scenarios/x.yaml:1: at the top level: lacks name (and 4 more)"
    assert caught.value.lines() == [
        "scenarios/x.yaml:1: at the top level: lacks name",
        "scenarios/x.yaml:2: at /rules/0/nam: unknown key nam; did you mean name?",
        "scenarios/x.yaml:2: at /rules/0: lacks name",
        "scenarios/x.yaml:3: at /rules/0/outcome: 'sen' is not one of seen, delivered, unreachable, undeliverable, "
        "expired, rejected, deleted, unknown; did you mean seen?",
        "scenarios/x.yaml:5: at /defaults/jiter: unknown key jiter; did you mean jitter?",
    ]


def test_a_number_where_a_text_belongs_wants_quotes() -> None:
    assert said_of("match: {number: 35699000001, country: [356]}\noutcome: seen") == [
        (
            4,
            "/rules/0/match/number",
            "35699000001 is a number where a text, a mapping or a list was expected; write it in quotes",
        ),
        (4, "/rules/0/match/country/0", "356 is a number where a text was expected; write it in quotes"),
    ]


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("x", "object", "'x' is a text where a mapping was expected"),
        ("x", ["array", "null"], "'x' is a text where a list or nothing was expected"),
        ("5", "object", "5 is a number where a mapping was expected"),
        ("true", "string", "true is a truth value where a text was expected; write it in quotes"),
        ("'5'", "integer", "'5' is a text where a whole number was expected; write it without quotes"),
        ("2.5", "integer", "2.5 is a number where a whole number was expected"),
        ("yes", "boolean", "'yes' is a text where true or false was expected"),
        ("[1]", "object", "this is a list where a mapping was expected"),
        ("{a: 1}", "number", "this is a mapping where a number was expected"),
        ("", "string", "nothing stands where a text was expected"),
    ],
)
def test_another_type_is_told_in_plain_words(text: str, expected: object, words: str) -> None:
    assert told(text, type=expected) == words


def test_a_name_that_is_not_on_the_list_is_told_with_the_list_and_the_nearest() -> None:
    assert told("viber", enum=["SMS", "VIBER"]) == "'viber' is not one of SMS, VIBER; did you mean VIBER?"
    assert told("fax", enum=["SMS", "VIBER", 1, None]) == "'fax' is not one of SMS, VIBER, 1, null"
    assert told("5", enum=[429, 500]) == "5 is not one of 429, 500"
    assert told("[a]", enum=["SMS"]) == "this is not one of SMS"


def test_a_key_that_is_not_on_the_list_of_names_is_told_like_an_unknown_one() -> None:
    assert said_of("channels:\n  SMS: seen\n  Viber: seen\n  FAX: seen") == [
        (6, "/rules/0/channels/Viber", "unknown key Viber; did you mean VIBER?"),
        (
            7,
            "/rules/0/channels/FAX",
            "unknown key FAX; known are SMS, IM, VIBER, WHATSAPP, TELEGRAM, RCS, MESSENGER",
        ),
    ]


def test_a_key_that_does_not_look_right_is_told_at_the_key() -> None:
    assert faults("name: x\nprices:\n  '': {SMS: 1}\n  0356: {SMS: 1}") == (
        Fault(line=4, pointer="/prices/0356", text="the key '0356' does not match ^([1-9][0-9]{0,6})?$"),
    )


def test_a_key_that_another_shuts_out_is_told_with_the_other() -> None:
    assert said_of("outcome:\n  after: 1s\n  steps: [{status: SEEN, after: 1s}]\nchannels: {SMS: seen}") == [
        (5, "/rules/0/outcome/after", "after cannot stand beside steps"),
        (7, "/rules/0/channels", "channels cannot stand beside outcome"),
    ]


def test_what_is_ruled_out_is_told_so() -> None:
    assert told("{a: 1}", properties={"a": False}) == "a cannot stand here"
    assert told("never", **{"not": {"const": "never"}}) == "'never' cannot stand here"
    assert told("[1]", prefixItems=[False]) == "1 cannot stand here"
    assert told("x", const="never") == "'never' was expected"


def test_one_of_some_keys_is_asked_for() -> None:
    assert faults("name: x\nrequests:\n  - name: y\n")[0] == Fault(
        line=3, pointer="/requests/0", text="needs one of status, latency, cut, slow_body, malformed"
    )


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("{}", "needs exactly one of exact, prefix, glob, contains, regex"),
        ("{prefix: '1', glob: '2'}", "needs exactly one of exact, prefix, glob, contains, regex"),
    ],
)
def test_exactly_one_of_some_keys_is_asked_for(number: str, words: str) -> None:
    assert said_of(f"match: {{number: {number}}}\noutcome: seen") == [(4, "/rules/0/match/number", words)]


def test_at_least_or_at_most_so_many_keys_are_asked_for() -> None:
    known = {"a": True, "b": True, "c": True}

    assert told("{}", properties=known, minProperties=1) == "needs at least one of a, b, c"
    assert told("{a: 1, b: 2, c: 3}", properties=known, maxProperties=2) == "needs at most 2 of a, b, c"
    assert told("{}", minProperties=1) == "this should be non-empty"


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (
            "outcome: {status: SEEN, after: 5 min}",
            '\'5 min\' is not a duration: "5m", "1h30m", "250ms" or a number of seconds',
        ),
        ("outcome: seen\nmatch: {country: '0356'}", "'0356' is not a country calling code"),
        ("outcome: seen\nmatch: {country: ['+1']}", "'+1' is not a country calling code"),
        (
            "outcome: seen\nduring: {from: 25:00}",
            "'25:00' is not a moment: On the account's clock: a duration since the scenario is in force (\"30s\"), "
            'an instant ("2026-01-01T00:00:00Z"), or a time of day in UTC ("22:00")',
        ),
    ],
    ids=["a duration", "a country", "one of several countries", "a moment"],
)
def test_a_text_that_does_not_look_right_is_told_what_would(field: str, words: str) -> None:
    """The title and description of the schema say it, also from around the rule that was broken."""
    assert [text for _, _, text in said_of(field)] == [words]


def test_a_pattern_without_a_noun_is_shown() -> None:
    assert told("Foo Bar", title="Its name", pattern="^[a-z]+$(?!\\n)") == "'Foo Bar' does not match ^[a-z]+$"


def test_the_noun_of_a_mapping_is_not_that_of_its_members() -> None:
    schema = {"title": "A rule", "properties": {"name": {"pattern": "^x"}}}

    assert told("name: y", **schema) == "'y' does not match ^x"


@pytest.mark.parametrize(
    ("text", "schema", "words"),
    [
        ("0", {"minimum": 1}, "0 is less than the minimum of 1"),
        ("''", {"minLength": 1}, "has 0 characters; at least 1 is needed"),
        ("y" * 500, {"maxLength": 100}, "has 500 characters; at most 100 are allowed"),
        ("9" * 4000, {"maximum": 1}, f"{'9' * 59}… is greater than the maximum of 1"),
        ("[1, 2, 3]", {"maxItems": 2}, "has 3 items; at most 2 are allowed"),
        ("[{a: 1}, 5, {a: 1}]", {"uniqueItems": True}, "the same stands here twice"),
        ("{a: 1}", {"dependentRequired": {"a": ["b"]}}, "'b' is a dependency of 'a'"),
        ("x", {"anyOf": [{"type": "null"}, False]}, "'x' is not valid under any of the given schemas"),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_any_other_fault_is_told_in_one_short_line(text: str, schema: dict[str, Any], words: str) -> None:
    assert told(text, **schema) == words


def test_what_is_shown_has_one_line_and_obeys_no_terminal() -> None:
    document = load('"a\\nb\\e[31m": "c\\n\\e[31m"', "x\ny")

    with pytest.raises(BadDocument) as caught:
        check(document, {"additionalProperties": False, "properties": {"d": {}}})

    assert caught.value.faults[0].pointer == "/a\nb\x1b[31m"
    assert str(caught.value) == r"x\ny:1: at /a\nb\x1b[31m: unknown key a\nb\x1b[31m; known are d"
    assert told('"c\\n\\e[31m"', enum=["d"]) == r"'c\n\x1b[31m' is not one of d"


def test_keys_that_a_pattern_allows_are_known() -> None:
    schema = {"patternProperties": {"^x-": {}}, "additionalProperties": False}

    assert [each.pointer for each in faults("x-a: 1\ny-a: 1", schema)] == ["/y-a"]


def test_a_rule_that_is_there_twice_tells_once() -> None:
    assert told("5", type="string", allOf=[{"type": "string"}])


def test_there_is_an_end_to_complaints() -> None:
    found = faults("name: x\n" + "".join(f"k{each}: 1\n" for each in range(20_000)))

    assert (len(found), found[0].line) == (MOST_FAULTS, 2)


def test_a_long_list_of_mappings_is_compared_quickly() -> None:
    """Each with each would be two hundred million comparisons."""
    check(load(f"[{','.join(f'{{a: {each}}}' for each in range(20_000))}]", "test.yaml"), {"uniqueItems": True})


def test_other_code_can_refuse_at_a_place() -> None:
    document: Document = load(LINES, "the body")

    error = refuse(document, "/rules/0/match/regex", "( is not closed")

    assert str(error) == "the body:6: at /rules/0/match/regex: ( is not closed"
    assert error.faults == (Fault(line=6, pointer="/rules/0/match/regex", text="( is not closed"),)
