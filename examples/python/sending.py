"""Sends one reminder to one guest by Viber, and by SMS where Viber does not reach."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

TRIES = 4
LONGEST_PAUSE = 30
"""Seconds; whoever posts a reminder waits for us meanwhile."""

TEXT = "{#NAME}, table {#TABLE} at Harbour Café is yours at {#AT}. "


class Refused(Exception):
    """The service understood, and will not send this: the reason is for the caller."""


class Unavailable(Exception):
    """Nothing was sent: another time may do."""


class Lost(Exception):
    """Nobody knows whether it was taken. A report will tell if it was."""


@dataclass(frozen=True)
class Sender:
    """Where the service is and where it reaches us. `pause` takes seconds; a test that moves a clock gives its own."""

    amp_url: str
    token: str
    public_url: str
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def send(self, session: aiohttp.ClientSession, reminder: Mapping[str, Any]) -> str:
        """The message id. Raises Refused, Unavailable, Lost."""
        body = self._request(reminder)
        for attempt in range(TRIES):
            status, document, retry_after = await self._post(session, body)
            if status == 200:
                [result] = document["results"].values()
                return str(result["message_id"])
            reason = document.get("result_info", {}).get("description", f"The service answered {status}")
            if status in (400, 403):
                raise Refused(reason)
            # 429 and 503 say that nothing was taken: a second try cannot remind a guest twice. No other answer does.
            if status not in (429, 503):
                raise Unavailable(reason) if status < 500 else Lost(reason)
            if attempt + 1 < TRIES:
                await self.pause(min(retry_after or 2**attempt, LONGEST_PAUSE))
        raise Unavailable(reason)

    def _request(self, reminder: Mapping[str, Any]) -> dict[str, Any]:
        # The guest's words travel as params: they are filled in once, and cannot be taken for placeholders.
        params = {"NAME": reminder["name"], "TABLE": reminder["table"], "AT": reminder["at"]}
        return {
            # Reports and replies come back with the job id. They may overtake the answer to the send, which has the
            # message id, so that our own id is the one to know them by.
            "job_id": reminder["id"],
            "destinations": [{"number": reminder["phone"], "params": params}],
            "message_plan": "FEATURE_RICH",  # our order, not the cheapest first: Viber can be answered, SMS cannot
            "im_content": [
                {
                    "channel": "VIBER",
                    "content": TEXT + "Will you come? Reply YES or NO.",
                    "ttl": 1800,  # half an hour unread in a drawer, and the SMS goes
                }
            ],
            "sms_content": {
                "message": TEXT + "Call 2122 0042 if you cannot come.",
                "encoding": "UCS2",  # GSM7 would show 東京 as ??, and guests have names in every script
            },
            "callback_url": f"{self.public_url}/amp/reports",
            "reply_url": f"{self.public_url}/amp/replies",
        }

    async def _post(self, session: aiohttp.ClientSession, body: Mapping[str, Any]) -> tuple[int, Any, int]:
        """The status, the document, and after how many seconds to try again."""
        headers = {"Authorization": f"Token {self.token}"}
        try:
            async with session.post(f"{self.amp_url}/1/im", json=body, headers=headers) as answer:
                wait = answer.headers.get("Retry-After", "")
                text = await answer.text()
                return answer.status, _document(answer.status, text), int(wait) if wait.isdigit() else 0
        except aiohttp.ClientConnectorError as error:
            return 503, {"result_info": {"description": str(error)}}, 0  # it never got there
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Lost(f"No answer: {error or 'it took too long'}") from error


def _document(status: int, text: str) -> Any:
    """A refusal has JSON too; a proxy on the way may answer a page instead."""
    try:
        return json.loads(text)
    except ValueError:
        if status == 200:
            raise
        return {}
