"""Bad answers: each is asked for a bounded number of times, and harms its own row alone."""

import json
import socket
import time
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from tests.conftest import Evolflow, write_seeds
from tests.flows.runs import assert_rows_conserved, run_flags, state_of, unanswered
from tests.servers.model_server import Reply, completion, digest, plain, serving

ATTEMPTS = 3
TIMEOUT_S = 2


def spoilt(**change: object) -> Reply:
    """Return a completion with some of its fields changed, sent as JSON."""
    body = {**completion("stand-in", "", Reply("A line is made fast.")), **change}
    return Reply(raw=json.dumps(body), content_type="application/json")


def choice(**change: object) -> Reply:
    message = {"role": "assistant", "content": "A line is made fast."}
    return spoilt(choices=[{"index": 0, "finish_reason": "stop", "message": message, **change}])


class Bad(NamedTuple):
    """How an endpoint answers one row, what that must cost, and what the row must say of it."""

    reply: Reply
    requests: int
    told: str
    """In the row's evidence, in small letters."""


HALF = json.dumps({"error": {"message": "Bad \ud83e knot.", "code": None}})
TOO_LONG = "This model's maximum context length is 8192 tokens."
BAD = {
    "empty text": Bad(Reply(""), ATTEMPTS, "empty"),
    "blank text": Bad(Reply(" \n "), ATTEMPTS, "empty"),
    "null content": Bad(Reply(None), ATTEMPTS, "empty"),
    "filtered": Bad(Reply("", finish_reason="content_filter"), 1, "content_filter"),
    "filtered half-way": Bad(Reply("So far", finish_reason="content_filter"), 1, "content_filter"),
    "cut": Bad(Reply("The first half of", finish_reason="length"), 2, "length"),
    "not JSON": Bad(Reply(raw="{'no'", content_type="application/json"), ATTEMPTS, "json"),
    "no body": Bad(Reply(raw="", content_type="application/json"), ATTEMPTS, ""),
    "a page": Bad(Reply(raw="<html><h1>Gateway</h1></html>"), ATTEMPTS, "gateway"),
    "a list": Bad(Reply(raw="[1, 2]", content_type="application/json"), ATTEMPTS, ""),
    "a deep list": Bad(Reply(raw="[" * 100_000, content_type="application/json"), ATTEMPTS, ""),
    "no choices": Bad(spoilt(choices=None), ATTEMPTS, "choices"),
    # As a blocked prompt comes back: asked once more, and no oftener.
    "empty choices": Bad(spoilt(choices=[]), 2, "choices"),
    "no message": Bad(choice(message=None), ATTEMPTS, ""),
    "number for text": Bad(choice(message={"role": "assistant", "content": 7}), ATTEMPTS, ""),
    "bad request": Bad(Reply(status=400, error="Bad knot."), 1, "bad knot"),
    "half a character": Bad(Reply(status=400, raw=HALF, content_type="text/json"), 1, "bad"),
    "too long": Bad(Reply(status=400, error=TOO_LONG, code="context_length_exceeded"), 1, "8192"),
    "server error": Bad(Reply(status=500, error="Out of rope."), ATTEMPTS, "out of rope"),
    "unavailable": Bad(Reply(status=503, error="Slack tide."), ATTEMPTS, "slack tide"),
    "stalled body": Bad(Reply("Half of this", breaks="stall"), ATTEMPTS, f"{TIMEOUT_S} s"),
    "reset": Bad(Reply("Half of this", breaks="reset"), ATTEMPTS, ""),
    "cut connection": Bad(Reply("Half of this", breaks="cut"), ATTEMPTS, ""),
    "silent": Bad(Reply(breaks="silent"), ATTEMPTS, f"{TIMEOUT_S} s"),
}
MENDED = {
    "cut once": (Reply("The first half of", finish_reason="length"), 2),
    "empty once": (Reply(""), 2),
    "null usage": (spoilt(usage=None), 1),
    "words for usage": (spoilt(usage={"prompt_tokens": "many", "completion_tokens": "few"}), 1),
    "no usage": (spoilt(usage={}), 1),
    "vast usage": (spoilt(usage={"prompt_tokens": 10**30, "completion_tokens": 10**30}), 1),
}
"""Answers that can be used, or can when asked for again; and how many requests they take."""


def instruction(fault: str) -> str:
    return f"Tie a knot ({fault}) and say what it holds."


def script(prompt: str, before: int) -> Reply:
    """Answer the seeds' own prompts badly, each in its way, and their children well."""
    for fault, bad in BAD.items():
        if prompt == instruction(fault):
            return bad.reply
    for fault, (reply, _) in MENDED.items():
        if prompt == instruction(fault) and (before == 0 or reply.raw is not None):
            return reply
    return plain(prompt, before)


@pytest.mark.slow
def test_each_bad_answer_is_bounded_and_sets_its_own_row_aside_alone(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """What is on the wire is counted: neither a retry loop nor a library may ask on its own."""
    good = [f"good {number}" for number in range(30)]
    order = sorted([*BAD, *MENDED, *good], key=digest)
    seeds = [{"instruction": instruction(name)} for name in order]
    run = tmp_path / "run"
    with serving(script, latency_s=0.02) as server:
        done = evolflow(
            *run_flags(
                server, write_seeds(tmp_path / "seeds.json", seeds), run,
                timeout_s=TIMEOUT_S, max_attempts=ATTEMPTS, shard_rows=20,
            ),
            OPENAI_API_KEY="sk-CANARY-bad-answers",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    asked = {fault: server.asked[instruction(fault)] for fault in [*BAD, *MENDED]}
    wanted = {fault: bad.requests for fault, bad in BAD.items()}
    assert asked == wanted | {fault: requests for fault, (_, requests) in MENDED.items()}
    evidence = unanswered(run, 0)
    assert set(evidence) == {instruction(fault) for fault in BAD}
    for fault, bad in BAD.items():
        words = evidence[instruction(fault)]
        assert words
        assert bad.told in words.lower(), fault
    table = pd.read_parquet(run / "dataset")
    seeds_kept = table[table["epoch"] == 0].set_index("instruction")["response"]
    for name in good:
        assert seeds_kept[instruction(name)] == plain(instruction(name), 0).text
    assert set(seeds_kept.index) == {instruction(name) for name in [*MENDED, *good]}
    # The answer, not the faults of its first asking, is what the dataset holds.
    assert "first half" not in " ".join(table["response"])
    assert set(table[table["epoch"] > 0].groupby("epoch").size()) == {len(order)}
    assert_rows_conserved(run, len(order), 2)
    calls = pd.read_parquet(run / "calls")
    assert calls["attempts"].sum() == server.requests
    assert calls["error"].notna().sum() == len(BAD)
    estimated = calls[calls["estimated"] & calls["error"].isna()]
    assert len(estimated) >= 4
    assert (estimated["completion_tokens"] > 0).all()


def dead_address() -> str:
    """Return an address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


REFUSALS = {
    "key": Reply(status=401, error="Incorrect API key provided."),
    "access": Reply(status=403, error="Your account may not use this model."),
    "payment": Reply(status=402, error="Payment required: top up your account."),
    "credit": Reply(status=429, error="You exceeded your quota.", code="insufficient_quota"),
    "model": Reply(status=404, error="The model stand-in does not exist.", code="model_not_found"),
}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_endpoint_that_refuses_everybody_stops_the_run_in_seconds_and_harms_no_row(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """One run folder meets all refusals in turn; when all is mended the same command finishes it."""
    seeds = [{"instruction": f"Name {n + 2} sails of a ship."} for n in range(15)]
    path, run = write_seeds(tmp_path / "seeds.json", seeds), tmp_path / "run"
    replies: list[Reply] = []

    def refuse_all(prompt: str, before: int) -> Reply:
        return replies[0] if replies else plain(prompt, before)

    with serving(refuse_all) as server:
        for name, reply in REFUSALS.items():
            replies[:] = [reply]
            seen = len(server.arrivals)
            stopped = evolflow(*run_flags(server, path, run))
            ended = time.monotonic()
            took_s = ended - server.arrivals[seen].at_s
            print(f"{name}: {len(server.arrivals) - seen} requests, {took_s:.1f} s from the first")
            assert stopped.returncode == 4, stopped.stderr
            assert reply.error in stopped.stderr
            assert "Traceback" not in stopped.stderr
            assert len(server.arrivals) - seen <= 64
            assert took_s < 15
            assert state_of(run) == "stopped: ModelUnavailable"
        flags = run_flags(server, path, run)
        flags[flags.index("--api-base") + 1] = address = dead_address()
        stopped = evolflow(*flags)
        assert stopped.returncode == 4, stopped.stderr
        assert address.partition("//")[2].partition("/")[0] in stopped.stderr
        assert "cannot be reached" in stopped.stderr
        replies.clear()
        done = evolflow(*run_flags(server, path, run))
        assert done.returncode == 0, done.stderr
        assert max(server.answered.values()) == 1
    assert not (pd.read_parquet(run / "eliminated")["reason"] == "unanswered").any()
    assert len(pd.read_parquet(run / "dataset")) == 45
    assert_rows_conserved(run, 15, 2)


@pytest.mark.slow
def test_a_key_that_is_withdrawn_midway_stops_the_run_and_loses_nothing(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    seeds = [{"instruction": f"Name {n + 2} sails of a ship."} for n in range(15)]
    path, run = write_seeds(tmp_path / "seeds.json", seeds), tmp_path / "run"
    last = 40

    def withdraw(prompt: str, before: int) -> Reply:
        withdrawn = server.answered.total() >= last
        return REFUSALS["key"] if withdrawn else plain(prompt, before)

    with serving(withdraw, latency_s=0.05) as server:
        flags = run_flags(server, path, run, concurrency=6)
        stopped = evolflow(*flags)
        took_s = time.monotonic() - max(a.at_s for a in server.arrivals if a.status == 200)
        assert stopped.returncode == 4, stopped.stderr
        assert "Incorrect API key provided" in stopped.stderr
        assert took_s < 15
        answered = server.answered.total()
        assert last <= answered < last + 6
        assert len(server.arrivals) - answered <= 2 * 6
        last = 10**9
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        assert max(server.answered.values()) == 1
    assert not (pd.read_parquet(run / "eliminated")["reason"] == "unanswered").any()
    assert len(pd.read_parquet(run / "dataset")) == 45


@pytest.mark.slow
def test_another_model_behind_the_same_name_is_recorded_row_by_row_and_said_once(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """Half a dataset from another model must be findable afterwards, and noticed at the time."""
    seeds = [{"instruction": f"Name {n + 2} sails of a ship."} for n in range(15)]
    path, run = write_seeds(tmp_path / "seeds.json", seeds), tmp_path / "run"

    def drift(prompt: str, before: int) -> Reply:
        reply = plain(prompt, before)
        reply.served_model = "stand-in-b" if server.answered.total() >= 30 else "stand-in-a"
        return reply

    with serving(drift) as server:
        # One at a time: else answers of both cross each other at the change.
        done = evolflow(*run_flags(server, path, run, concurrency=1))
    assert done.returncode == 0, done.stderr
    calls = pd.read_parquet(run / "calls").sort_values("finished_at", kind="stable")
    assert set(calls["model"]) == {"openai/stand-in"}
    served = calls["served_model"].value_counts()
    assert served.to_dict() == {"stand-in-a": 30, "stand-in-b": server.requests - 30}
    assert len([line for line in done.stderr.splitlines() if "stand-in-b" in line]) == 1
