"""One account as the auditor reads it over HTTP, held against what it answered and what receivers saw."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from mock_amp.core.instants import SECOND, parse_instant
from tests.acceptance.crash_client import Client
from tests.acceptance.crash_facts import CLOCK, RATES, Account, Facts, Sent
from tests.acceptance.crash_receivers import Post, Receivers, sense_of

ATTEMPTS: Final = 3
_INTERVAL: Final = 300 * SECOND
_SENDS: Final = ("/1/im", "/1/sms", "/1/2fa")

Line = tuple[str, str, str, int]
"""Message, type, status, and when in milliseconds."""


class OneAccount:
    """One account as it was read: each method is a look at some of it."""

    def __init__(self, client: Client, facts: Facts, account: Account) -> None:
        self._client, self._facts, self._account, self._life = client, facts, account, account.life
        self._messages: dict[str, Any] = {}
        self._timelines: dict[str, set[Line]] = {}

    async def read(self, receivers: Receivers) -> None:
        """Posts before callbacks before messages, and once more: what comes later knows what was before."""
        path, posts = self._account.path, receivers.posts[self._account.tag]
        self._posts_before = len(posts)
        self._callbacks = await self._client.all(f"{path}/callbacks")
        self._posts = list(posts)
        self._requests = await self._client.all(f"{path}/requests", 2_000)
        self._replies = await self._client.all(f"{path}/replies")
        found = await self._client.all(f"{path}/messages")
        self._messages = {each["id"]: each for each in found}
        self._say(len(self._messages) == len(found), "a message is listed twice")
        self._timelines = {each["id"]: set(_lines(each)) for each in found}

    def journal(self) -> None:
        """Numbers without gaps; what a line says never changes; every send that was answered has one."""
        numbers = [int(each["id"]) for each in self._requests]
        self._say(numbers == list(range(1, len(numbers) + 1)), f"the journal has gaps: {_gaps(numbers)}")
        for each in self._requests:
            told = (each["method"], each["path"], each["status"], each["api_job_id"], each["real_at"])
            self._same(self._life.journal, each["id"], told, "line")
        taken = [each for each in self._requests if each["path"] in _SENDS and each["status"] == 200]
        jobs = Counter(each["api_job_id"] for each in taken)
        for sent in self._life.sent.values():
            self._say(not sent.known or jobs[sent.api_job_id] == 1, f"{sent.key} has {jobs[sent.api_job_id]} lines")
        self._say(self._life.journal.keys() <= {each["id"] for each in self._requests}, "lines of the journal are lost")

    def messages(self) -> None:
        """What was answered is there; what was not answered is there whole, or not at all; nothing else is."""
        by_key: defaultdict[str, list[Any]] = defaultdict(list)
        for each in self._messages.values():
            by_key[each["client_job_id"] or each["custom_id"]].append(each)
        for key, found in by_key.items():
            sent = self._life.sent.get(key)
            if sent is None:
                void = "swallowed by a kill" if key in self._life.void else "never sent"
                self._complain(f"{key} is there with {len(found)} messages, and was {void}")
            else:
                self._is_whole(sent, found)
        for key in [key for key, sent in self._life.sent.items() if key not in by_key]:
            sent = self._life.sent.pop(key)
            self._life.void.add(key)
            self._say(not sent.known, f"{key} was answered 200 and is lost, with {len(sent.numbers)} messages")
        for at in self._life.lines:
            self._say(at in self._timelines.get(at[0], ()), f"status {at} was told, and is not in the timeline")
        for event, times in self._life.events.items():
            self._say(times == 1, f"{event} was told {times} times by advances")
            if event[0] == "status":
                line = (event[1], event[2], event[3], parse_instant(event[4]) // 1_000)
                self._say(line in self._timelines.get(event[1], ()), f"{event} was told, and is not in the timeline")

    def _is_whole(self, sent: Sent, found: list[Any]) -> None:
        numbers = Counter(each["to"] for each in found)
        self._say(numbers == Counter(sent.numbers), f"{sent.key} has {len(found)} messages, not {len(sent.numbers)}")
        self._say(len({each["api_job_id"] for each in found}) == 1, f"{sent.key} was accepted more than once")
        ids = {each["to"]: each["id"] for each in found}
        if sent.known:
            self._say(ids == sent.messages, f"{sent.key} has other ids than were answered")
            self._say(found[0]["api_job_id"] == sent.api_job_id, f"{sent.key} has another api_job_id")
        elif numbers == Counter(sent.numbers):
            self._facts.tally["not answered, and there"] += 1
            sent.messages, sent.api_job_id = ids, found[0]["api_job_id"]
            self._life.ids += list(ids.values())[:50]
        places = {number: f"{sent.key}/{at}" for at, number in enumerate(sent.numbers)}
        custom = all(each["custom_id"] in (places[each["to"]], sent.key) for each in found if each["to"] in places)
        self._say(custom, f"{sent.key} has other custom_ids")

    def reports(self) -> None:
        """What callbacks say has come about, and once."""
        told = self._told = defaultdict[str, Counter[Line]](Counter)
        for each in self._callbacks:
            if each["kind"] != "report":
                continue
            for item in each["body"]["data"]:
                at = item["micro_timestamp"] // (1_000 if "viber_from" in item else 1)  # C-10
                told[item["message_id"]][item["message_id"], item["type"], item["status"], at] += 1
        for message, lines in told.items():
            strange = lines.keys() - self._timelines.get(message, set())
            self._say(not strange, f"reports {strange} are of no timeline")
            twice = [line for line, times in lines.items() if times > 1]
            self._say(self._life.faulty or not twice, f"reports {twice} are owed twice")

    def attempts(self) -> None:
        """Three at most, five minutes apart, numbered without gaps, and none after a good one."""
        there = {each["id"] for each in self._callbacks}
        self._say(self._life.callbacks.keys() <= there, "callbacks are lost")
        self._say(len(there) == len(self._callbacks), "a callback is listed twice")
        for each in self._callbacks:
            name, tried = f"callback {each['id']}", each["attempts"]
            told = (each["kind"], each["url"], each["body"]["api_job_id"])  # a bundle that waits takes more reports up
            self._same(self._life.callbacks, each["id"], told, "callback")
            self._say([one["number"] for one in tried] == list(range(1, len(tried) + 1)), f"{name}: {tried}")
            self._say(len(tried) <= ATTEMPTS, f"{name} was tried {len(tried)} times")
            at = [parse_instant(one["at"]) for one in tried]
            spans = {after - before for before, after in pairwise(at)}
            self._say(spans <= {_INTERVAL}, f"{name} was tried {spans} us apart")
            good = [one["outcome"] == "delivered" for one in tried]
            self._say(not any(good[:-1]), f"{name} was tried after it was delivered")
            self._say(any(good) == (each["state"] == "delivered"), f"{name} is {each['state']} after {good}")
            if each["state"] == "discarded":
                self._say(len(tried) == ATTEMPTS, f"{name} was discarded after {len(tried)} attempts")
            elif each["state"] != "delivered":
                self._say(len(tried) < ATTEMPTS, f"{name} is {each['state']} after {len(tried)} attempts")
            for one in tried:
                self._was_told(each, one)
        asked = {event[1] for event in self._life.events if event[0] == "attempt"}
        self._say(asked <= there, f"advances told of callbacks {asked - there}, which there are not")

    def _was_told(self, callback: Mapping[str, Any], one: Mapping[str, Any]) -> None:
        known = ("attempt", callback["id"], one["number"])
        for outcome in ("delivered", "failed"):
            event = (*known, outcome, one["at"])
            self._say(outcome == one["outcome"] or event not in self._life.events, f"{event}, and now {one}")

    def posts(self, kills: Sequence[int]) -> None:
        """Each post is an attempt. One more than the journal has is one that a kill has cut off, or that is out."""
        tries: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
        for each in self._callbacks:
            tries[each["url"], sense_of(each["body"])] += each["attempts"] + [None]
        seen: defaultdict[tuple[str, str], list[tuple[int, Post]]] = defaultdict(list)
        for at, post in enumerate(self._posts):
            seen[post.url, post.sense].append((at, post))
        for key, posts in seen.items():
            if key not in tries:
                early = [post for at, post in posts if at < self._posts_before]
                self._say(not early, f"a receiver saw {early[:1]}, which no callback says")
        for key, all_tries in tries.items():
            several, attempts = all_tries.count(None), [each for each in all_tries if each]
            self._compare(key, attempts, seen[key], several, kills)

    def _compare(
        self,
        key: tuple[str, str],
        attempts: list[Any],
        seen: list[tuple[int, Post]],
        several: int,
        kills: Sequence[int],
    ) -> None:
        """Life by life of the server: what it wrote down, and what receivers saw of it."""
        lives = Counter(sum(kill < parse_instant(each["real_at"]) for kill in kills) for each in attempts)
        early = Counter(post.life for at, post in seen if at < self._posts_before)
        for life in early:
            more = early[life] - lives[life]
            self._say(
                more <= several, f"{key} was posted {early[life]} times in life {life}, tried {lives[life]} times"
            )
        answers = Counter((post.life, post.answered) for _, post in seen)
        for each in attempts:
            if each["status"] is None:
                continue
            life = sum(kill < parse_instant(each["real_at"]) for kill in kills)
            answers[life, each["status"]] -= 1
            self._say(answers[life, each["status"]] >= 0, f"no receiver answered {each} of {key} in life {life}")

    def rest(self) -> None:
        """Nothing is due any more: messages have come to rest, and each line that should be reported was."""
        for each in self._callbacks:
            over = each["state"] in ("delivered", "discarded")
            self._say(over, f"callback {each['id']} is {each['state']}, and nothing is due any more")
        for sent in self._life.sent.values():
            for message in sent.messages.values():
                lines = self._timelines.get(message, set())
                self._say(len(lines) > 1, f"{message} ({sent.key}) goes on no more: {lines}")
                want, told = set(_owed(sent, lines)), self._told[message].keys()
                self._say(told == want, f"reports of {message} ({sent.key}): {want ^ told} differ")

    def replies(self) -> None:
        there = {each["reply_message_id"]: each for each in self._replies if each["reply_message_id"]}
        callbacks = {each["id"]: each for each in self._callbacks}
        for key, (message, callback) in self._life.replies.items():
            one = there.get(key)
            self._say(
                one is not None and one["message_id"] == message, f"reply {key} to {message} was told, and is {one}"
            )
            body = callbacks.get(callback, {"body": {}})["body"]
            self._say(body.get("reply_message_id") == key, f"callback {callback} of reply {key} has {body}")

    async def clicks_and_codes(self) -> None:
        path = self._account.path
        for message, times in list(self._life.clicked.items())[:5]:
            clicks = (await self._client.get(f"{path}/messages/{message}")).get("clicks", ())
            self._say(len(clicks) >= times, f"{message} was clicked {times} times, and {len(clicks)} are there")
        for ref, code in list(self._life.used.items())[:3]:
            status, told = await self._client.call("POST", f"/1/2fa/{ref}/{code}", token=self._account.token)
            self._say(
                status != 200 or told["result_info"]["status_code"],
                f"the code of {ref} was used up, and is valid again",
            )

    async def tokens(self) -> None:
        """What works works on, what was deleted stays so; of the rest a look says which it is."""
        listed = {each["token"] for each in await self._client.items(f"{self._account.path}/tokens")}
        for value, works in self._account.tokens.items():
            good = {True: (404,), False: (401,), None: (401, 404)}[works]
            status, _ = await self._client.call("GET", "/1/im/status/1", token=value, good=good)
            self._account.tokens[value] = status == 404
            self._say((value in listed) == (status == 404), f"token {value}: answered {status}, listed {listed}")
        self._say(listed <= self._account.tokens.keys(), f"tokens {listed - self._account.tokens.keys()}")

    async def clock(self) -> None:
        """It never goes back, and goes no further than real time and advances have taken it."""
        account, after = self._account, CLOCK.now()
        told = await self._client.get(f"{account.path}/clock")
        shown, before, rate = parse_instant(told["now"]), CLOCK.now(), RATES[account.mode]
        self._say(told["mode"] == account.mode, f"its clock is {told['mode']}")
        self._say(shown >= account.floor, f"its clock was told to show {account.floor}, and shows {shown}")
        base = account.base
        if base is not None:
            least = (
                base.shown + account.moved + (0 if account.moved or account.moving else rate * (after - base.before))
            )
            self._say(shown >= least, f"its {account.mode} clock shows {shown}, {least - shown} us too little")
            if None not in account.moving.values():
                gone = account.moved + sum(by or 0 for by in account.moving.values())
                most = base.shown + gone + rate * (before - base.after)
                self._say(shown <= most, f"its {account.mode} clock shows {shown}, {shown - most} us too much")
        account.reads(shown, after)
        if account.mode == "frozen":
            again = await self._client.get(f"{account.path}/clock")
            self._say(again == told, f"its frozen clock shows {told}, then {again}")

    def _same(self, kept: dict[str, tuple[Any, ...]], key: str, told: tuple[Any, ...], what: str) -> None:
        """What has an id keeps it, and the id never stands for anything else."""
        known = kept.setdefault(key, told)
        self._say(known == told, f"{what} {key} was {known} and is {told}")

    def _say(self, good: object, problem: str) -> None:
        if not good:
            self._complain(problem)

    def _complain(self, problem: str) -> None:
        self._facts.problems.append(f"{self._account.tag} ({self._account.id}): {problem}")


def _lines(message: Mapping[str, Any]) -> Iterable[Line]:
    for each in message["timeline"]:
        yield message["id"], each["type"], each["status"], parse_instant(each["at"]) // 1_000


def _owed(sent: Sent, lines: Iterable[Line]) -> Iterable[Line]:
    """C-1, C-9: what is reported of a timeline."""
    if sent.callback_url is None:
        return ()
    return [line for line in lines if sent.path != "/1/sms" or line[2] != "ACCEPTD"]


def _gaps(numbers: list[int]) -> list[int]:
    return sorted(set(range(1, max(numbers, default=0) + 1)) ^ set(numbers))[:5]
