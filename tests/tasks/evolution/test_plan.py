"""What would a run buy: counts, tokens, prices and hours, worked out by hand for three seeds."""

from pathlib import Path
from typing import Any

import pytest

from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.text import estimate_tokens
from tasks.evolution.plan import (
    LATENCY_S,
    VERDICT_TOKENS,
    Purchase,
    plan,
)
from tasks.evolution.plan_text import plan_text
from tasks.evolution.status import status
from tasks.packs.pack import load_pack
from tests.conftest import ROOT, own_seeds, write_seeds

ONE_AND_TWO_USD = {"offline/rewriter": {"input": 1, "output": 2}}


def made(seeds: Path, **more: Any) -> RunSettings:
    given = {"seeds": seeds, "out": seeds.parent / "run", "model": "offline/rewriter", "epochs": 2}
    return RunSettings.model_validate({**given, **more})


def bought(settings: RunSettings) -> dict[str, Purchase]:
    return {purchase.stage: purchase for purchase in plan(settings).purchases}


def test_every_line_makes_one_child_an_epoch(three_seeds: Path) -> None:
    calls = {stage: purchase.calls for stage, purchase in bought(made(three_seeds)).items()}
    assert calls == {"respond (seeds)": 1, "evolve": 6, "screen": 6, "respond": 6}


@pytest.mark.parametrize(
    ("seed_responses", "calls"), [("keep", 0), ("missing", 1), ("all", 3), ("none", 0)]
)
def test_seeds_are_answered_only_as_the_settings_say(
    three_seeds: Path, seed_responses: str, calls: int
) -> None:
    settings = made(three_seeds, seed_responses=seed_responses)
    assert bought(settings)["respond (seeds)"].calls == calls


def test_no_judge_is_paid_without_gain_check(three_seeds: Path) -> None:
    screen = bought(made(three_seeds, gain_check=False))["screen"]
    assert (screen.calls, screen.prompt_tokens, screen.completion_tokens) == (0, 0, 0)


def test_each_stage_is_billed_to_its_own_model(three_seeds: Path) -> None:
    settings = made(three_seeds, judge="openai/judge", responder="openai/writer")
    assert [p.model for p in plan(settings).purchases] == [
        "openai/writer", "offline/rewriter", "openai/judge", "openai/writer",
    ]  # fmt: skip


def test_shards_and_tasks_are_those_of_the_run(three_seeds: Path) -> None:
    """Two shards: 2 x (2 seed stages + 2 epochs x 4); 3 x 3 for the epochs, 3 for the run."""
    found = plan(made(three_seeds, shard_rows=2))
    assert (found.shards, found.shard_rows, found.prefect_tasks) == (2, 2, 32)


def test_evolving_prompts_are_as_long_as_the_packs_own(three_seeds: Path) -> None:
    settings = made(three_seeds, epochs=1)
    pack = load_pack("general")
    texts = ["\n\n".join(t for t in (s["instruction"], s["input"]) if t) for s in own_seeds(3)]
    lengths = []
    for text in texts:
        for operation in pack.operations:
            variants = operation.variants or (None,)
            prompts = [pack.evolving(operation, one, text) for one in variants]
            lengths.append(sum(map(estimate_tokens, prompts)) / len(prompts))
    expected = 3 * sum(lengths) / len(lengths)
    assert bought(settings)["evolve"].prompt_tokens == pytest.approx(expected, rel=0.02)


def test_instructions_grow_with_the_epochs(three_seeds: Path) -> None:
    """The tenth epoch sends longer prompts than the first; a flat estimate would be too low."""
    one = bought(made(three_seeds, epochs=1))["evolve"]
    ten = bought(made(three_seeds, epochs=10))["evolve"]
    assert ten.prompt_tokens > 10 * one.prompt_tokens
    assert ten.completion_tokens > 10 * one.completion_tokens


def test_answers_are_no_longer_than_the_limits_allow(three_seeds: Path) -> None:
    free = bought(made(three_seeds))
    assert free["respond"].completion_tokens == 6 * 300
    assert free["screen"].completion_tokens == 6 * VERDICT_TOKENS
    held = bought(made(three_seeds, max_tokens=7, judge_max_tokens=1))
    assert held["respond"].completion_tokens == held["evolve"].completion_tokens == 6 * 7
    assert held["screen"].completion_tokens == 6


def test_cost_is_tokens_times_price(three_seeds: Path) -> None:
    found = plan(made(three_seeds, prices=ONE_AND_TWO_USD))
    total = found.about
    expected = (total.prompt_tokens + 2 * total.completion_tokens) / 1_000_000
    assert total.cost_usd == pytest.approx(expected)
    assert total.cost_usd == pytest.approx(sum(p.cost_usd or 0 for p in found.purchases))


def test_children_that_fail_save_their_response_and_nothing_else(three_seeds: Path) -> None:
    found = plan(made(three_seeds, prices=ONE_AND_TWO_USD))
    respond = found.purchases[-1]
    saved = found.about.calls - found.if_children_fail.calls
    assert saved == respond.calls / 2 == 3
    assert found.about.cost_usd is not None
    assert found.if_children_fail.cost_usd is not None
    assert respond.cost_usd is not None
    saved_usd = found.about.cost_usd - found.if_children_fail.cost_usd
    assert saved_usd == pytest.approx(respond.cost_usd / 2)


def test_unknown_price_is_said_with_its_remedy_and_never_taken_for_zero(three_seeds: Path) -> None:
    settings = made(three_seeds, judge="hosted_vllm/own", prices=ONE_AND_TWO_USD)
    found = plan(settings)
    assert found.about.cost_usd is None
    assert found.purchases[1].cost_usd is not None
    text = plan_text(settings)
    assert 'add [prices."hosted_vllm/own"]' in text
    assert text.count("price of") == 1


def test_unknown_price_of_a_judge_who_is_never_asked_does_not_matter(three_seeds: Path) -> None:
    settings = made(three_seeds, judge="hosted_vllm/own", gain_check=False, prices=ONE_AND_TWO_USD)
    assert plan(settings).about.cost_usd is not None


@pytest.mark.parametrize(
    ("limits", "binding", "hours"),
    [
        ({}, "3 calls at once", 19 * LATENCY_S / 3 / 3600),
        ({"concurrency": 1}, "1 calls at once", 19 * LATENCY_S / 3600),
        ({"rpm": 1}, "rpm 1", 19 / 60),
    ],
)
def test_hours_are_those_of_the_tightest_limit(
    three_seeds: Path, limits: dict[str, int], binding: str, hours: float
) -> None:
    """Three lines can never keep more than three calls in flight, whatever concurrency says."""
    longest = plan(made(three_seeds, **limits)).bounds[0]
    assert longest.limit == binding
    assert longest.hours == pytest.approx(hours)


def test_a_token_limit_can_bind(three_seeds: Path) -> None:
    found = plan(made(three_seeds, tpm=10, rpm=1000))
    tokens = found.about.prompt_tokens + found.about.completion_tokens
    assert tuple(found.bounds[0]) == ("tpm 10", pytest.approx(tokens / 10 / 60))
    assert "bound by tpm 10" in plan_text(made(three_seeds, tpm=10, rpm=1000))


def test_budget_is_held_against_both_totals(three_seeds: Path) -> None:
    found = plan(made(three_seeds, prices=ONE_AND_TWO_USD))
    most, fewer = found.about.cost_usd, found.if_children_fail.cost_usd
    assert most is not None
    assert fewer is not None

    def said(budget_usd: float) -> str:
        text = plan_text(made(three_seeds, prices=ONE_AND_TWO_USD, budget_usd=budget_usd))
        return next(line for line in text.splitlines() if line.startswith("budget:"))

    longest = found.at_most.cost_usd
    assert longest is not None
    assert said(longest * 1.01).endswith("USD, enough")
    assert said(most * 1.01).endswith("enough by this estimate")
    assert said((most + fewer) / 2).endswith("enough only if 50% of the children fail")
    assert said(fewer * 0.99).endswith("not enough")
    assert "budget:" not in plan_text(made(three_seeds))


def test_rows_set_aside_are_counted_by_reason(tmp_path: Path) -> None:
    good = own_seeds(3)
    seeds = write_seeds(tmp_path / "seeds.json", [*good, good[0], {**good[1], "instruction": ""}])
    found = plan(made(seeds))
    assert (found.rows_read, found.usable) == (5, 3)
    assert found.set_aside == {"seed_duplicate": 1, "seed_empty": 1}
    assert "5 rows read, 3 usable, 2 set aside (1 seed_duplicate, 1 seed_empty)" in plan_text(
        made(seeds)
    )


def test_limit_is_planned_for(three_seeds: Path) -> None:
    assert bought(made(three_seeds, limit=2))["evolve"].calls == 4


def test_assumptions_stand_in_the_text(three_seeds: Path) -> None:
    """An estimate whose assumptions are hidden reads as a promise."""
    text = plan_text(made(three_seeds))
    for assumed in (f"{300} tokens a response", f"{LATENCY_S:g} s a call"):
        assert assumed in text


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"model": "nonsense"}, "model: 'nonsense'"),
        ({"judge": "nonsense"}, "judge: 'nonsense'"),
        ({"pack": "nowhere"}, "pack: 'nowhere'"),
        ({"instruction_field": "nowhere"}, "no record has a field 'nowhere'"),
        ({"model": "hosted_vllm/own", "budget_usd": 3}, 'add [prices."hosted_vllm/own"]'),
    ],
)
def test_what_run_would_refuse_is_refused(
    three_seeds: Path, more: dict[str, Any], place: str
) -> None:
    with pytest.raises(BadInput) as refused:
        plan(made(three_seeds, **more))
    assert place in str(refused.value)


def test_planning_writes_nothing(three_seeds: Path) -> None:
    before = sorted(three_seeds.parent.rglob("*"))
    plan_text(made(three_seeds))
    assert sorted(three_seeds.parent.rglob("*")) == before


def test_at_most_is_every_answer_as_long_as_its_limit(three_seeds: Path) -> None:
    settings = made(three_seeds, prices=ONE_AND_TWO_USD, max_tokens=700, judge_max_tokens=9)
    longest = {one.stage: one for one in plan(settings).longest}
    assert longest["respond"].completion_tokens == longest["evolve"].completion_tokens == 6 * 700
    assert longest["screen"].completion_tokens == 6 * 9
    assert longest["respond"].prompt_tokens == 6 * 700
    found = plan(settings)
    assert (found.at_most.cost_usd or 0) > (found.about.cost_usd or 0)
    text = plan_text(settings)
    assert "about, if every child passes everything" in text
    assert f"at most, if every answer is as long as its limit: {found.at_most.calls}" in text


def test_the_assumed_length_of_a_response_is_a_setting(three_seeds: Path) -> None:
    settings = made(three_seeds, response_tokens=722)
    assert bought(settings)["respond"].completion_tokens == 6 * 722
    assert "722 tokens a response" in plan_text(settings)


def test_after_an_epoch_the_plan_takes_the_run_s_own_figures(three_seeds: Path) -> None:
    """A finished folder says how long its answers were and how many children got one."""
    finished = ROOT / "tests" / "older" / "finished"
    epochs = [one for one in status(RunFolder(finished)).epochs if one.epoch]
    answered = [one.stages["respond"] for one in epochs]
    calls, tokens = (sum(one.calls for one in answered), sum(o.completion_tokens for o in answered))
    evolved = sum(one.stages["evolve"].calls for one in epochs)
    settings = made(three_seeds, out=str(finished))
    found = plan(settings).assumed
    assert found.epochs == len(epochs) > 1
    assert found.response_tokens == -(-tokens // calls)
    assert found.failing_share == pytest.approx(1 - calls / evolved)
    assert bought(settings)["respond"].completion_tokens == 6 * found.response_tokens
    assert f"taken from {len(epochs)} finished epochs of this run" in plan_text(settings)


def test_what_a_model_may_think_is_planned_and_paid_for(three_seeds: Path) -> None:
    """Thinking is billed as an answer is, and there may be more of it than of the answer."""
    plain = plan(made(three_seeds, model="openai/gpt-4o-mini", epochs=2))
    thinking = plan(made(three_seeds, model="openai/gpt-4o-mini", epochs=2, thinking_tokens=100))
    for one, other in zip(plain.purchases, thinking.purchases, strict=True):
        assert other.completion_tokens == one.completion_tokens + 100 * one.calls
    assert thinking.at_most.completion_tokens == (
        plain.at_most.completion_tokens + 100 * plain.at_most.calls
    )
    assert (thinking.about.cost_usd or 0) > (plain.about.cost_usd or 0)
