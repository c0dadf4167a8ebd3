"""The book of jobs over one SQLite connection."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from mock_amp.adapters import rows
from mock_amp.adapters.seeking import Listed, Listing
from mock_amp.core.model import Cohort, Destination, Job
from mock_amp.core.records import ALL, Page, Sought

_BY: Final = "job.key IN (SELECT key FROM job INDEXED BY {index} WHERE account = :account AND {column} IN {any})"

JOBS: Final = Listing(
    table="job",
    columns=("job_columns",),
    source="list_jobs",
    key=("key",),
    fields=MappingProxyType(
        {
            "api_job_id": _BY.format(index="job_by_id", column="api_job_id", any="{any}"),
            "client_job_id": _BY.format(index="job_by_client_id", column="client_job_id", any="{any}"),
            "own_job_id": "coalesce(client_job_id, '') IN {any}",
            "product": "product",
        }
    ),
    since="line > :since",
)


class SqliteJobs(Listed):
    """Implements the JobBook port."""

    def page(self, account: int, page: Page, sought: Sought = ALL) -> Sequence[Job]:
        return [rows.job_of(row) for row in self._page(JOBS, account, page, _stored(sought))]

    def count(self, account: int, sought: Sought) -> int:
        return self._count(JOBS, account, _stored(sought))

    def cohorts(self, account: int, job: int, after: int, limit: int) -> Iterator[Cohort]:
        return map(rows.cohort_of, self._all("cohort_of_job", account, job, after, limit))

    def first(self, account: int, job: Job) -> Destination | None:
        row = self._one("message_first", account, job.first, job.key)
        if row is None:
            return None
        number, custom_id, params = row
        return Destination(number, custom_id, rows.read_params(params))

    def was(self, account: int, api_job_id: str) -> bool:
        self._indexed("job_by_id")
        return any(self._one(name, account, api_job_id) for name in ("job_known", "request_of_job"))


def _stored(sought: Sought) -> Sought:
    """What is sought as the table has it: an empty id of the client is null there, which no index finds by value."""
    own = sought.fields.get("client_job_id", ())
    if "" not in own:
        return sought
    others = {name: values for name, values in sought.fields.items() if name != "client_job_id"}
    return replace(sought, fields={**others, "own_job_id": own})
