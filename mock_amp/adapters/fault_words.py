"""What is wrong with a document, in words for a person: a fault of jsonschema as a line that says what is right."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import reduce
from json import dumps
from operator import getitem
from typing import Any, Final

from mock_amp.core.documents import escape

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def words_of(error: Any, value: Any, root: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """JSON Pointers and what is wrong there, by a ValidationError."""
    found, wanted, at = error.instance, error.validator_value, error.absolute_path
    if isinstance(found, str) and isinstance(reduce(getitem, at, value), dict):  # of propertyNames
        text = _unknown(found, wanted) if error.validator == "enum" else f"the key {_words(error, root)}"
        yield pointer_of(*at, found), text
    elif error.validator == "additionalProperties":
        known, patterns = error.schema.get("properties", ()), error.schema.get("patternProperties", ())
        unknown = (each for each in found if each not in known and not any(re.search(one, each) for one in patterns))
        yield from ((pointer_of(*at, each), _unknown(each, known)) for each in unknown)
    elif error.validator == "required":
        yield from ((pointer_of(*at), f"lacks {each}") for each in wanted if each not in found)
    else:
        yield pointer_of(*at), _words(error, root)


def _words(error: Any, root: Mapping[str, Any]) -> str:
    found, wanted, rules = error.instance, error.validator_value, list(error.absolute_schema_path)
    match error.validator:
        case "properties":  # of a key whose schema is `false`
            beside = f"beside {rules[rules.index('dependentSchemas') + 1]}" if "dependentSchemas" in rules else "here"
            return f"{error.absolute_path[-1]} cannot stand {beside}"
        case None | "not":
            return f"{_shown(found)} cannot stand here"
        case "type":
            return _other_type(found, [wanted] if isinstance(wanted, str) else wanted)
        case "enum":
            return f"{_shown(found)} is not one of {_listed(wanted)}{_nearest(found, wanted)}"
        case "anyOf" if all(isinstance(each, dict) and each.keys() == {"required"} for each in wanted):
            return f"needs one of {', '.join(' and '.join(each['required']) for each in wanted)}"
        case "minProperties" | "maxProperties" as bound if known := error.schema.get("properties"):
            is_exact = error.schema.get("minProperties") == error.schema.get("maxProperties")
            how = "exactly" if is_exact else "at least" if bound == "minProperties" else "at most"
            return f"needs {how} {'one' if wanted == 1 else wanted} of {_listed(known)}"
        case "minItems" | "minLength" as bound:
            what = "items" if bound == "minItems" else "characters"
            return f"has {len(found)} {what}; at least {wanted} {'is' if wanted == 1 else 'are'} needed"
        case "maxItems" | "maxLength" as bound:
            what = "items" if bound == "maxItems" else "characters"
            return f"has {len(found):,} {what}; at most {wanted:,} are allowed"
        case "pattern":
            meant = _meant(rules, root) or f"does not match {wanted}".replace(r"(?!\n)", "")
            return f"{_shown(found)} {meant}"
        case _:
            return plain(error.message.replace(repr(found), _shown(found), 1), 200)


def _other_type(found: object, wanted: list[str]) -> str:
    hint = ""
    if "string" in wanted and isinstance(found, bool | int | float):
        hint = "; write it in quotes"
    elif isinstance(found, str) and _NUMBER.fullmatch(found) and {"number", "integer"} & {*wanted}:
        hint = "; write it without quotes"
    *others, last = (_TYPES[each] for each in wanted)
    expected = f"{', '.join(others)} or {last}" if others else last
    what = "nothing stands" if found is None else f"{_shown(found)} is {_TYPES[type(found)]}"
    return f"{what} where {expected} was expected{hint}"


def _meant(rules: Iterable[str | int], root: Any) -> str:
    """What a value ought to be: the innermost schema on the way to a rule whose title is a noun with its article."""
    here, meant, before = root, "", ""
    for word in rules:
        while word not in here and "$ref" in here:
            here = reduce(getitem, here["$ref"].removeprefix("#/").split("/"), root)
            meant = _noun(here) or meant
        here = here[word]
        meant, before = _noun(here) or ("" if before == "properties" else meant), str(word)
    return meant


def _noun(schema: Any) -> str:
    if not isinstance(schema, Mapping) or not str(schema.get("title")).startswith(("A ", "An ")):
        return ""
    told = f": {schema['description']}".rstrip(".") if "description" in schema else ""
    return f"is not a{schema['title'][1:]}{told}"


def _unknown(key: str, known: Iterable[str]) -> str:
    hint = _nearest(key, known) or (f"; known are {_listed(known)}" if known else "")
    return f"unknown key {plain(key) or _shown(key)}{hint}"


def _nearest(word: object, known: Iterable[object]) -> str:
    by_letters = {each.casefold(): each for each in known if isinstance(each, str)}
    near = get_close_matches(word[:60].casefold(), by_letters, n=1) if isinstance(word, str) else ()
    return f"; did you mean {by_letters[near[0]]}?" if near else ""


def _listed(values: Iterable[object]) -> str:
    return ", ".join(each if isinstance(each, str) else dumps(each) for each in values)


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "this"
    return f"'{plain(value, 58)}'" if isinstance(value, str) else plain(dumps(value))


def plain(text: str, most: int = 60) -> str:
    """A text of one line, shortened, with what a terminal would obey made visible."""
    told = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text[: most + 1])
    return told if len(told) <= most else f"{told[: most - 1]}…"


def pointer_of(*tokens: object) -> str:
    return "".join(f"/{escape(str(each))}" for each in tokens)


_TYPES: Final[Mapping[str | type, str]] = {
    **dict.fromkeys(("string", str), "a text"),
    **dict.fromkeys(("object", dict), "a mapping"),
    **dict.fromkeys(("array", list), "a list"),
    **dict.fromkeys(("number", int, float), "a number"),
    "integer": "a whole number",
    "boolean": "true or false",
    bool: "a truth value",
    "null": "nothing",
}
