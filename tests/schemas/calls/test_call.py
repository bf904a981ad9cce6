"""What is paid for once: keys that tell questions apart, calls that survive the ledger."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from schemas.calls.call import LOWEST, Answer, Call, Pending, Request, Sampling, entry
from schemas.stages import Stage

SAMPLING = Sampling(temperature=1.0, top_p=0.9, max_tokens=64, frequency_penalty=0.0)
REQUEST = Request("aaaa-1", 1, Stage.EVOLVE, "openai/m", "Rewrite 潮汐.", SAMPLING)
ANSWER = Answer(
    text="Name two tides.\ud800", finish_reason="stop", model="openai/m", served_model="m-2026",
    prompt_tokens=12, completion_tokens=5, cost_usd=None, latency_s=0.5, attempts=2,
    finished_at=1.5, estimated=True, error="429",
)  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"row_id": "aaaa-2"},
        {"epoch": 2},
        {"stage": Stage.RESPOND},
        {"model": "openai/n"},
        {"prompt": "Rewrite 潮汐"},
        {"ask": 2},
        *(
            {"sampling": replace(SAMPLING, **dict[str, Any]({name: 0.5}))}
            for name in asdict(SAMPLING)
            if name != "thinking_tokens"
        ),
    ],
)
def test_whatever_an_answer_depends_on_changes_the_key(change: dict[str, Any]) -> None:
    """Two questions with one key would get one answer, and nobody would notice."""
    assert replace(REQUEST, **change).key != REQUEST.key


def test_the_same_question_has_the_same_key_in_every_process() -> None:
    """A ledger is read by another process than the one that wrote it: no hash() is in the key."""
    again = Request("aaaa-1", 1, Stage.EVOLVE, "openai/m", "Rewrite 潮汐.", SAMPLING)
    assert again.key == REQUEST.key == "c7edb2bb21e8e3b9f289a0a33fb4c9db"


def test_what_is_left_to_the_provider_has_the_key_that_its_neutral_value_had() -> None:
    """Older versions sent top_p 1 and a penalty of 0: their folders go on and buy nothing twice."""
    older = replace(REQUEST, sampling=Sampling(0.0, 1.0, 256, 0.0))
    newer = replace(REQUEST, sampling=Sampling(0.0, None, 256, None, reasoning_effort=LOWEST))
    assert newer.key == older.key
    assert replace(newer, sampling=replace(newer.sampling, temperature=None)).key != older.key


def test_how_long_a_model_may_think_is_no_part_of_the_key() -> None:
    longer = replace(SAMPLING, thinking_tokens=4096)
    assert replace(REQUEST, sampling=longer).key == REQUEST.key
    assert (longer.most_tokens, SAMPLING.most_tokens) == (4160, 64)


def test_neighbouring_parts_cannot_be_mistaken_for_each_other() -> None:
    joined = {
        replace(REQUEST, row_id=row, epoch=epoch).key for row, epoch in (("a1", 1), ("a", 11))
    }
    assert len(joined) == 2


PENDING = Pending("k", 2, 30, 4, 0.5, 1, True, 0.25)


@pytest.mark.parametrize(
    "kept", [Call.of(REQUEST, ANSWER), PENDING, replace(PENDING, cost_usd=None)]
)
def test_what_the_ledger_keeps_comes_back_as_it_was(kept: Call | Pending) -> None:
    assert entry(json.loads(json.dumps(kept.record()))) == kept


def test_a_request_on_the_wire_counts_at_the_most_that_it_can_cost() -> None:
    """Killed at that moment, it may have been paid for; afterwards its cost is known."""
    assert PENDING.most_usd == 0.75
    assert replace(PENDING, is_aloft=False).most_usd == 0.5
    assert replace(PENDING, cost_usd=None, aloft_usd=None).most_usd == 0.0


def test_a_call_keeps_the_requests_identity_and_not_its_prompt() -> None:
    """Prompts would double the ledger, and they can be rendered again."""
    call = Call.of(REQUEST, ANSWER)
    assert (call.row_id, call.epoch, call.stage, call.ask) == ("aaaa-1", 1, "evolve", 1)
    assert call.key == REQUEST.key
    assert call.prompt_sha256 == REQUEST.prompt_sha256
    assert "潮汐" not in json.dumps(call.record(), ensure_ascii=False)


def test_a_record_with_a_field_unknown_is_refused() -> None:
    """A ledger of a later version must not be half understood."""
    record = Call.of(REQUEST, ANSWER).record()
    with pytest.raises(ValueError, match="of another shape"):
        entry({**record, "currency": "EUR"})
