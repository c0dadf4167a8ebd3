"""Lives of accounts, made up by hypothesis: after each step the server shows what the model says, exactly."""
# ruff: noqa: FBT001 - hypothesis hands a rule its values by name

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.stateful.home import Answer, Home
from tests.stateful.model import CODES, SMS, Account, Job, Message, Post, instant, shown

START: Final = "2026-01-01T00:00:00.000000Z"
DELIVERED: Final = ("DELIVRD", "SEEN")
GOOD: Final = ("35699000001", "35699000002", "4479460001", "35699000007")
NUMBERS: Final = (*(f"999000000{last:02}" for last in range(1, 12)), *GOOD)
SPANS: Final[Mapping[str | float, int]] = {
    "200ms": 200_000, "800ms": 800_000, "1s": 1_000_000, 1.5: 1_500_000, "5s": 5_000_000, "1m": 60_000_000,
    "299s": 299_000_000, "5m": 300_000_000, "10m": 600_000_000, "25h": 90_000_000_000,
}  # fmt: skip
RECEIVERS: Final = ("one", "two", "three")
BAD: Final[Mapping[str, tuple[Any, int, str]]] = {
    "no number": ({"destinations": [{"number": "avc"}], "sms_content": {"message": "x"}}, 403, "D-1"),
    "a number twice": ({"destinations": [{"number": "35699000001"}] * 2, "sms_content": {"message": "x"}}, 403, "D-2"),
    "nobody": ({"destinations": [], "sms_content": {"message": "x"}}, 403, "O-1"),
    "nothing to say": ({"destinations": [{"number": "35699000001"}]}, 400, "O-3"),
    "too long a ttl": (
        {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x", "ttl": 172_801}}, 403, "M-12",
    ),
    "no such route": (
        {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x", "route": "Z9"}}, 403, "M-10",
    ),
    "an object": ({"destinations": [{"number": "35699000001"}], "im_content": {"content": "x"}}, 400, "O-4"),
    "no URL": (
        {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x"}, "callback_url": "x"}, 403, "O-6",
    ),
    "no JSON": (b"{", 400, "H-9"),
    "no text": (b"\xff", 400, "H-9"),
}  # fmt: skip


@dataclass(slots=True)
class Held:
    """An account of the server, and what it has to be like."""

    id: str
    token: str
    model: Account
    others: list[str] = field(default_factory=list)
    """Further tokens."""
    gone: list[str] = field(default_factory=list)


class Machine(RuleBasedStateMachine):
    """One life of some accounts on a server that lives on."""

    home: ClassVar[Home]
    steps: ClassVar[int] = 0
    """Of all lives so far."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Held] = []
        self.touched: Held | None = None
        self.awaited = 0
        """Posts that receivers have to get by the end of this step."""

    # what begins and ends a life

    @initialize()
    def begin(self) -> None:
        self.home.answers.update({self.home.receiver(name): 200 for name in RECEIVERS})
        self.bystander = self._open(7)
        self._send(self.bystander, GOOD[:1], ims=("VIBER",), sms=True, receiver="one", low_cost=False, product="im")
        self.looked = self._looks(self.bystander)
        self._open(11)

    def teardown(self) -> None:
        for each in self.held:
            self._agree(each)
        if self.held:
            assert self._looks(self.bystander) == self.looked, "an account that nobody touched is another"
        for each in self.held:
            assert self._call("DELETE", f"/accounts/{each.id}").status == 204

    # what applications do

    @rule(
        which=st.integers(0, 9),
        numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=5, unique=True),
        ims=st.sampled_from([(), (), ("VIBER",), ("VIBER", "WHATSAPP"), ("WHATSAPP", "RCS")]),
        sms=st.booleans(),
        low_cost=st.booleans(),
        receiver=st.sampled_from([None, *RECEIVERS]),
        product=st.sampled_from(["im", "im", "im", "sms"]),
    )
    def send(self, which: int, numbers: list[str], sms: bool, receiver: str | None, **how: Any) -> None:
        ims = () if how["product"] == "sms" else how["ims"]
        how |= {"ims": ims, "sms": sms or not ims, "receiver": receiver}
        self._send(self._one(which), numbers, **how)

    @rule(which=st.integers(0, 9), name=st.sampled_from(sorted(BAD)))
    def send_what_is_refused(self, which: int, name: str) -> None:
        held, (body, status, wanted) = self._one(which), BAD[name]
        answer = self.home.call("POST", "/1/im", body, held.token)
        assert (answer.status, answer.body["results"]) == (status, {}), answer.body
        assert answer.body["result_info"]["status_code"] == status
        held.model.journal.append((status, wanted))

    @rule(which=st.integers(0, 9), at=st.integers(0, 99))
    def ask_for_a_status(self, which: int, at: int) -> None:
        held = self._one(which)
        message = held.model.messages[at % len(held.model.messages)] if held.model.messages else None
        answer = self.home.call("GET", f"/1/im/status/{message.id if message else '1' * 20}", None, held.token)
        held.model.journal.append((200, None) if message else (404, "G-4"))
        if message is None:
            assert answer.status == 404
            return
        (item,) = answer.body["data"]
        when, channel, status, code = message.now
        assert [item[key] for key in ("type", "status", "to", "error_code")] == [channel, status, message.to, code]
        assert (item["timestamp"], item["micro_timestamp"]) == (when // 1_000_000, when // 1_000)
        assert (item["message_id"], item["client_message_id"]) == (message.id, message.custom_id)

    @rule(which=st.integers(0, 9))
    def use_a_token_that_is_none_any_more(self, which: int) -> None:
        held = self._one(which)
        if not held.others:
            answer = self._call("POST", f"/accounts/{held.id}/tokens", {"name": "further"})
            assert answer.status == 201
            held.others.append(answer.body["token"])
            return
        token = held.others.pop()
        assert self._call("PATCH", f"/accounts/{held.id}/tokens/{token}", {"networks": ["10.0.0.0/8"]}).status == 200
        assert self.home.call("GET", "/1/im/status/1", None, token).status == 401
        held.model.journal.append((401, "A-3"))
        rate = {"networks": [], "rate": {"requests": 2, "per": "1m"}}
        assert self._call("PATCH", f"/accounts/{held.id}/tokens/{token}", rate).status == 200
        for status, wanted in ((404, "G-4"), (404, "G-4"), (429, "H-7")):
            assert self.home.call("GET", "/1/im/status/1", None, token).status == status
            held.model.journal.append((status, wanted))
        assert self._call("DELETE", f"/accounts/{held.id}/tokens/{token}").status == 204
        for gone in (*held.gone, token):
            assert self.home.call("GET", "/1/im/status/1", None, gone).status == 401
        held.gone.append(token)

    # what time does

    @rule(which=st.integers(0, 9), by=st.sampled_from(list(SPANS)))
    def advance_by(self, which: int, by: str | float) -> None:
        held = self._one(which)
        self._advance(held, {"by": by}, held.model.now + SPANS[by])

    @rule(which=st.integers(0, 9), later=st.integers(0, 400_000_000))
    def advance_to(self, which: int, later: int) -> None:
        held = self._one(which)
        self._advance(held, {"to": shown(held.model.now + later)}, held.model.now + later)
        past = self._call("POST", f"/accounts/{held.id}/clock/advance", {"to": shown(held.model.now - 1)})
        assert past.status == 409

    @rule(which=st.integers(0, 9))
    def advance_until_next(self, which: int) -> None:
        held = self._one(which)
        self._advance(held, {"until": "next"}, held.model.next_at or held.model.now)

    @rule(which=st.integers(0, 9))
    def advance_until_idle(self, which: int) -> None:
        held = self._one(which)
        self._count_posts(held, held.model.idle)
        answer = self._call("POST", f"/accounts/{held.id}/clock/advance", {"until": "idle"})
        assert (answer.status, answer.body["now"]) == (200, shown(held.model.now))

    # what networks, handsets and receivers do

    @rule(name=st.sampled_from(RECEIVERS), status=st.sampled_from([200, 200, 500, 204, 302, None]))
    def receiver_answers(self, name: str, status: int | None) -> None:
        self.home.answers[self.home.receiver(name)] = status

    @rule(which=st.integers(0, 9), at=st.integers(0, 99), text=st.sampled_from([None, "Yes", "\u017divjo \U0001f600"]))
    def reply(self, which: int, at: int, text: str | None) -> None:
        held = self._one(which)
        for message in held.model.messages[at % max(1, len(held.model.messages)) :][:1]:
            legal = message.now[2] in DELIVERED and message.now[1] != SMS and held.model.jobs[message.job].reply_url
            if legal:
                self._count_posts(held, lambda message=message: held.model.reply(message, text))  # type: ignore[misc]
            said = {"text": text} if text else {}
            answer = self._call("POST", f"/accounts/{held.id}/messages/{message.id}/reply", said)
            assert answer.status == (201 if legal else 409), answer.body
            self._settle(held)

    @rule(which=st.integers(0, 9), at=st.integers(0, 99), status=st.sampled_from([*CODES, "DELIVRD", "SEEN"]))
    def force(self, which: int, at: int, status: str) -> None:
        held = self._one(which)
        usual = [each for each in held.model.messages if each.outcome != "07" and each.now[1] != "INTERNAL"]
        for message in usual[at % max(1, len(usual)) :][:1]:
            _, channel, now, _ = message.now
            legal = (now, status) == ("DELIVRD", "SEEN") and channel != SMS
            legal = legal or (now == "ACCEPTD" and status != "SEEN")
            if now in ("UNDELIV", "REJECTD", "EXPIRED") and message.ahead:
                continue  # the next channel has begun and said nothing yet: a failure would be its own
            if legal:
                self._count_posts(held, lambda message=message: held.model.force(message, status))  # type: ignore[misc]
            wish = {"status": status, "channel": channel}
            answer = self._call("POST", f"/accounts/{held.id}/messages/{message.id}/status", wish)
            assert answer.status == (200 if legal else 409), (answer.body, message, status)
            self._settle(held)

    @rule(which=st.integers(0, 9), at=st.integers(0, 99))
    def resend(self, which: int, at: int) -> None:
        held = self._one(which)
        items = self._list(held, "callbacks")
        for item in items[at % max(1, len(items)) :][:1]:
            (post,) = [each for each in held.model.posts if _told(each) == _got(item)][:1]
            self._count_posts(held, lambda post=post: held.model.resend(post))  # type: ignore[misc]
            assert self._call("POST", f"/accounts/{held.id}/callbacks/{item['id']}/resend").status == 202
            self._settle(held)

    # what tests do with accounts

    @precondition(lambda self: len(self.held) < 4)
    @rule(seed=st.integers(0, 2**53 - 1))
    def open(self, seed: int) -> None:
        self._open(seed)

    @rule(which=st.integers(0, 9))
    def reset(self, which: int) -> None:
        held = self._one(which)
        assert self._call("POST", f"/accounts/{held.id}/reset").status == 200
        held.model = held.model.fresh()

    @precondition(lambda self: len(self.held) > 2)
    @rule(source=st.integers(0, 9), which=st.integers(0, 9))
    def take_over(self, source: int, which: int) -> None:
        here, there = self._one(source), self._one(which)
        document = self._call("GET", f"/accounts/{here.id}/snapshot").raw
        assert self._call("PUT", f"/accounts/{there.id}/snapshot", document).status == 200
        there.model = here.model.copied(there.model.start)
        assert self._call("GET", f"/accounts/{there.id}/snapshot").raw == document

    @rule(which=st.integers(0, 9), magic=st.booleans())
    def play(self, which: int, magic: bool) -> None:
        held, name = self._one(which), "magic-numbers" if magic else "all-good"
        assert self._call("PUT", f"/accounts/{held.id}/scenario", {"name": name}).status == 200
        held.model.magic = magic

    @rule(lost=st.booleans(), often=st.integers(0, 3))
    def restart(self, lost: bool, often: int) -> None:
        if often:  # it takes longer than all the rest
            return
        before = [self._looks(each) for each in self.held]
        (self.home.lose if lost else self.home.restart)()
        assert [self._looks(each) for each in self.held] == before, "the file does not keep what was answered"

    # what holds after each step

    @invariant()
    def shows_what_the_model_says(self) -> None:
        if self.touched is not None:
            self._agree(self.touched)

    def _agree(self, held: Held) -> None:
        model = held.model
        looks = self._looks(held)
        assert self._looks(held) == looks, "who looks twice sees something else"
        messages = self._list(held, "messages")
        assert [each["id"] for each in messages] == [each.id for each in model.messages]
        for item, message in zip(messages, model.messages, strict=True):
            keys = ("type", "status", "error_code")
            lines = [(instant(each["at"]), *(each[key] for key in keys)) for each in item["timeline"]]
            assert lines == message.timeline, (message, lines)
            assert (item["to"], item["type"], item["status"], item["error_code"]) == (message.to, *message.now[1:])
            assert (item["api_job_id"], item["custom_id"]) == (message.job, message.custom_id)
        callbacks = self._list(held, "callbacks")
        assert Counter(map(_got, callbacks)) == Counter(map(_told, model.posts))
        assert [each["id"] for each in callbacks] == [str(number) for number in range(1, len(callbacks) + 1)]
        replies = [
            (instant(each["at"]), each["message_id"], each["text"], each["silent"] is None)
            for each in self._list(held, "replies")
        ]
        assert Counter(replies) == Counter(model.replies)
        requests = self._list(held, "requests")
        assert [(each["status"], each["rule"]) for each in requests] == model.journal
        assert [each["id"] for each in requests] == [str(number) for number in range(1, len(requests) + 1)]
        agenda = self._call("GET", f"/accounts/{held.id}/agenda?limit=10000").body["items"]
        assert {instant(each["at"]) for each in agenda} == set(model.agenda())
        assert self._call("GET", f"/accounts/{held.id}/clock").body["now"] == shown(model.now)
        self._choose(held, messages, callbacks)

    def _choose(self, held: Held, messages: list[Any], callbacks: list[Any]) -> None:
        """Filters and pages show the same, in parts."""
        for status in ("SEEN", "ACCEPTD"):
            found = self._list(held, "messages", f"status={status}&total=true")
            assert found == [each for each in messages if each["status"] == status]
        found = self._list(held, "callbacks", "state=retrying")
        assert found == [each for each in callbacks if each["state"] == "retrying"]
        assert self._list(held, "messages", "limit=3") == messages

    # how it is done

    def _one(self, which: int) -> Held:
        """One of the accounts, but never the bystander."""
        self.touched = self.held[1 + which % (len(self.held) - 1)]
        return self.touched

    def _open(self, seed: int) -> Held:
        answer = self._call("POST", "/accounts", {"clock": {"mode": "frozen", "now": START}, "seed": seed})
        assert answer.status == 201
        held = Held(answer.body["id"], answer.body["token"], Account(instant(START), self.home.answers))
        self.held.append(held)
        return held

    def _send(
        self,
        held: Held,
        numbers: Sequence[str],
        *,
        ims: Sequence[str],
        sms: bool,
        receiver: str | None,
        low_cost: bool,
        product: str,
    ) -> None:
        model = held.model
        if not ims:  # whether an SMS is replied to is not public
            numbers = [each for each in numbers if each != "99900000007"] or GOOD[:1]
        url = self.home.receiver(receiver) if receiver else None
        to = [
            {"number": each, "custom_id": f"c{at}"} if at % 2 else {"number": each} for at, each in enumerate(numbers)
        ]
        body: dict[str, Any] = {"destinations": to, "callback_url": url, "reply_url": url if product == "im" else None}
        body |= {"sms_content": {"message": "By SMS"}} if sms else {}
        body |= {"im_content": [{"channel": each, "content": f"By {each}"} for each in ims]} if ims else {}
        body |= {"message_plan": "LOW_COST"} if low_cost and product == "im" else {}
        answer = self.home.call("POST", f"/1/{product}", body, held.token)
        assert answer.status == 200, answer.body
        results, job = answer.body["results"], answer.body["api_job_id"]
        assert list(results) == list(numbers)
        messages = []
        for each in to:
            number = each["number"]
            plan = model.plan(number, ims, sms=sms, low_cost=low_cost)
            born = [(model.now, "INTERNAL", "ACCEPTD", 0)]
            id_ = results[number]["message_id"]
            messages.append(Message(id_, number, job, plan, model.outcome(number), each.get("custom_id", ""), born))
        ids = [each.id for each in (*model.messages, *messages)]
        assert all(len(each) == 20 and each.isdigit() for each in ids)
        assert ids == sorted(set(ids)), "ids repeat, or go back"
        held.model.journal.append((200, None))
        of = Job(callback_url=url, reply_url=body["reply_url"], product=product)
        self._count_posts(held, lambda: model.accept(job, of, messages))
        self._settle(held)

    def _advance(self, held: Held, wish: Mapping[str, Any], to: int) -> None:
        before = held.model.now
        self._count_posts(held, lambda: held.model.advance(to))
        answer = self._call("POST", f"/accounts/{held.id}/clock/advance", wish)
        assert answer.status == 200, answer.body
        assert (answer.body["from"], answer.body["now"]) == (shown(before), shown(to))
        moments = [instant(each["at"]) for each in answer.body["events"]]
        assert moments == sorted(moments)
        assert all(before < each <= to for each in moments)

    def _settle(self, held: Held) -> None:
        """What is due now has happened, and nothing is in the air."""
        assert self._call("POST", f"/accounts/{held.id}/clock/advance", {"by": 0}).status == 200

    def _count_posts(self, held: Held, deed: Callable[[], object]) -> None:
        """Does something in the model; what it posts the receivers have to get, no more and no less."""
        before = sum(len(each.attempts) for each in held.model.posts)
        deed()
        self.awaited += sum(len(each.attempts) for each in held.model.posts) - before

    @invariant()
    def receivers_got_every_attempt(self) -> None:
        Machine.steps += 1
        got, awaited, self.awaited = len(self.home.received), self.awaited, 0
        self.home.received.clear()
        assert got == awaited, f"receivers got {got} posts, and should have got {awaited}"

    def _looks(self, held: Held) -> list[bytes]:
        paths = ("messages", "callbacks", "reports", "replies", "requests", "agenda", "clock", "scenario")
        limit = "?limit=10000"
        return [
            self._call("GET", f"/accounts/{held.id}/{each}{limit if each not in ('clock', 'scenario') else ''}").raw
            for each in paths
        ]

    def _list(self, held: Held, what: str, query: str = "limit=10000") -> list[Any]:
        items: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = self._call("GET", f"/accounts/{held.id}/{what}?{query}" + (f"&cursor={cursor}" if cursor else ""))
            assert answer.status == 200, answer.body
            items += answer.body["items"]
            cursor = answer.body["next"]
        return items

    def _call(self, method: str, path: str, body: Any = None) -> Answer:
        return self.home.call(method, f"/__admin{path}", body)


def _told(post: Post) -> tuple[object, ...]:
    """A callback of the model, as a value."""
    return post.url, post.kind, post.what, post.state, tuple(post.attempts)


def _got(item: Mapping[str, Any]) -> tuple[object, ...]:
    """The same of a callback of the server."""
    body = item["body"]
    if item["kind"] == "reply":
        what = frozenset({(body["orig_message_id"], body["channel"], body["message"].get("text"))})
    else:
        keys = ("message_id", "type", "status", "micro_timestamp", "error_code")
        what = frozenset(tuple(each[key] for key in keys) for each in body["data"])
    attempts = tuple((instant(each["at"]), each["status"]) for each in item["attempts"])
    return item["url"], item["kind"], what, item["state"], attempts
