"""The book of jobs as they are listed: a send each, and the cohorts that say where its messages stand."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from mock_amp.core.model import Cohort, Destination, Job
from mock_amp.core.records import ALL, Page, Sought


class JobBook(Protocol):
    """Of jobs that are there: one that is being evicted is not."""

    def page(self, account: int, page: Page, sought: Sought = ALL) -> Sequence[Job]:
        """By `api_job_id`, `client_job_id` and `product`; an empty `client_job_id` is one that was never given."""

    def count(self, account: int, sought: Sought) -> int: ...

    def cohorts(self, account: int, job: int, after: int, limit: int) -> Iterator[Cohort]:
        """Those of a job with a later key, by their keys, each made out when it is its turn."""

    def first(self, account: int, job: Job) -> Destination | None:
        """Whom the first message of a job is to; None when it has been evicted."""

    def was(self, account: int, api_job_id: str) -> bool:
        """Whether there ever was such a job, as far as it or its line in the journal can still tell."""
