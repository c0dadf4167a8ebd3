"""What a request for a two-factor code is allowed to say, and the SMS that it comes to (F-1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mock_amp.core import templates
from mock_amp.core.codes import CodeType, code_type, draw
from mock_amp.core.content_rules import check_sender
from mock_amp.core.destination_rules import check_sms
from mock_amp.core.documents import MOST_DEPTH, Warnings
from mock_amp.core.faults import Faults
from mock_amp.core.model import Destination, Token
from mock_amp.core.reading import Reader
from mock_amp.core.refusals import Refused, Warned, violation
from mock_amp.core.routing import offers
from mock_amp.core.validation import Understood
from mock_amp.core.wire import read_content

_PLACEHOLDER: Final = "TFA_CODE"
_OBJECT: Final = "TwoFactorRequest"
_TEMPLATE: Final = "Your authentication code is: {#TFA_CODE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRequest:
    """A request for a code without a fault. `length` in characters."""

    client_ref: str
    number: str
    kind: CodeType
    length: int
    case_sensitive: bool
    template: str
    sender_id: str | None
    callback_url: str | None
    warnings: tuple[Warned, ...]

    def draw(self, seed: int, number: int) -> str:
        """The code that an account's seed gives this request, when it is the one of that number."""
        return draw(seed, number, self.kind, self.length, case_sensitive=self.case_sensitive)

    def said(self, code: str, token: Token) -> Understood:
        """The SMS with its code, as a request of `/1/sms` would say it; its custom_id is the client_ref (C-10)."""
        sms = {"message": templates.fill(self.template, {_PLACEHOLDER: code}), "sender_id": self.sender_id}
        document = {"sms_content": sms, "callback_url": self.callback_url}
        content = read_content(document)
        return Understood(
            document=document,
            content=content,
            destinations=(Destination(self.number, self.client_ref, None),),
            offers=offers(content, token),
            warnings=self.warnings,
        )


class CodeRules:
    """The rules of `POST /1/2fa`, held against the body of one request at a time. Strict: a warning is a refusal."""

    def __init__(self, schema: Mapping[str, Any], *, strict: bool = False, depth: int = MOST_DEPTH) -> None:
        self._reader = Reader(schema, strict=strict, depth=depth)

    def judge(self, body: bytes, token: Token) -> CodeRequest | Refused:
        """What a body asks for, or every reason why it is refused (H-9, H-10)."""
        reading = self._reader.read(body)
        if isinstance(reading, Refused):
            return reading
        if reading.understood:
            check_sender(reading.document, "", _OBJECT, "M-9", token, reading.faults)
            _check_template(reading.document, reading.faults, reading.warnings)
        self._reader.close(reading)
        if reading.faults.kept:
            return reading.faults.refusal(None, reading.warnings.told)
        return _read(reading.document, reading.warnings)


def _check_template(document: Mapping[str, Any], faults: Faults, warnings: Warnings) -> None:
    """The text has a place for the code, and room: all that a code is made of takes one character (M-3)."""
    template, pointer = document.get("message_template", _TEMPLATE), "/message_template"
    if template and _PLACEHOLDER not in templates.keys_of(template):
        facts = {"object": _OBJECT, "field": "message_template", "limit": f"{{#{_PLACEHOLDER}}}"}
        faults.add(violation("code_missing", pointer, template, None, **facts))
    if not faults.kept:
        text = templates.fill(template, {_PLACEHOLDER: "0" * document.get("code_length", 6)})
        check_sms(pointer, "GSM7", 0, faults, warnings, text, document["phone_number"])


def _read(document: Mapping[str, Any], warnings: Warnings) -> CodeRequest:
    return CodeRequest(
        client_ref=document["client_ref"],
        number=document["phone_number"],
        kind=code_type(document.get("code_type")),
        length=document.get("code_length", 6),
        case_sensitive=document.get("case_sensitive", False),
        template=document.get("message_template", _TEMPLATE),
        sender_id=document.get("sender_id"),
        callback_url=document.get("callback_url"),
        warnings=warnings.told,
    )
