"""The engine against a real endpoint: order, limits, retries, and what is written down when."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.calls.call import THOUGHT_TOO_LONG, Answer, Pending, Request, Sampling
from schemas.errors import BudgetReached, Interrupted, ModelUnavailable, Retryable, RunFault
from schemas.settings.evolution import RunSettings
from schemas.settings.knobs import Price
from schemas.stages import Stage
from tasks.buying.engine import Engine
from tasks.buying.orders import Wanted
from tasks.buying.patience import Patience
from tests.servers.model_server import ModelServer, Reply, Script, serving


class Notebook:
    """A book that remembers what it was told, in order."""

    def __init__(self) -> None:
        self.kept: dict[str, Answer] = {}
        self.answered: set[tuple[str, str]] = set()
        self.notes: list[Pending] = []
        self.order: list[str] = []

    def keep(self, request: Request, answer: Answer) -> None:
        assert request.row_id not in self.kept, "answered twice"
        self.kept[request.row_id] = answer
        self.order.append(f"answer {request.row_id}")

    def note(self, pending: Pending) -> None:
        self.notes.append(pending)
        self.order.append("aloft" if pending.is_aloft else "landed")


def request(name: str, **sampling: Any) -> Request:
    given = {"temperature": 1.0, "top_p": 0.9, "max_tokens": 100, "frequency_penalty": 0.0}
    return Request(name, 1, Stage.EVOLVE, "openai/m", name, Sampling(**{**given, **sampling}))


@contextmanager
def engine_at(server: ModelServer, *, spent_usd: float = 0.0, **more: Any) -> Iterator[Engine]:
    settings = RunSettings(
        seeds=Path("s"), out=Path("o"), model="openai/m", api_base=server.address,
        prices={"openai/m": Price(input=1000, output=1000)}, **more,
    )  # fmt: skip
    engine = Engine(settings, spent_usd=spent_usd)
    try:
        yield engine
    finally:
        engine.close()


def buy(engine: Engine, names: Sequence[str], notebook: Notebook | None = None) -> Notebook:
    notebook = notebook or Notebook()
    engine.buy([Wanted(request(name), None) for name in names], notebook, on_tick=lambda: None)
    return notebook


def script(**replies: Sequence[Reply]) -> Script:
    """Answer a prompt by its list of replies, the last one for ever; others are answered well."""

    def reply(prompt: str, before: int) -> Reply:
        of_prompt = replies.get(prompt, [Reply("fine")])
        return of_prompt[min(before, len(of_prompt) - 1)]

    return reply


FAIL = Reply(status=500, error="down")


def test_every_attempt_is_written_down_before_it_is_made() -> None:
    """What is on the wire when the process dies may have been paid for: the next one must know."""
    with serving(script(b=[FAIL, Reply("fine")])) as server, engine_at(server) as engine:
        book = buy(engine, ["b"])
    assert book.order == ["aloft", "landed", "aloft", "answer b"]
    assert [note.attempts for note in book.notes] == [1, 1, 2]
    assert book.kept["b"].attempts == 2 and book.kept["b"].unknown == 0


def test_calls_go_in_the_order_in_which_they_were_asked_for() -> None:
    names = [f"row-{n:02d}" for n in range(20)]
    with serving(script()) as server, engine_at(server, concurrency=1) as engine:
        buy(engine, names)
        assert [body["messages"][0]["content"] for body in server.bodies] == names


def test_a_row_that_waits_to_be_asked_again_holds_nobody_up() -> None:
    """Its slot is given back, and then it goes before those that were never asked."""
    names = ["slow", *(f"row-{n:02d}" for n in range(40))]
    slow = [Reply(status=429, error="later", headers={"Retry-After": "0.5"}), Reply("fine")]
    with (
        serving(script(slow=slow), latency_s=0.02) as server,
        engine_at(server, concurrency=1) as engine,
    ):
        book = buy(engine, names)
    order = [name for name in book.order if name.startswith("answer")]
    assert 5 < order.index("answer slow") < 40
    assert len(book.kept) == 41


def test_never_more_in_flight_than_allowed() -> None:
    with serving(script(), latency_s=0.01) as server, engine_at(server, concurrency=7) as engine:
        buy(engine, [f"row-{n}" for n in range(60)])
        assert server.most_in_flight == 7


def test_a_hopeless_row_ends_alone_after_the_attempts_that_were_allowed() -> None:
    with serving(script(bad=[FAIL]), latency_s=0.01) as server:
        with engine_at(server, max_attempts=3, concurrency=4) as engine:
            book = buy(engine, ["a", "bad", *(f"row-{n}" for n in range(300))])
        assert server.asked["bad"] == 3
    assert "down" in str(book.kept["bad"].error) and book.kept["bad"].attempts == 3
    assert all(answer.error is None for name, answer in book.kept.items() if name != "bad")


def test_a_bad_request_is_sent_once() -> None:
    bad = Reply(status=400, error="this prompt is not allowed")
    with serving(script(bad=[bad])) as server, engine_at(server) as engine:
        book = buy(engine, ["a", "bad", "c"])
        assert server.asked["bad"] == 1
    assert "this prompt is not allowed" in str(book.kept["bad"].error)


def test_requests_that_are_all_bad_are_nobodys_rows_fault() -> None:
    """Nine rows must not be set aside before the tenth shows that the model's name is wrong."""
    every = Reply(status=400, error="unknown parameter")
    with serving(lambda *_: every) as server, engine_at(server, concurrency=2) as engine:
        book = Notebook()
        with pytest.raises(ModelUnavailable, match="unknown parameter"):
            buy(engine, [f"row-{n}" for n in range(50)], book)
        assert server.requests <= 12
    assert book.kept == {}


@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"], [f"row-{n}" for n in range(6)]])
def test_a_bad_request_of_everybody_is_the_endpoints_whatever_their_number(
    names: list[str],
) -> None:
    """Nothing is marked: the same command goes on once the endpoint is mended."""
    every = Reply(status=400, error="unknown parameter")
    book = Notebook()
    with serving(lambda *_: every) as server, engine_at(server, concurrency=2) as engine:
        with pytest.raises(ModelUnavailable, match="unknown parameter"):
            buy(engine, names, book)
        assert server.requests == len(names)
    assert not book.kept


def test_one_bad_row_is_set_aside_where_an_earlier_process_was_answered() -> None:
    """A run that was stopped before its last, bad row must come to an end."""
    book = Notebook()
    book.answered = {("evolve", "openai/m")}
    bad = Reply(status=400, error="this prompt was flagged")
    with serving(lambda *_: bad) as server, engine_at(server) as engine:
        buy(engine, ["a"], book)
    assert "flagged" in (book.kept["a"].error or "")


@pytest.mark.parametrize("words", ["your input was flagged", "Forbidden"])
def test_a_403_for_one_row_is_that_rows(words: str) -> None:
    denied = script(b=[Reply(status=403, error=words)])
    with serving(denied) as server, engine_at(server) as engine:
        book = buy(engine, ["a", "b", "c"])
        assert len(server.of("b")) == 1
    assert [name for name, one in book.kept.items() if one.error] == ["b"]


def test_a_403_for_everybody_stops_the_run_and_marks_nobody() -> None:
    book = Notebook()
    with (
        serving(lambda *_: Reply(status=403, error="no right to this model")) as server,
        engine_at(server) as engine,
        pytest.raises(ModelUnavailable, match="no right"),
    ):
        buy(engine, ["a", "b", "c", "d"], book)
    assert not book.kept


def test_a_role_that_answers_nobody_stops_the_run_though_another_is_answered() -> None:
    """A responder that takes no max_tokens would leave every row of every epoch unanswered."""
    refused = Reply(status=400, error="max_tokens is not taken")
    with serving(lambda prompt, _: refused if "respond" in prompt else Reply("fine")) as server:
        with engine_at(server) as engine:
            buy(engine, ["a", "b", "c"])
            asked = [replace(request(f"respond {n}"), stage=Stage.RESPOND) for n in range(4)]
            book = Notebook()
            with pytest.raises(ModelUnavailable, match="max_tokens is not taken"):
                engine.buy([Wanted(one, None) for one in asked], book, on_tick=lambda: None)
        assert not book.kept


@pytest.mark.parametrize("reply", [
    Reply("half", finish_reason="max_tokens"), Reply("half", finish_reason="MAX_TOKENS"),
])  # fmt: skip
def test_an_answer_that_is_cut_twice_is_the_rows_end_and_what_came_is_kept(reply: Reply) -> None:
    with serving(lambda *_: reply) as server, engine_at(server) as engine:
        book = buy(engine, ["a", "b", "c"])
        assert server.requests == 6
    assert {(one.text, one.ending) for one in book.kept.values()} == {("half", "cut")}
    assert all("it began: 'half'" in (one.error or "") for one in book.kept.values())


def test_an_answer_that_was_cut_stays_cut_where_more_room_is_refused() -> None:
    """Nobody's answer is whole, but the endpoint answers: it is not to blame."""

    def script(_: str, before: int) -> Reply:
        if before:
            return Reply(status=400, error="The context of 4096 tokens is full.")
        return Reply("half", finish_reason="length")

    with serving(script) as server, engine_at(server) as engine:
        book = buy(engine, ["a", "b", "c"])
        assert server.requests == 6
    assert {(one.text, one.ending) for one in book.kept.values()} == {("half", "cut")}
    assert all("more room was refused" in (one.error or "") for one in book.kept.values())


def test_thinking_alone_is_told_and_not_asked_again() -> None:
    message = {"content": None, "reasoning_content": "Hm."}
    body = {"choices": [{"finish_reason": "stop", "message": message}]}
    raw = Reply(raw=json.dumps(body), content_type="application/json")
    with serving(lambda *_: raw) as server, engine_at(server) as engine:
        book = buy(engine, ["a", "b", "c"])
        assert server.requests == 3
    assert all("only thinking came" in (one.error or "") for one in book.kept.values())
    assert {one.reasoning for one in book.kept.values()} == {"Hm."}


def thinking_cut(thought: str) -> Reply:
    """Stop at the token limit before the first word of the answer."""
    message = {"content": "", "reasoning_content": thought}
    choice = {"finish_reason": "length", "message": message}
    usage = {"prompt_tokens": 5, "completion_tokens": 100, "total_tokens": 105}
    body = json.dumps({"choices": [choice], "usage": usage})
    return Reply(raw=body, content_type="application/json")


def test_thinking_that_was_cut_is_asked_once_more_with_more_room_and_then_told() -> None:
    cut = thinking_cut("Let me see.")
    replies = script(a=[cut, Reply("at last")], b=[cut])
    with serving(replies) as server, engine_at(server) as engine:
        book = buy(engine, ["a", "b", "c"])
        allowed = {name: [body["max_tokens"] for body in server.bodies
                          if body["messages"][0]["content"] == name] for name in "abc"}  # fmt: skip
    for name in "ab":
        first, second = allowed[name]
        assert second > first
    assert len(allowed["c"]) == 1
    assert (book.kept["a"].text, book.kept["a"].error) == ("at last", None)
    assert THOUGHT_TOO_LONG in str(book.kept["b"].error)
    assert (book.kept["b"].text, book.kept["b"].ending) == ("", "thought")
    assert (book.kept["b"].cost_usd or 0) > 0, "both attempts were paid for"


def test_no_answer_among_the_choices_is_asked_for_twice_and_not_more() -> None:
    empty = Reply(raw='{"choices": []}', content_type="application/json")
    with serving(script(b=[empty])) as server, engine_at(server) as engine:
        book = buy(engine, ["a", "b", "c"])
        assert len(server.of("b")) == 2
    assert book.kept["b"].error and not book.kept["a"].error


def test_a_gateways_timeout_counts_as_possibly_paid() -> None:
    late = script(
        a=[Reply(status=504, error="late"), Reply(status=524, error="late"), Reply("fine")]
    )
    with serving(late) as server, engine_at(server) as engine:
        answer = buy(engine, ["a"]).kept["a"]
    assert (answer.attempts, answer.unknown) == (3, 2)
    assert (answer.cost_usd or 0) > 2 * 100 * 1000e-6


def test_a_long_wait_is_bounded_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    slow = [Reply(status=429, error="too fast", headers={"Retry-After": "3600"}), Reply("fine")]
    names = ["a", "b", "c"]
    with (
        serving(script(**dict.fromkeys(names, slow))) as server,
        engine_at(server, longest_wait_s=0.2) as engine,
    ):
        book = buy(engine, names)
    assert len(book.kept) == 3 and not any(one.error for one in book.kept.values())
    patience, error = Patience(6.0), Retryable("too fast", kind="rate_limit", retry_after_s=3600)
    with caplog.at_level(logging.WARNING):
        for _ in names:
            patience.bound(error, "openai/m")
    said = [
        record.getMessage() for record in caplog.records if "asks to wait" in record.getMessage()
    ]
    assert len(said) == 1 and "too fast" in said[0] and "3,600 s" in said[0]
    assert error.retry_after_s == 6.0


def test_a_cut_answer_is_asked_once_more_with_room_for_twice_as_much() -> None:
    cut, whole = Reply("half a", finish_reason="length"), Reply("a whole one")
    with serving(script(a=[cut, whole], b=[cut])) as server, engine_at(server) as engine:
        book = buy(engine, ["a", "b", "c"])
        allowed = {name: [body["max_tokens"] for body in server.bodies
                          if body["messages"][0]["content"] == name] for name in "abc"}  # fmt: skip
    assert allowed == {"a": [100, 200], "b": [100, 200], "c": [100]}
    assert book.kept["a"].text == "a whole one"
    assert "cut by the token limit" in str(book.kept["b"].error)
    assert (book.kept["b"].cost_usd or 0) > 0, "both attempts were paid for"


def test_the_budget_counts_what_is_in_flight_at_the_most_that_it_can_cost() -> None:
    """Thirty calls could go at once, but the money is there for three at their longest."""
    most_usd = (len("row-00") + 100) * 1e-3
    with serving(script(), latency_s=0.05) as server:
        with engine_at(server, concurrency=30, budget_usd=3.5 * most_usd) as engine:
            with pytest.raises(BudgetReached):
                buy(engine, [f"row-{n:02d}" for n in range(200)])
            assert engine.progress.spent_usd <= 3.5 * most_usd
        assert server.most_in_flight == 3
        assert server.requests > 30


def test_a_halt_waits_for_what_is_in_flight_and_starts_nothing() -> None:
    book = Notebook()

    with serving(script(), latency_s=0.3) as server, engine_at(server, concurrency=3) as engine:

        def on_keep(asked: Request, answer: Answer) -> None:
            Notebook.keep(book, asked, answer)
            if len(book.kept) == 3:
                engine.halt(Interrupted("stop"))

        book.keep = on_keep  # type: ignore[method-assign, assignment]
        with pytest.raises(Interrupted):
            buy(engine, [f"row-{n}" for n in range(30)], book)
        sent = server.requests
        assert len(book.kept) == sent <= 6
        with pytest.raises(Interrupted):
            buy(engine, ["another"])
        assert server.requests == sent


def test_calls_longer_than_the_drain_are_dropped_and_stay_noted_as_on_the_wire() -> None:
    long = Reply("late", delay_s=30)
    with serving(script(long=[long])) as server, engine_at(server, drain_s=0.2) as engine:
        book = Notebook()

        def on_tick() -> None:
            engine.halt(Interrupted("stop"))

        wanted = [Wanted(request(name), None) for name in ("a", "b", "long")]
        with pytest.raises(Interrupted):
            engine.buy(wanted, book, on_tick)
    assert set(book.kept) == {"a", "b"}
    assert book.notes[-1].is_aloft


def test_a_book_that_cannot_write_ends_the_run_and_says_so() -> None:
    class Full(Notebook):
        def keep(self, request: Request, answer: Answer) -> None:
            if len(self.kept) >= 5:
                raise OSError(28, "No space left on device", "ledger")
            super().keep(request, answer)

    with serving(script()) as server, engine_at(server, concurrency=2) as engine:
        book = Full()
        with pytest.raises(RunFault, match="No space left on device"):
            buy(engine, [f"row-{n}" for n in range(50)], book)
        assert len(book.kept) == 5 and server.requests <= 9


def test_what_an_earlier_process_paid_stays_on_the_bill() -> None:
    asked = request("a")
    before = Pending(asked.key, 2, 10, 5, 0.015, 0, True, 0.1)
    with serving(script()) as server, engine_at(server, spent_usd=0.115) as engine:
        book = Notebook()
        engine.buy([Wanted(asked, before)], book, on_tick=lambda: None)
    answer = book.kept["a"]
    assert (answer.attempts, answer.unknown, answer.estimated) == (3, 1, True)
    assert answer.cost_usd == pytest.approx(0.115 + 2e-3 * 1 + 2e-3, abs=3e-3)
