"""What is found wrong with one request, kept within bounds."""

from collections import defaultdict

from mock_amp.core.refusals import Refused, Violation, Warned, refuse_all

_MOST_KEPT = 100


class Faults:
    """The first violations of a request, and how many there were by status."""

    def __init__(self) -> None:
        self.kept: list[Violation] = []
        self.total: defaultdict[int, int] = defaultdict(int)

    def add(self, found: Violation) -> None:
        """Keeps a hundred, and of a status that comes late still fifty: the winning status is never without words."""
        self.total[found.status] += 1
        if len(self.kept) < _MOST_KEPT or self.total[found.status] <= _MOST_KEPT // 2:
            self.kept.append(found)

    def enough(self, status: int) -> bool:
        """Whether another one of this status would only be counted; who has very many then spares making them."""
        return len(self.kept) >= _MOST_KEPT and self.total[status] >= _MOST_KEPT // 2

    def count(self, status: int, more: int) -> None:
        """Counts as many as are not made any more."""
        self.total[status] += more

    def refusal(self, client_job_id: str | None, warnings: tuple[Warned, ...] = ()) -> Refused:
        return refuse_all(self.kept, self.total, client_job_id, warnings)
