"""What became of a request, as the client and the request journal tell it, in one value to compare."""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from tests.harness import NUMBER, Amp, Answer

UUID4: Final = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SMS: Final = {"message": "Hello"}
VIBER: Final = {"channel": "VIBER", "content": "Hello"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """HTTP status and rule: as the answer says, and as the journal says."""

    answer: tuple[int, str | None]
    journal: tuple[int, str | None]


def refused(status: int, rule: str | None) -> Verdict:
    return Verdict(answer=(status, rule), journal=(status, rule))


ACCEPTED: Final = refused(200, None)


async def verdict(amp: Amp, answer: Answer) -> Verdict:
    """The verdict on a request that stands in the journal of this account."""
    line = await journalled(amp, answer)
    return Verdict(
        answer=(answer.status, answer.headers.get("X-Mock-Amp-Rule")), journal=(line["status"], line["rule"])
    )


async def journalled(amp: Amp, answer: Answer) -> Any:
    """The line of the request journal that an answer names."""
    found = await amp.admin("GET", f"/requests/{answer.headers['X-Mock-Amp-Request']}")
    assert found.status == 200, found.body
    return found.body


async def send(amp: Amp, **changes: Any) -> Answer:
    """Sends a good SMS with keys of the outer level changed; those set to `LEFT_OUT` are not sent."""
    document = {"destinations": [{"number": NUMBER}], "sms_content": SMS, **changes}
    body = json.dumps({key: value for key, value in document.items() if value is not LEFT_OUT}).encode()
    headers = {"Authorization": f"Token {amp.token}", "Content-Type": "application/json"}
    return await amp.call("POST", "/1/im", data=BytesIO(body), headers=headers)


async def filled(amp: Amp, message: str, params: str) -> str:
    """The text that an SMS has once these params, JSON as they stand, are filled in."""
    section = json.dumps({"message": message})
    body = f'{{"destinations":[{{"number":"{NUMBER}","params":{params}}}],"sms_content":{section}}}'
    answer = await amp.send(body.encode())
    assert answer.status == 200, answer.body
    (told,) = await amp.messages()
    return str(told["text"])


class _LeftOut:
    def __repr__(self) -> str:
        return "left out"  # the same in each worker: it is in the names of tests


LEFT_OUT: Final = _LeftOut()
