"""Buy answers: one event loop in one thread, one set of limits, for all shards of this process.

Turns requests into answers, each handed over the moment it arrives. Retries with jittered backoff,
gives its slot back while it waits, and stops cleanly when the budget, the endpoint or the user says
so. Knows nothing of the ledger, of rows' meaning or of Prefect.
"""

import asyncio
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from schemas.call import Answer, Request
from schemas.errors import Retryable, RowFault, RunFault
from schemas.settings import RunSettings
from schemas.text import estimate_tokens
from tasks.bill import Bill, no_answer, raise_if_unusable
from tasks.budget import Budget
from tasks.doors import llm
from tasks.doors.pace import Pace
from tasks.weather import Weather

OnAnswer = Callable[[Request, Answer], None]

_TICK_S = 1.0
_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 30.0
# A refusal for going too fast is nobody's fault: such a row gets more chances.
_REFUSALS_PER_ATTEMPT = 5
_PROBE_POLL_S = 0.25
_FIRST_GUESS_TOKENS = 300.0
_GUESS_MEMORY = 50


@dataclass
class Progress:
    """What the engine has done since it was opened; written by its thread, read by any."""

    calls: int = 0
    """Completed requests."""
    sent: int = 0
    """Requests put on the wire, retries included."""
    in_flight: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    spent_usd: float = 0.0
    """US dollars of the whole run, what was spent before included."""
    is_priced: bool = True
    """False where the price of a model is unknown, and so what was spent."""


class Engine:
    """The one way from here to a model."""

    def __init__(self, settings: RunSettings, *, spent_usd: float) -> None:
        """Start the loop's thread.

        Args:
            settings: Limits, prices and the endpoint's address.
            spent_usd: What the run spent before.

        Raises:
            BadInput: A model has no provider, or a budget is given and a price is unknown.
        """
        self._settings = settings
        self._budget = check(settings, spent_usd=spent_usd)
        self._loop = asyncio.new_event_loop()
        self._weather = Weather(self._loop.time, concurrency=settings.concurrency)
        self._pace = Pace(rpm=settings.rpm, tpm=settings.tpm)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._settled = asyncio.Condition()
        self._fault: RunFault | None = None
        self._crew: set[asyncio.Task[None]] = set()
        self._flying: set[asyncio.Task[None]] = set()
        self._usual_tokens = _FIRST_GUESS_TOKENS
        self.progress = Progress(spent_usd=spent_usd, is_priced=self._budget.is_priced)
        self._thread = threading.Thread(target=self._loop.run_forever, name="engine", daemon=True)
        self._thread.start()

    def buy(
        self, requests: Sequence[Request], on_answer: OnAnswer, on_tick: Callable[[], None]
    ) -> None:
        """Get an answer for every request; returns when all are there.

        Args:
            requests: What to ask.
            on_answer: Called in the engine's thread for each answer as it arrives, once a request.
            on_tick: Called in the caller's thread about once a second.

        Raises:
            RunFault: The run has to stop; answers that arrived were handed over.
        """
        future = asyncio.run_coroutine_threadsafe(self._buy(requests, on_answer), self._loop)
        while True:
            try:
                return future.result(timeout=_TICK_S)
            except TimeoutError:
                if future.done():
                    return future.result()
                self._tick(on_tick)

    def _tick(self, on_tick: Callable[[], None]) -> None:
        try:
            on_tick()
        except OSError as e:
            self.halt(_cannot_save(e))

    def halt(self, fault: RunFault, *, drain_s: float | None = None) -> None:
        """Start nothing more, and give calls in flight their time to end.

        Args:
            fault: What everybody who waits is told.
            drain_s: Seconds for calls in flight; the run's setting when None.
        """
        wait_s = self._settings.drain_s if drain_s is None else drain_s
        self._loop.call_soon_threadsafe(self._halt, fault, wait_s)

    def close(self) -> None:
        """End the thread; nothing may be asked afterwards."""
        asyncio.run_coroutine_threadsafe(self._dismiss(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _buy(self, requests: Sequence[Request], on_answer: OnAnswer) -> None:
        waiting = iter(requests)
        hands = min(self._settings.concurrency, len(requests))
        crew = [asyncio.create_task(self._work(waiting, on_answer)) for _ in range(hands)]
        self._crew.update(crew)
        try:
            await asyncio.gather(*crew)
        finally:
            # After a fault the others bring in what is in flight before the caller is told.
            await asyncio.gather(*crew, return_exceptions=True)
            self._crew.difference_update(crew)

    async def _work(self, waiting: Iterator[Request], on_answer: OnAnswer) -> None:
        try:
            for request in waiting:
                answer = await self._persist(request)
                on_answer(request, answer)
                self._count(answer)
        except RunFault as e:
            self._halt(e, self._settings.drain_s)
            raise
        except OSError as e:
            fault = _cannot_save(e)
            self._halt(fault, self._settings.drain_s)
            raise fault from e
        except asyncio.CancelledError:
            if self._fault is None:
                raise
            raise self._fault from None

    async def _persist(self, request: Request) -> Answer:
        """Ask until there is an answer, or no more sense in asking."""
        bill = Bill()
        failures = refusals = 0
        while True:
            successes = self._weather.successes
            outcome = await self._try(request, bill)
            if not isinstance(outcome, Retryable):
                return bill.on(outcome)
            # Endpoint-wide troubles count against a row only if others succeeded meanwhile.
            if outcome.kind == "rate_limit":
                refusals += 1
            elif outcome.kind not in ("auth", "refused") or self._weather.successes > successes:
                failures += 1
            # An endpoint that answers, be it with nothing, is there: such rows end on their own.
            is_its_own = outcome.kind == "bad_answer" and self._weather.answers > 0
            may_end = is_its_own or not self._weather.storm
            if may_end and self._is_hopeless(failures, refusals):
                return bill.on(no_answer(request, str(outcome)))
            await asyncio.sleep(_backoff_s(failures + refusals, outcome))

    def _is_hopeless(self, failures: int, refusals: int) -> bool:
        most = self._settings.max_attempts
        return failures >= most or refusals >= most * _REFUSALS_PER_ATTEMPT

    async def _try(self, request: Request, bill: Bill) -> Answer | Retryable:
        """Send one request when the limits allow it."""
        most_usd = self._budget.most(request)
        await self._enter(request, most_usd)
        cost_usd = 0.0
        try:
            with self._aloft():
                bill.attempts += 1
                answer = await llm.complete(
                    request, api_base=self._base(request), timeout_s=self._settings.timeout_s
                )
            cost_usd = bill.add(answer, self._budget)
            raise_if_unusable(answer)
        except Retryable as e:
            self._weather.note_failure(request.row_id, e)
            return e
        except RowFault as e:
            self._weather.note_refusal(request.row_id, e)
            return no_answer(request, str(e))
        finally:
            await self._leave(most_usd, cost_usd)
        self._weather.note_answer()
        return answer

    async def _enter(self, request: Request, most_usd: float) -> None:
        if self._fault is not None:
            raise self._fault
        await self._slots.acquire()
        may_send = False
        try:
            while not self._weather.may_call():
                await asyncio.sleep(_PROBE_POLL_S)
            await self._pace.wait(estimate_tokens(request.prompt) + round(self._usual_tokens))
            async with self._settled:
                await self._settled.wait_for(lambda: self._budget.reserve(most_usd))
            may_send = True
        finally:
            if not may_send:
                self._slots.release()

    async def _leave(self, most_usd: float, cost_usd: float) -> None:
        self._slots.release()
        self._budget.settle(most_usd, cost_usd)
        self.progress.spent_usd = self._budget.spent_usd
        async with self._settled:
            self._settled.notify_all()

    @contextmanager
    def _aloft(self) -> Iterator[None]:
        """Count a call as in flight: a halt gives it time to land."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - inside the loop there is always one
        self._flying.add(task)
        self.progress.sent += 1
        self.progress.in_flight += 1
        try:
            yield
        finally:
            self.progress.in_flight -= 1
            self._flying.discard(task)

    def _base(self, request: Request) -> str | None:
        """The address is the evolver's; another provider's model keeps its own, and its key."""
        own = self._settings.model.partition("/")[0]
        return self._settings.api_base if request.model.partition("/")[0] == own else None

    def _count(self, answer: Answer) -> None:
        self.progress.calls += 1
        self.progress.prompt_tokens += answer.prompt_tokens
        self.progress.completion_tokens += answer.completion_tokens
        gap = answer.completion_tokens - self._usual_tokens
        self._usual_tokens += gap / min(_GUESS_MEMORY, self.progress.calls)

    def _halt(self, fault: RunFault, drain_s: float) -> None:
        if self._fault is None:
            self._fault = fault
            for task in self._crew - self._flying:
                task.cancel()
        self._loop.call_later(drain_s, self._drop_crew)

    def _drop_crew(self) -> None:
        for task in self._crew:
            task.cancel()

    async def _dismiss(self) -> None:
        self._drop_crew()
        await asyncio.gather(*self._crew, return_exceptions=True)


def _cannot_save(e: OSError) -> RunFault:
    return RunFault(
        f"cannot save an answer: {e}; free space or mend the folder, then run the same command again"
    )


def _backoff_s(failures: int, error: Retryable) -> float:
    """Return seconds to wait: what the provider asks for, or doubling with full jitter."""
    # The jitter only spreads load; it never reaches the data.
    spread = random.uniform(0.5, 1.0)
    own = min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2.0 ** min(failures - 1, 10)) * spread
    return max(own, error.retry_after_s or 0.0)


def check(settings: RunSettings, *, spent_usd: float = 0.0) -> Budget:
    """Make sure that every model can be asked and, under a budget, priced.

    Returns:
        The run's budget.

    Raises:
        BadInput: A model has no provider, or a budget is given and a price is unknown.
    """
    for model in settings.models:
        llm.check_model(model)
    prices = {model: llm.price_of(model, settings.prices) for model in settings.models}
    return Budget(settings.budget_usd, prices, spent_usd)
