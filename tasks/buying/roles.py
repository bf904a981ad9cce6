"""Keep apart what is asked of which model for what: each role has its queue, its weather, its doubts.

A responder that refuses everybody says nothing of the evolver. Whether a refusal is its row's or the
role's is told by how many of the role met it: a role that answered nobody is at fault itself. Sends
nothing.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from schemas.errors import ModelUnavailable, RowFault
from tasks.buying.endpoint_health import Weather, gone
from tasks.buying.orders import Job

Role = tuple[str, str]
"""The stage that asks, and the model that is asked."""
_FEW = 3
"""Fewer rows may all be bad ones, where the same model answers others in another stage."""


@dataclass
class Desk:
    """One role."""

    role: Role
    weather: Weather
    queue: deque[Job] = field(default_factory=deque)
    doubtful: list[tuple[Job, RowFault, int]] = field(default_factory=list)
    """Jobs that were refused, and how many of the role had been answered by then."""
    open: int = 0
    """Jobs without an answer."""
    has_answered_before: bool = False
    """True where an earlier process got an answer."""


class Roles:
    """All that is asked; used from the engine's thread alone."""

    def __init__(self, clock: Callable[[], float], *, concurrency: int) -> None:
        """Begin with none.

        Args:
            clock: Seconds, monotonic.
            concurrency: Calls in flight at most.
        """
        self._clock = clock
        self._concurrency = concurrency
        self._desks: dict[Role, Desk] = {}
        self._numbers = 0

    def of(self, job: Job) -> Desk:
        """Return the desk that a job belongs to."""
        role = (job.request.stage.value, job.request.model)
        if role not in self._desks:
            weather = Weather(self._clock, concurrency=self._concurrency)
            self._desks[role] = Desk(role, weather)
        return self._desks[role]

    def add(self, job: Job, answered: Collection[Role]) -> None:
        """Put a new job at the end.

        Args:
            job: Not asked by this process.
            answered: Roles of which an earlier process got an answer.
        """
        desk = self.of(job)
        job.number = self._numbers
        self._numbers += 1
        desk.open += 1
        desk.has_answered_before = desk.has_answered_before or desk.role in answered
        desk.queue.append(job)

    def add_again(self, job: Job) -> None:
        """Put a job that failed at the head."""
        self.of(job).queue.appendleft(job)

    def next(self) -> Desk | None:
        """Return where the job lies that may go first now; None where none may."""
        ready = (desk for desk in self._waiting() if desk.weather.wait_s() <= 0)
        return min(ready, key=lambda desk: desk.queue[0].number, default=None)

    def wait_s(self) -> float:
        """Return the seconds until a job may go, as far as the weather of its role goes."""
        return min((desk.weather.wait_s() for desk in self._waiting()), default=0.0)

    def clear(self) -> None:
        """Send nothing more."""
        for desk in self._desks.values():
            desk.queue.clear()

    def settled(self) -> Iterator[tuple[Job, RowFault]]:
        """Yield the jobs of which it is known by now that the fault is their row's.

        Raises:
            ModelUnavailable: It is the role's: nobody of it was answered.
        """
        for desk in list(self._desks.values()):
            if not desk.doubtful:
                continue
            self._require_anybody(desk)
            believed = [one for one in desk.doubtful if self._is_believed(desk, one)]
            desk.doubtful = [one for one in desk.doubtful if one not in believed]
            yield from ((job, error) for job, error, _ in believed)

    def _waiting(self) -> Iterator[Desk]:
        return (desk for desk in self._desks.values() if desk.queue)

    def _has_answered(self, desk: Desk) -> bool:
        return desk.has_answered_before or desk.weather.answers > 0

    def _is_all(self, desk: Desk) -> bool:
        return len(desk.doubtful) >= desk.open

    def _is_believed(self, desk: Desk, doubt: tuple[Job, RowFault, int]) -> bool:
        _, error, answers = doubt
        if error.is_access:
            # A right may be lost on the way: an answer after the refusal shows that it was not.
            return desk.weather.answers > answers or self._is_all(desk)
        return self._has_answered(desk) or self._is_all(desk)

    def _require_anybody(self, desk: Desk) -> None:
        if self._has_answered(desk) or not self._is_all(desk):
            return
        rows = {job.request.row_id for job, _, _ in desk.doubtful}
        if len(rows) >= _FEW or not self._answers_elsewhere(desk):
            raise ModelUnavailable(gone(desk.doubtful[0][1]))

    def _answers_elsewhere(self, desk: Desk) -> bool:
        return any(
            self._has_answered(other)
            for other in self._desks.values()
            if other.role[1] == desk.role[1]
        )
