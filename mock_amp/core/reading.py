"""What every request has in common on its way from a body to a document that the rules of its product can look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_amp.core.documents import Shape, Warnings, decode
from mock_amp.core.duplicates import warn_of_duplicates
from mock_amp.core.faults import Faults
from mock_amp.core.refusals import Refused, violation
from mock_amp.core.schemas import CompiledSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A document, tidied, with what is doubtful and what is wrong about it so far."""

    document: dict[str, Any]
    warnings: Warnings
    faults: Faults

    @property
    def understood(self) -> bool:
        """Whether every part has its right type, so that rules across fields can look at it (H-9)."""
        return 400 not in self.faults.total


class Reader:
    """Reads the bodies of one schema. `strict`: a warning is as bad as a fault."""

    def __init__(self, schema: Mapping[str, Any], *, strict: bool) -> None:
        self._schema, self._shape, self._strict = CompiledSchema(schema), Shape(schema, schema), strict

    def read(self, body: bytes) -> Reading | Refused:
        """The document in a body with the faults that its schema sees, or the refusal of what is no document."""
        document = decode(body)
        if isinstance(document, Refused):
            return document
        warnings, faults = Warnings(), Faults()
        warn_of_duplicates(body, document, warnings)
        document = self._shape.tidy(document, warnings)
        for found in self._schema.violations(document):
            faults.add(found)
        return Reading(document=document, warnings=warnings, faults=faults)

    def close(self, reading: Reading) -> None:
        """Ends the rules' look at a document: where warnings are not allowed, they are faults too."""
        if self._strict and reading.warnings.total:
            for warned in reading.warnings.first:
                reading.faults.add(violation("warned", warned.pointer, None, warned.rule, text=warned.text))
            reading.faults.total[400] += reading.warnings.total - len(reading.warnings.first)
