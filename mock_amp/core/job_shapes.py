"""A job as one row: where its messages stand and how many have come to rest, told by its cohorts alone (D5)."""

from typing import Any

from mock_amp.core.instants import Instant, format_instant
from mock_amp.core.lifecycle import due_at
from mock_amp.core.model import Channel, Cohort, Job, Plan, Status
from mock_amp.core.shapes import Shape

_Standing = tuple[Channel, Status, int]


class Tally:
    """Counts the messages of a job where they stand, cohort by cohort in the order of their keys.

    It may take a while, in which cohorts move and part: those that are new come last, and who has been counted is not
    counted again. So every message is counted once, as it stood at some moment of that while.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.after = 0
        """The key of the last cohort that was counted."""
        self.first: Cohort | None = None
        """The cohort of the first message, once it was counted."""
        self.finished = 0
        """How many messages nothing is on the way for."""
        self.changed_at = job.accepted_at
        self._counted = bytearray(job.size)
        self._standing: dict[_Standing, int] = {}
        self._channels: dict[Channel, None] = {}
        self._plan: Plan = ()

    def add(self, cohort: Cohort) -> None:
        latest = cohort.timeline[-1]
        self.after = cohort.key
        self.changed_at = Instant(max(self.changed_at, latest.at))
        if self.first is None and cohort.members and cohort.members[0][0] == 0:
            self.first = cohort
        if cohort.plan is not self._plan:  # those of a job have few plans between them, mostly one
            self._plan = cohort.plan
            self._channels.update(dict.fromkeys(leg.channel for leg in self._plan))
        if size := self._count(cohort):
            standing = (latest.channel, latest.status, latest.error_code)
            self._standing[standing] = self._standing.get(standing, 0) + size
            self.finished += size if due_at(cohort) is None else 0

    @property
    def channels(self) -> list[Channel]:
        """All that its messages may be tried on."""
        return [each for each in self._channels if each is not Channel.INTERNAL]

    @property
    def statuses(self) -> list[Shape]:
        """How many messages stand where, the most first."""
        ordered = sorted(self._standing.items(), key=lambda each: (-each[1], each[0]))
        return [
            {"type": channel, "status": status, "error_code": error_code, "count": count}
            for (channel, status, error_code), count in ordered
        ]

    def _count(self, cohort: Cohort) -> int:
        """How many of its members were not counted yet; now they are."""
        found, counted, end = 0, self._counted, self.job.size
        for first, last in cohort.members:
            stop = min(last + 1, end)
            more = stop - first - counted.count(1, first, stop)
            if more > 0:
                counted[first:stop] = b"\1" * (stop - first)
                found += more
        return found


def job(it: Tally, first: Shape) -> Shape:
    """A job; `first` is its first message in the shape of lists. `id` is what it is asked for by."""
    of = it.job
    told: dict[str, Any] = {name: first[name] for name in ("text", "from")}
    return {
        "id": of.api_job_id,
        "api_job_id": of.api_job_id,
        "client_job_id": of.client_job_id or "",
        "product": of.product,
        "promotional": of.promotional,
        "accepted_at": format_instant(of.accepted_at),
        "changed_at": format_instant(it.changed_at),
        "request_id": str(of.line),
        "count": of.size,
        "finished": it.finished,
        "statuses": it.statuses,
        "channels": it.channels,
        **told,
        "callback_url": of.callback_url,
        "reply_url": of.reply_url,
        "message": first,
    }
