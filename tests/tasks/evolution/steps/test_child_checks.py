"""Whether a child is one prompt of its own: what weak models send instead, and what only looks so."""

import pytest

from tasks.evolution.steps.child_checks import (
    copies_no_prompt,
    is_no_evolver_refusal,
    is_one_prompt,
)
from tasks.packs.pack import load_pack

PACK = load_pack("general")
PARENT = "Name two knots."
CHILD = "Name two knots that hold in wet rope, and say which is easier to undo."


def copied(child: str, parent: str = PARENT) -> str | None:
    return copies_no_prompt(parent, child, phrases=PACK.copied_phrases, frames=PACK.frames)


@pytest.mark.parametrize(
    "child",
    [
        "1. The bowline.\n2. The reef knot.",
        "- The bowline\n- The reef knot",
        "Here are two knots:\n\n1. The bowline.\n2. The reef knot.",
        "Sure! The bowline and the reef knot.",
        "Of course! Here are two knots:\n\n1. The bowline.\n2. The reef knot.",
        "当然！单套结和平结。",
        "**Option 1:** Name two knots.\n\n**Option 2:** Name three knots.",
        "Version A: Name two knots.\nVersion B: Name three knots.",
        "Prompt 1: Name two knots.\nPrompt 2: Name three knots.",
        "方案一：说出两种绳结。\n方案二：说出三种绳结。",
        f"{CHILD}\n\nAnswer: The bowline.",
        f"{CHILD} Answer: The bowline.",
        f"{CHILD}\n\n### Response:\nThe bowline.",
        f"{CHILD}\n\n**Answer**\nThe bowline.",
        f"{CHILD}\n\n答案：单套结。",
        f"{CHILD}\n\nAntwort: Der Palstek.",
    ],
)
def test_answers_talk_and_alternatives_are_no_prompt(child: str) -> None:
    assert is_one_prompt(PARENT, child) is not None


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (PARENT, CHILD),
        (PARENT, "Which of these is a knot?\n1. Bowline\n2. Rowline"),
        (PARENT, "Compare two ropes.\nOption A - hemp\nOption B - nylon"),
        (PARENT, "Name two knots. Begin each line with a number:\n1.\n2.\nAnswer:"),
        ("1. Name a rope.\n2. Name a knot.", "1. Name two ropes.\n2. Name a wet knot."),
        ("Q: Is hemp wet? Answer: no.", "Q: Is nylon wet at sea? Answer: no."),
        (PARENT, "Certain knots hold in wet rope: name two."),
    ],
)
def test_lists_options_and_labels_of_the_instructions_own_are_a_prompt(
    parent: str, child: str
) -> None:
    assert is_one_prompt(parent, child) is None


@pytest.mark.parametrize(
    "child",
    [
        "You may add 10 to 20 words to the given rope. Name three knots.",
        "Name two knots. Whatever input comes with it stays in the rope.",
        "Name two knots as the original prompt says.",
        "Name two knots of the revised prompt.",
        "Nombra dos nudos del prompt reescrito.",
        "Nenne zwei Knoten aus dem gegebenen Prompt.",
        "请按照新的提示说出两种绳结。",
        "请根据给定的提示说出两种绳结。",
        f"{CHILD}\n\n#Given Prompt#:\nName a rope.",
        f"{CHILD}\n####\nName a rope.",
    ],
)
def test_words_of_the_evolving_prompt_are_a_leak_unless_the_parent_has_them(child: str) -> None:
    assert copied(child) is not None
    if "#Given" not in child:
        assert copied(child, child) is None


@pytest.mark.parametrize("variant", PACK.demonstrations)
def test_a_demonstration_handed_back_is_a_leak(variant: str) -> None:
    for shown in PACK.demonstrations[variant].split("\n\n####\n\n"):
        child = shown.partition("#Rewritten Prompt#:\n")[2]
        assert child and copied(child) is not None


@pytest.mark.parametrize(
    "child",
    [
        "Build an HTML form with <input type='text' placeholder='Name'> and a button. Why a label?",
        "CREATE TABLE t (id INT, name TEXT);\nWhich query counts the names?",
        "Write a poem, and nothing else: no title.",
        "Which prompt would make a painter paint a knot?",
        "Describe a knot in the language of sailors.",
        "Give three tips, with a reason for each, and write in plain prose.",
    ],
)
def test_prompts_of_ones_own_are_no_leak(child: str) -> None:
    assert copied(child) is None


def test_a_refusal_that_the_parent_is_about_is_excused() -> None:
    said = "I'm sorry, but I can't help with that."
    assert is_no_evolver_refusal(PARENT, said) is not None
    assert is_no_evolver_refusal(f"{said} Say it politer.", f"{said} Say it politer.") is None
    longer = (
        f"{said} This is what the shop answered when we wrote about the boat: write a friendlier "
    )
    assert is_no_evolver_refusal("Write an apology.", longer + "apology of forty words.") is None


@pytest.mark.parametrize(
    "child",
    [
        "A bowline is a knot that makes a loop at the end of a rope.",
        "The longest rope is 1,200 m, and it weighs 90 kg.",
        "No, it does not.",
        "Yes. Hemp holds.",
        "The rope loses four threads a year",
        "Knots are old. Sailors tied them long ago. They hold in wet rope.",
        "There are two: the bowline and the reef knot.",
        "It depends on the rope.",
        "In wet weather, the bowline is easier to undo.",
        "Francis Drake was a sailor.",
        "12 knots are known to most sailors.",
        "Two knots that hold are the bowline and the hitch.",
        "**The bowline** is easier to undo.",
    ],
)
def test_statements_alone_are_no_prompt_where_the_parent_asks(child: str) -> None:
    for parent in (PARENT, "Which knots hold?", "For a wet rope, list two knots"):
        assert is_one_prompt(parent, child) is not None
    for stated in ("A knot that holds.", "The rope has two knots.", "Un nudo es viejo."):
        assert is_one_prompt(stated, child) is None


@pytest.mark.parametrize(
    "child",
    [
        "A rope is wet. Name two knots that hold in it.",
        "A rope is wet; name two knots that hold.",
        "The rope is 12 m long, so how often does it go round a post of 1 m",
        "The knot that holds in wet rope is ___.",
        "The knot that holds in wet rope is",
        "The knot that holds in wet rope is:",
        "Here is a rope. Splice the ends.",
        "The answer must name two knots.",
        "I have a rope that is wet.",
        "The following sentence has an error: the rope hold.",
        "A poem about a rope that was wet.",
        "The history of knots in three sentences.",
        "The rope is wet. In a table, list knots that hold.",
        "The rope is wet. Then name a knot.",
        "It is wet at sea. Your boat has a rope.",
        "The function is wrong.\n```python\ntie(rope)\n```",
        "Ein Knoten ist alt.",
        "绳结是古老的。",
        "Identify the knot",
        "Knot names, oldest first.",
    ],
)
def test_whatever_asks_orders_or_leaves_open_is_a_prompt(child: str) -> None:
    assert is_one_prompt(PARENT, child) is None
