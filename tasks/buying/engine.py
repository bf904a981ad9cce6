"""Buy answers: one event loop in one thread, one queue and one set of limits for all shards.

Turns requests into answers, each handed over the moment it arrives. Calls go in the order in which
they were asked for, as many at once as the limits allow; one that failed waits beside the queue and
then goes first. Stops cleanly when the budget, the endpoint or the user says so. Knows nothing of
the ledger's form, of rows' meaning or of Prefect.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from schemas.calls.call import Answer, Reply
from schemas.errors import BudgetReached, Retryable, RowFault, RunFault
from schemas.folders.run import RunFolder
from schemas.settings.asking import AskSettings
from tasks.buying.bill import no_answer, raise_if_unusable
from tasks.buying.budget import Budget
from tasks.buying.endpoint_health import ITS_OWN
from tasks.buying.lessons import Learnt
from tasks.buying.models import check
from tasks.buying.orders import CUT, Book, Job, Order, Progress, Wanted, fault_of
from tasks.buying.patience import Patience
from tasks.buying.roles import Roles
from tasks.buying.throttle import Tempo
from tasks.doors.models import llm

_TICK_S, _PROBE_POLL_S = 1.0, 0.25


class Engine:
    """The one way from here to a model."""

    def __init__(
        self, settings: AskSettings, *, spent_usd: float, folder: RunFolder | None = None
    ) -> None:
        """Start the loop's thread.

        Args:
            settings: Limits, prices and the endpoint's address.
            spent_usd: What the run spent before.
            folder: The run's, which keeps what models do not take.

        Raises:
            BadInput: A model cannot be asked, or a budget is given and a price is unknown.
        """
        self._settings = settings
        self.budget = check(settings, spent_usd=spent_usd)
        self._loop = asyncio.new_event_loop()
        self._roles = Roles(self._loop.time, concurrency=settings.concurrency)
        self._patience = Patience(settings.longest_wait_s)
        self._learnt = Learnt(folder)
        self._tempo = Tempo(
            self._loop.time, concurrency=settings.concurrency, rpm=settings.rpm, tpm=settings.tpm
        )
        self._orders: set[Order] = set()
        self._flying: set[asyncio.Task[None]] = set()
        self._fault: RunFault | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self.progress = Progress(spent_usd=spent_usd, is_priced=self.budget.is_priced)
        self._loop.set_exception_handler(self._on_stray_error)
        self._thread = threading.Thread(target=self._loop.run_forever, name="engine", daemon=True)
        self._thread.start()

    def buy(
        self,
        wanted: Sequence[Wanted],
        book: Book,
        on_tick: Callable[[], None],
        budget: Budget | None = None,
    ) -> None:
        """Get an answer for every request; returns when all are in the book.

        Args:
            wanted: What to ask, and what earlier processes paid for it.
            book: Told of every attempt before it is made and of every answer, in the engine's thread.
            on_tick: Called in the caller's thread about once a second.
            budget: What may be spent on these; the run's when None.

        Raises:
            RunFault: The run has to stop; answers that arrived are in the book.
        """
        order = Order(len(wanted), Future(), budget or self.budget)
        jobs = [Job.of(request, pending, order, book) for request, pending in wanted]
        self._loop.call_soon_threadsafe(self._enqueue, order, jobs)
        while True:
            try:
                return order.done.result(timeout=_TICK_S)
            except TimeoutError:
                self._tick(on_tick)

    def _tick(self, on_tick: Callable[[], None]) -> None:
        try:
            on_tick()
        except OSError as e:
            self.halt(fault_of(e))

    def halt(self, fault: RunFault, *, drain_s: float | None = None) -> None:
        """Start nothing more, and give calls in flight their time to end.

        Args:
            fault: What everybody who waits is told.
            drain_s: Seconds for calls in flight; the run's setting when None.
        """
        self._loop.call_soon_threadsafe(self._halt, fault, drain_s)

    def close(self) -> None:
        """End the thread; nothing may be asked afterwards."""
        asyncio.run_coroutine_threadsafe(self._dismiss(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _enqueue(self, order: Order, jobs: Sequence[Job]) -> None:
        self._orders.add(order)
        for job in jobs:
            self._roles.add(job, job.book.answered)
        self._release_orders()
        self._pump()

    def _pump(self) -> None:
        """Send as many calls as the limits allow now; see to it that somebody looks again."""
        while self._may_send():
            desk = self._roles.next()
            wait_s = max(self._roles.wait_s(), self._tempo.wait_s())
            if desk is None or wait_s > 0:
                if wait_s > 0:
                    self._look_again(min(wait_s, _PROBE_POLL_S))
                return
            if not self._reserve(desk.queue[0]):
                return
            self._send(desk.queue.popleft())

    def _reserve(self, job: Job) -> bool:
        """Set aside what a call can cost; False where calls in flight hold it, whose landing pumps."""
        try:
            return job.order.budget.reserve(job.order.budget.most(job.sent) or 0.0)
        except BudgetReached as e:
            self._halt(e)
            return False

    def _may_send(self) -> bool:
        return len(self._flying) < self._tempo.most_in_flight and self._fault is None

    def _look_again(self, wait_s: float) -> None:
        if self._alarm is None:
            self._alarm = self._loop.call_later(wait_s, self._on_alarm)

    def _on_alarm(self) -> None:
        self._alarm = None
        self._pump()

    def _send(self, job: Job) -> None:
        self._roles.of(job).weather.note_sent(job.request.row_id)
        self._tempo.book(job.tokens_at_least + self.progress.usual_tokens)
        self.progress.sent += 1
        job.order.flying += 1
        task = self._loop.create_task(self._fly(job))
        self._flying.add(task)
        self.progress.in_flight = len(self._flying)
        task.add_done_callback(lambda task: self._land(task, job))

    def _land(self, task: "asyncio.Task[None]", job: Job) -> None:
        self._flying.discard(task)
        self.progress.in_flight = len(self._flying)
        job.order.flying -= 1
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._halt(fault_of(error))
        self._settle_doubtful()
        self._release_orders()
        self._pump()

    async def _fly(self, job: Job) -> None:
        """Make one attempt, and do what its outcome asks for."""
        budget = job.order.budget
        most_usd, cost_usd = budget.most(job.sent), 0.0
        weather = self._roles.of(job).weather
        successes = weather.successes
        try:
            job.bill.attempts += 1
            job.note(is_aloft=True, most_usd=most_usd)
            self._learnt.add(*llm.unsent(job.sent))
            reply = await llm.complete(
                job.sent, api_base=self._settings.base_of(job.request.model),
                timeout_s=self._settings.timeout_s, lane=self._settings.lane,
                lessons=self._learnt.of(job.request.model),
            )  # fmt: skip
            job.last = reply.answer
            self.progress.note_usage(reply.answer, job.sent.sampling.most_tokens)
            cost_usd = job.bill.add(reply.answer, budget)
            raise_if_unusable(reply.answer)
        except Retryable as e:
            cost_usd += job.bill.fail(e, most_usd)
            job.note(is_aloft=False, most_usd=most_usd)
            self._on_failure(job, e, others_succeeded=weather.successes > successes)
        except RowFault as e:
            job.note(is_aloft=False, most_usd=most_usd)
            self._on_row_fault(job, job.own_fault(e))
        else:
            self._on_reply(job, reply)
        finally:
            budget.settle(most_usd or 0.0, cost_usd)
            self.progress.spent_usd += cost_usd

    def _on_reply(self, job: Job, reply: Reply) -> None:
        self._roles.of(job).weather.note_answer()
        self._tempo.note_answer()
        if reply.limits is not None:
            self._tempo.note_limits(reply.limits, len(self._flying) - 1)
        self.progress.note_served(job.request.model, reply.answer.served_model)
        self._deliver(job, reply.answer)

    def _on_failure(self, job: Job, error: Retryable, *, others_succeeded: bool) -> None:
        self._patience.bound(error, job.request.model)
        job.count(error, others_succeeded=others_succeeded)
        weather = self._roles.of(job).weather
        if error.kind == "rate_limit":
            self._tempo.note_refusal(error.retry_after_s)
        self._learnt.heed(error)
        if error.kind in (*CUT, "parameter"):
            weather.note_success()
        else:
            weather.note_failure(job.request.row_id, error)
        if (fault := job.fault_for_good(error)) is not None:
            self._on_row_fault(job, fault)
        elif self._may_give_up(job, error) and job.is_hopeless(self._settings.max_attempts):
            self._deliver(job, no_answer(job.request, error, job.last))
        else:
            wait_s = job.backoff_s(error, is_calm=weather.is_calm)
            self._loop.call_later(wait_s, self._try_again, job)

    def _may_give_up(self, job: Job, error: Retryable) -> bool:
        """An endpoint that answers others, be it with nothing, is there: such rows end on their own."""
        weather = self._roles.of(job).weather
        return (error.kind in ITS_OWN and weather.answers > 0) or not weather.storm

    def _try_again(self, job: Job) -> None:
        if self._fault is None:
            self._roles.add_again(job)
            self._pump()

    def _on_row_fault(self, job: Job, error: RowFault) -> None:
        """Set the row aside, unless everybody was told so: then the endpoint is to blame."""
        desk = self._roles.of(job)
        if error.is_answer:
            self._deliver(job, no_answer(job.request, error, job.last))
        else:
            desk.doubtful.append((job, error, desk.weather.answers))
        desk.weather.note_refusal(job.request.row_id, error)

    def _settle_doubtful(self) -> None:
        """Believe in rows' own faults once anybody of their role was answered, or all were asked."""
        if self._fault is not None:
            return
        try:
            for job, error in self._roles.settled():
                self._deliver(job, no_answer(job.request, error, job.last))
        except RunFault as e:
            self._halt(e)

    def _deliver(self, job: Job, answer: Answer) -> None:
        answer = job.bill.on(answer)
        job.book.keep(job.request, answer)
        self._roles.of(job).open -= 1
        self.progress.count(answer)
        job.order.left -= 1

    def _halt(self, fault: RunFault, drain_s: float | None = None) -> None:
        if self._fault is None:
            self._fault = fault
            self._roles.clear()
        self._release_orders()
        wait_s = self._settings.drain_s if drain_s is None else drain_s
        self._loop.call_later(wait_s, self._drop)

    def _on_stray_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A callback of ours that broke must end the run, not leave its callers waiting."""
        error = context.get("exception")
        if "handle" in context and error is not None:
            self._halt(fault_of(error))
        else:
            loop.default_exception_handler(context)

    def _release_orders(self) -> None:
        """Tell those whose answers are all there; after a fault, those who have nothing in flight."""
        for order in list(self._orders):
            if order.is_over(self._fault):
                self._orders.discard(order)

    def _drop(self) -> None:
        for task in self._flying:
            task.cancel()

    async def _dismiss(self) -> None:
        self._drop()
        await asyncio.gather(*self._flying, return_exceptions=True)
        await llm.close()
