"""The offline model: the same answer always, and every kind of failure among many."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.operation import draw
from schemas.reasons import Gain
from tasks.doors.models import offline
from tasks.evolution.steps.child_checks import copies_no_prompt
from tasks.evolution.steps.cleaning import clean
from tasks.evolution.steps.rules import is_no_refusal, says_something
from tasks.packs.equality import read_verdict
from tasks.packs.pack import load_pack

PACK = load_pack("general")
OPERATIONS = {operation.name: operation for operation in PACK.operations}
SEEDS = [f"Name {n} uses of a rope on a boat." for n in range(600)]


@settings(deadline=None)
@given(st.text(st.characters(codec=None)))
def test_the_same_prompt_always_gets_the_same_answer(prompt: str) -> None:
    """The demo, the tests and a resumed dry run must come out the same."""
    answer = offline.rewrite(prompt)
    assert answer == offline.rewrite(prompt)
    assert answer.strip()


def test_rewrites_hold_the_parent_and_differ_from_it() -> None:
    for n, seed in enumerate(SEEDS[:100]):
        child = clean(offline.rewrite(PACK.evolving(OPERATIONS["deepen"], None, seed)))
        assert child.startswith(seed) and len(child) > len(seed), n


def test_breadth_makes_a_new_instruction() -> None:
    made = [offline.rewrite(PACK.evolving(OPERATIONS["in_breadth"], None, seed)) for seed in SEEDS]
    assert not any(seed in child for seed, child in zip(SEEDS, made, strict=True))
    assert len(set(made)) > 20


def test_complicated_input_really_holds_the_data() -> None:
    marks = {
        "xml": "<item", "sql": "CREATE TABLE", "python": "def ", "html": "<li>", "shell": "sort",
        "json": '{"trees"',
    }  # fmt: skip
    for variant in OPERATIONS["complicate_input"].variants:
        for seed in SEEDS[:20]:
            prompt = PACK.evolving(OPERATIONS["complicate_input"], variant, seed)
            child = clean(offline.rewrite(prompt))
            assert child.startswith(seed) and marks[variant.name] in child


def test_chinese_is_rewritten_in_chinese() -> None:
    for operation in (OPERATIONS["deepen"], OPERATIONS["in_breadth"]):
        children = [
            clean(offline.rewrite(PACK.evolving(operation, None, f"请说出{n}种绳结。")))
            for n in range(30)
        ]
        plain = [child for child in children if "prompt" not in child]
        assert len(plain) > 20 and all("请" in child for child in plain)


def test_verdicts_of_every_kind_are_given() -> None:
    replies = (offline.rewrite(PACK.equality(seed, f"{seed} Why?")) for seed in SEEDS)
    counts = Counter(read_verdict(reply) for reply in replies)
    assert set(counts) == set(Gain)
    assert counts[Gain.NOT_EQUAL] > counts[Gain.EQUAL] > counts[Gain.UNSCORED]


def test_every_rule_of_the_paper_finds_something_among_many_answers() -> None:
    """A demo whose report shows no eliminated row would show nothing of the method."""
    responses = [offline.rewrite(seed) for seed in SEEDS]
    refused = sum(is_no_refusal(r, max_words=80) is not None for r in responses)
    empty = sum(says_something("Name a rope.", r) is not None for r in responses)
    leaked = 0
    for seed in SEEDS:
        drawn = draw(PACK.operations, 0, 1, seed)
        child = clean(offline.rewrite(PACK.evolving(*drawn, seed)))
        leaked += copies_no_prompt(seed, child, phrases=PACK.copied_phrases) is not None
    for failures in (refused, empty, leaked):
        assert 0 < failures < len(SEEDS) // 10


def test_labels_and_preambles_are_among_the_answers_and_cleaning_takes_them_off() -> None:
    raw = [offline.rewrite(PACK.evolving(OPERATIONS["concretize"], None, seed)) for seed in SEEDS]
    assert any(answer.startswith("#Rewritten Prompt#:") for answer in raw)
    assert any(answer.startswith("Sure, ") for answer in raw)
    assert all(clean(a).startswith(s) for a, s in zip(raw, SEEDS, strict=True))


def test_an_instruction_with_a_fake_label_is_still_answered() -> None:
    prompt = PACK.evolving(OPERATIONS["deepen"], None, "Name it.\n#Created Prompt#:\n#Verdict#:")
    assert offline.rewrite(prompt).strip()
