"""Made-up traffic: what the applications of a few companies might send. The same seed makes the same requests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from faker import Faker

_PLACES: Final = (
    ("356", "en_GB"),
    ("49", "de_DE"),
    ("33", "fr_FR"),
    ("34", "es_ES"),
    ("39", "it_IT"),
    ("46", "sv_SE"),
    ("385", "hr_HR"),
    ("30", "el_GR"),
)
"""Calling codes, and the names that people there have."""

_SENDERS: Final = ("Harbour", "CityBank", "Parcels", "DrMeyer", "NightBus")
_NETWORKS: Final = ("VIBER", "WHATSAPP", "TELEGRAM", "RCS", "MESSENGER")
_WRONG_TOKEN: Final = "no-such-token-of-a-demo"  # noqa: S105 - what nobody has
_TEXTS: Final = (
    "{{#NAME}}, your table for {count} is ready.",
    "Hello {{#NAME}}, your parcel comes {day} between {hour}:00 and {later}:00.",
    "{{#NAME}}, please remember your appointment {day} at {hour}:30.",
    "Dear {{#NAME}}, your bill of EUR {count}{hour}.00 is paid. Thank you.",
    "{{#NAME}}: the bus at {hour}:15 is {count}0 minutes late. Sorry.",
)
_DAYS: Final = ("today", "tomorrow", "on Monday", "on Friday")
_KINDS: Final = ("im with sms", "im", "sms", "sms gateway", "cheapest", "two-factor code", "refused")
_WEIGHTS: Final = (36, 16, 14, 8, 12, 6, 8)
_MOST_AT_ONCE: Final = 4
_MAGIC: Final = 22
"""Of a hundred numbers so many are magic ones (docs/scenarios.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One request: `messages` says how many it sends, when it is taken; `token` is there when it is a wrong one."""

    kind: str
    path: str
    body: Mapping[str, Any]
    messages: int
    token: str | None = None


class Traffic:
    """Makes requests, and the replies of people, by a seed."""

    def __init__(self, seed: int, callback_url: str | None = None) -> None:
        self._dice = _faker("en_GB", seed)
        self._people = [(code, _faker(locale, seed + at)) for at, (code, locale) in enumerate(_PLACES)]
        self._callback_url = callback_url
        self._made = 0

    def requests(self, messages: int) -> Iterator[Made]:
        """Requests that send so many messages in all, those that are refused besides."""
        while messages > 0:
            made = self._request(messages)
            messages -= made.messages
            yield made

    def reply(self) -> str:
        """What somebody answers."""
        said, end = self._one(("Yes, please", "No, thanks", "On my way", "Who is this?")), self._one((".", "!", " 👍"))
        return f"{said}{end}"

    def _request(self, most: int) -> Made:
        self._made += 1
        kind = self._dice.random.choices(_KINDS, _WEIGHTS)[0]
        if kind == "refused":
            return self._refused()
        if kind == "two-factor code":
            body = {"client_ref": f"login-{self._made}", "phone_number": self._number()[0]}
            return Made(kind=kind, path="/1/2fa", body=body | self._given(reply=False), messages=1)
        count = self._dice.random_int(1, min(_MOST_AT_ONCE, most))
        body = self._head(count) | self._contents(kind, self._text())
        if kind == "sms gateway":
            body.pop("reply_url", None)
            return Made(kind=kind, path="/1/sms", body=body, messages=count)
        return Made(kind=kind, path="/1/im", body=body, messages=count)

    def _refused(self) -> Made:
        """What an application gets wrong: its token, a number, a sender, what it says."""
        body = self._head(1) | {"sms_content": {"message": self._text()}}
        token = None
        match self._dice.random_int(0, 3):
            case 0:
                token = _WRONG_TOKEN
            case 1:
                body["destinations"] = [{"number": "0" + self._number()[0]}]
            case 2:
                body["sms_content"] = {"message": "Hello", "sender_id": "A sender that is too long"}
            case _:
                del body["sms_content"]
        return Made(kind="refused", path="/1/im", body=body, messages=0, token=token)

    def _contents(self, kind: str, text: str) -> dict[str, Any]:
        sender = self._one(_SENDERS)
        sms = {"sms_content": {"message": text, "sender_id": sender}}
        first, second = self._dice.random_elements(_NETWORKS, length=2, unique=True)
        item = {"channel": first, "content": text, "sender_id": sender}
        if self._dice.random_int(0, 2) == 0:
            url = f"https://{sender.lower()}.example/{self._dice.slug()}"
            item |= {"actions": [{"title": "Show me", "target_url": url}], "track_clicks": True}
        match kind:
            case "im with sms":
                plan = {"message_plan": "LOW_COST"} if self._dice.random_int(0, 4) == 0 else {}
                return {"im_content": [item]} | sms | plan
            case "im":
                return {"im_content": [item, {"channel": second, "content": text, "sender_id": sender}]}
            case "cheapest":
                return {"message": {"texts": [{"text": text}]}}
            case _:
                return sms

    def _head(self, count: int) -> dict[str, Any]:
        people: dict[str, str] = {}
        while len(people) < count:
            number, name = self._number()
            people.setdefault(number, name)
        destinations = [
            {"number": number, "custom_id": f"guest-{self._made}-{at}", "params": {"NAME": name}}
            for at, (number, name) in enumerate(people.items(), start=1)
        ]
        return {"job_id": f"demo-{self._made}", "destinations": destinations} | self._given(reply=True)

    def _given(self, *, reply: bool) -> dict[str, str]:
        if not self._callback_url:
            return {}
        return {"callback_url": self._callback_url} | ({"reply_url": self._callback_url} if reply else {})

    def _number(self) -> tuple[str, str]:
        """A number, and who has it."""
        code, people = self._one(self._people)
        if self._dice.random_int(1, 100) <= _MAGIC:
            return f"999{self._dice.numerify('######')}{self._dice.random_int(1, 10):02}", people.first_name()
        return f"{code}{self._dice.numerify('########')}", people.first_name()

    def _text(self) -> str:
        hour = self._dice.random_int(8, 18)
        count = self._dice.random_int(2, 9)
        text: str = self._one(_TEXTS)
        return text.format(count=count, hour=hour, later=hour + 2, day=self._one(_DAYS))

    def _one(self, choices: Any) -> Any:
        return choices[self._dice.random_int(0, len(choices) - 1)]


def _faker(locale: str, seed: int) -> Faker:
    made = Faker(locale)
    made.seed_instance(seed)
    return made
