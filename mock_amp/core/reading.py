"""What every request has in common on its way from a body to a document that the rules of its product can look at."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mock_amp.core.documents import MOST_DEPTH, Shape, Warnings, parse, too_deep
from mock_amp.core.duplicates import has_duplicates, warn_of_duplicates
from mock_amp.core.faults import Faults
from mock_amp.core.refusals import Refused, violation
from mock_amp.core.schemas import CompiledSchema, plain


class Reading(NamedTuple):
    """A document, tidied, with what is doubtful and what is wrong about it so far."""

    document: dict[str, Any]
    warnings: Warnings
    faults: Faults

    @property
    def understood(self) -> bool:
        """Whether every part has its right type, so that rules across fields can look at it (H-9)."""
        return 400 not in self.faults.total


class Reader:
    """Reads the bodies of one schema, nested up to `depth` levels. `strict`: a warning is as bad as a fault."""

    def __init__(self, schema: Mapping[str, Any], *, strict: bool, depth: int = MOST_DEPTH) -> None:
        self._depth = depth
        self._schema, self._plain = CompiledSchema(schema), CompiledSchema(plain(schema))
        self._shape, self._strict = Shape(schema, schema), strict

    def read(self, body: bytes) -> Reading | Refused:
        """The document in a body with the faults that its schema sees, or the refusal of what is no document."""
        document = parse(body)
        if isinstance(document, Refused):
            return document
        return self.look(body, document, follows=self.follows(document))

    def follows(self, document: dict[str, Any]) -> bool:
        """Whether a document follows the `plain` schema, so that nothing but a fraction may be to be put right."""
        return self._plain.holds(document)

    def look(self, body: bytes, document: dict[str, Any], *, follows: bool) -> Reading | Refused:
        """The same of a document that was parsed; `follows` is what the method says of it, as it says of most."""
        warnings, faults = Warnings(), Faults()
        if follows:
            keys = self._shape.keys_of(document)
            if keys is not None and not has_duplicates(body, keys):
                return Reading(document, warnings, faults)
        if refused := too_deep(body, document, self._depth):
            return refused
        warn_of_duplicates(body, document, warnings)
        document = self._shape.tidy(document, warnings)
        for found in self._schema.violations(document):
            faults.add(found)
        return Reading(document, warnings, faults)

    def close(self, reading: Reading) -> None:
        """Ends the rules' look at a document: where warnings are not allowed, they are faults too."""
        if self._strict and reading.warnings.total:
            for warned in reading.warnings.first:
                reading.faults.add(violation("warned", warned.pointer, None, warned.rule, text=warned.text))
            reading.faults.total[400] += reading.warnings.total - len(reading.warnings.first)
