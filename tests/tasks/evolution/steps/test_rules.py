"""The elimination rules: for each a row that breaks it, and a near miss that passes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.calls.call import THOUGHT_TOO_LONG
from schemas.operation import Axis, Operation
from schemas.reasons import Gain, Reason
from schemas.rule import Rule
from schemas.settings.evolution import RunSettings
from schemas.tables.row import STAGE, Row, to_table
from tasks.evolution.steps.rules import RULES, apply, examine, rules_at, rules_of
from tasks.packs.pack import load_pack

PACK = load_pack("general")
PAPER_REASONS = {
    Reason.NO_GAIN, Reason.REFUSED, Reason.EMPTY_RESPONSE, Reason.COPIED_PROMPT,
    Reason.UNSCORED, Reason.UNANSWERED, Reason.TRUNCATED, Reason.EVOLVER_REFUSED,
    Reason.NO_PROMPT,
    Reason.THOUGHT_TOO_LONG,
}  # fmt: skip
PARENT = "Name three uses of a rope on a boat and say which is oldest."
CHILD = "Name four uses of a rope on a boat, with the knot that each one needs."
RESPONSE = "Mooring with a cleat hitch, towing with a bowline, reefing and lifting."
GOOD = Row(
    "s0-1", "s0", 0, 1, CHILD, parent_id="s0", operation="deepen",
    response=RESPONSE, gain=Gain.NOT_EQUAL.value, finish_reason="stop",
    evolve_finish_reason="stop", parent_instruction=PARENT,
)  # fmt: skip


def settings(profile: str = "strict", **more: Any) -> RunSettings:
    return RunSettings(
        seeds=Path("none.json"), out=Path("none"), model="offline/rewriter", rules=profile, **more
    )


def reasons(rows: list[Row], profile: str = "strict", **more: Any) -> list[list[str]]:
    """Return for each row the reasons of all rules that it breaks, in order of precedence."""
    rows = [replace(row, id=f"row-{n}") for n, row in enumerate(rows)]
    made = settings(profile, **more)
    found = examine(to_table(rows, STAGE), rules_of(made, PACK), made, PACK).findings
    assert all(finding.evidence for finding in found)
    return [[f.rule.reason.value for f in found if f.row_id == row.id] for row in rows]


def row(**changed: Any) -> Row:
    return replace(GOOD, **changed)


def with_words(count: int, first: str = "Sorry") -> str:
    return " ".join([first, *(f"word{n}" for n in range(count - 1))])


def grown_by(count: int) -> str:
    return " ".join([PARENT, *(f"more{n}" for n in range(count))])


BREAKS_AND_NEAR_MISSES = [
    # Unanswered: the provider's words stand in the row.
    ({"error": "the filter withheld it"}, {"error": None}, "unanswered"),
    # The evolver did not do its part.
    (
        {"instruction": "I apologize, but I am not able to rewrite this prompt."},
        {"instruction": "I can't tie a bowline on a boat. Explain it in five steps."},
        "evolver_refused",
    ),
    (
        {"instruction": "Could you share the prompt you want me to rewrite?"},
        {"instruction": "Could you share four uses of a rope that a prompt sailor knows?"},
        "evolver_refused",
    ),
    (
        {"instruction": "1. Mooring.\n2. Towing.\n3. Reefing."},
        {"instruction": "Say which is oldest:\n1. Mooring.\n2. Towing.\n3. Reefing."},
        "no_prompt",
    ),
    (
        {"instruction": "Option A: Name four uses of a rope.\n\nOption B: Name two knots."},
        {"instruction": "Choose for a small boat.\nOption A: hemp\nOption B: nylon"},
        "no_prompt",
    ),
    ({"instruction": CHILD + "\n\nAnswer: Mooring."}, {"instruction": CHILD + "\n\nAnswer:"},
     "no_prompt"),
    ({"instruction": "Sure! Ropes moor a boat."},
     {"instruction": "Surely ropes have uses? Name three and say why."},
     "no_prompt"),
    ({"error": f"{THOUGHT_TOO_LONG}: 9 tokens"}, {"error": None}, "thought_too_long"),
    # Rule 1, to the letter and in the judge's eyes.
    ({"instruction": PARENT.upper() + " "}, {"instruction": PARENT + " Why?"}, "no_gain"),
    ({"instruction": PARENT.rstrip(".") + " !"}, {"instruction": PARENT + " C#"}, "no_gain"),
    ({"gain": "equal"}, {"gain": None}, "no_gain"),
    ({"gain": "unscored"}, {"gain": "not_equal"}, "unscored"),
    # In place of rule 2: regret and what the speaker cannot do, or a refusal by itself.
    ({"response": "I can't assist with that request."},
     {"response": "I can't praise hemp enough: it moors, tows, reefs and lifts."}, "refused"),
    ({"response": "My apologies, I have no information on it."},
     {"response": "My apologies are long overdue, wrote the captain of the rope."}, "refused"),
    ({"response": "Unfortunately, I'm not able to say."}, {"response": "Better safe than sorry."},
     "refused"),
    ({"response": "Tut mir wirklich leid, das weiß ich nicht."},
     {"response": "Es tut der Leine gut, nass zu sein."}, "refused"),
    ({"response": "非常遗憾，我无法回答。"}, {"response": "船长遗憾地错过了缆绳。"}, "refused"),
    ({"response": "Disculpe, no dispongo de datos."}, {"response": "El perdón libera."}, "refused"),
    # Rule 3.
    ({"response": "..."}, {"response": "... 7"}, "empty_response"),
    ({"response": "?! ——"}, {"response": "🙂"}, "empty_response"),
    ({"response": "**\n\n---"}, {"response": "≤"}, "empty_response"),
    ({"response": "of the"}, {"response": "No"}, "empty_response"),
    ({"response": "The"}, {"response": "C"}, "empty_response"),
    ({"response": "It is what it is."}, {"response": "It is rope."}, "empty_response"),
    ({"response": "的。"}, {"response": "是。"}, "empty_response"),
    ({"response": "但是它们也就是这样的"}, {"response": "但是它们也就是绳子的"}, "empty_response"),
    ({"response": ""}, {"response": None}, "empty_response"),
    # Rule 4: labels always, plain words unless the parent has them.
    (
        {"instruction": "#Rewritten Prompt#: name a rope"},
        {"instruction": PARENT + " Is a prompt rewritten by hand better?"},
        "copied_prompt",
    ),
    (
        {"instruction": "Name ropes.\nThen answer the #The Given Prompt#."},
        {"instruction": "# Ropes\n" + CHILD + " Use the ropes given, promptly."},
        "copied_prompt",
    ),
    (
        {"instruction": "Name more ropes than the given prompt does."},
        {"instruction": "Improve the given prompt.", "parent_instruction": "Mend a given prompt."},
        "copied_prompt",
    ),
    (
        {"instruction": "#given prompt# x", "parent_instruction": "Explain #given prompt#."},
        {"instruction": "given prompt x", "parent_instruction": "Explain GIVEN PROMPT."},
        "copied_prompt",
    ),
    # How an answer failed names the reason.
    ({"ending": "cut", "error": "it began: 'Half'"}, {"ending": None, "error": None}, "truncated"),
    ({"ending": "refused", "error": "I will not."}, {"ending": None, "error": None}, "refused"),
    ({"ending": "refused", "error": "I'd rather not."}, {"ending": None, "error": None},
     "evolver_refused"),
    (
        {"instruction": "You may add 10 to 20 words to the given rope. Name it."},
        {"instruction": "You may add 10 to 20 knots to the rope. Name one."},
        "copied_prompt",
    ),
    (
        {"instruction": "按照改写后的提示，说出四种绳结。"},
        {"instruction": "给出提示，并说出四种绳结。", "operation": "in_breadth"},
        "copied_prompt",
    ),
    (
        {"instruction": CHILD + "\n####\nName a knot."},
        {"instruction": CHILD + "\n#### Knots\nName a knot."},
        "copied_prompt",
    ),
    # The strict profile.
    (
        {"instruction": CHILD + " As an AI, be brief."},
        {"instruction": CHILD + " Has an airship ropes?"},
        "boilerplate",
    ),
    (
        {"response": "As an AI language model, " + RESPONSE},
        {"response": "Has an airship ropes? " + RESPONSE},
        "boilerplate",
    ),
    ({"response": "作为一个AI,绳子有用。"}, {"response": "作为一个水手,绳子有用。"}, "boilerplate"),
    (
        {"response": "Please provide the length of the boat."},
        {"response": "Please a sailor: provide rope of good length."},
        "asks_back",
    ),
    ({"response": "请提供船的长度。"}, {"response": "请船员提绳子。"}, "asks_back"),
    (
        {"response": "four uses of a rope on a boat, with the"},
        {"response": "four uses of a rope on a"},
        "copied_response",
    ),
    ({"duplicate_of": "s9"}, {"duplicate_of": None}, "duplicate"),
    (
        {"instruction": grown_by(81)},
        {"instruction": grown_by(80)},
        "off_budget",
    ),
    (
        {"instruction": " ".join(PARENT.split()[:8])},
        {"instruction": " ".join(PARENT.split()[:9])},
        "off_budget",
    ),
    (
        {"instruction": " ".join(PARENT.split()[:8]), "operation": "complicate_input"},
        {"instruction": " ".join(PARENT.split()[:8]), "operation": "in_breadth"},
        "off_budget",
    ),
    (
        {"instruction": CHILD + " Say why it holds." * 5, "operation": "in_breadth"},
        {"instruction": CHILD + " Say why it holds." * 4, "operation": "in_breadth"},
        "repeats_itself",
    ),
    (
        {"response": "Hemp moors the boat. " * 5},
        {"response": "Hemp moors the boat. " * 4},
        "repeats_itself",
    ),
]  # fmt: skip


TO_THE_LETTER = [
    ({"response": with_words(79)}, {"response": with_words(80)}, "refused"),
    ({"response": "I'm SORRY, no."}, {"response": "I worry, no."}, "refused"),
    ({"response": "I am sorry. No."}, {"response": "A sorrysome rope of hemp."}, "refused"),
    ({"response": "很抱歉,我无法回答。"}, {"response": "缆绳可以用来系船和拖船。"}, "refused"),
    ({"response": "对不起,不行。"}, {"response": "对缆绳来说可以系船。"}, "refused"),
    ({"response": "抱歉" + "绳" * 155}, {"response": "抱歉" + "绳" * 158}, "refused"),
    ({"response": "申し訳ありませんが、できません。"}, {"response": "係留に使います。"}, "refused"),
    ({"response": "Lo siento, no puedo ayudar."}, {"response": "Siento la cuerda."}, "refused"),
]  # fmt: skip


@pytest.mark.parametrize(("broken", "near_miss", "reason"), TO_THE_LETTER)
def test_the_paper_profile_holds_rule_2_to_the_letter(
    broken: dict[str, Any], near_miss: dict[str, Any], reason: str
) -> None:
    found, missed, good = reasons([row(**broken), row(**near_miss), GOOD], "paper")
    assert (found, missed, good) == ([reason], [], [])


def test_an_apology_that_was_asked_for_is_no_refusal() -> None:
    letter = "Dear guests, I am sorry that I cannot answer every letter: the ferry is late."
    rows = [
        row(
            response=letter,
            operation="in_breadth",
            instruction="Apologise to the guests of a ferry.",
        ),
        row(
            response=letter,
            operation="in_breadth",
            instruction="Make it politer: I'm sorry, I can't answer.",
        ),
        row(response=letter, operation="in_breadth", instruction="Write to the guests of a ferry."),
    ]
    assert reasons(rows) == [[], [], ["refused"]]
    assert reasons(rows[:1], "paper") == [["refused"]]


def test_a_word_that_the_instruction_offers_is_an_answer() -> None:
    """Choices, blanks and questions about words have answers that say nothing elsewhere."""
    asked = [
        'Which word joins two nouns: "and" or "quickly"?',
        "Fill in: a cat and a dog ___ a boat.",
        "Choose and, or, but: small __ strong.",
        "Name four uses of a rope.",
    ]
    found = reasons([row(instruction=text, response="and") for text in asked], "paper")
    assert found == [[], [], [], ["empty_response"]]


@pytest.mark.parametrize(("broken", "near_miss", "reason"), BREAKS_AND_NEAR_MISSES)
def test_a_rule_catches_what_breaks_it_and_not_what_nearly_does(
    broken: dict[str, Any], near_miss: dict[str, Any], reason: str
) -> None:
    found, missed, good = reasons([row(**broken), row(**near_miss), GOOD])
    assert reason in found
    assert missed == [] and good == []


def test_every_rule_has_an_example_here() -> None:
    """A rule that nobody tried is a rule that removes nothing, or everything."""
    examples = [*BREAKS_AND_NEAR_MISSES, *TO_THE_LETTER]
    shown = [row(**broken) for broken, _, _ in examples]
    rows = [replace(one, id=f"row-{n}") for n, one in enumerate(shown)]
    made = settings("strict")
    found = examine(to_table(rows, STAGE), rules_of(made, PACK), made, PACK).findings
    made = settings("paper")
    found += examine(to_table(rows, STAGE), rules_of(made, PACK), made, PACK).findings
    assert {f.rule.name for f in found} == {rule.name for rule in RULES}


@pytest.mark.parametrize(("max_words", "kept"), [(79, True), (80, False)])
def test_refusal_boundary_is_the_settings(max_words: int, kept: bool) -> None:
    """Rule 2 is "fewer than": 79 words with an apology fall under 80, and not under 79."""
    [found] = reasons([row(response=with_words(79))], "paper", refusal_max_words=max_words)
    assert found == ([] if kept else ["refused"])


def test_plain_words_are_excused_by_the_parent_and_labels_never() -> None:
    found = reasons(
        [
            row(instruction="Shorten the rewritten prompt.", parent_instruction=PARENT),
            row(instruction="Shorten the rewritten prompt.",
                parent_instruction="What is a Rewritten Prompt?"),
            row(instruction="Shorten the #Rewritten Prompt#.",
                parent_instruction="What is a #Rewritten Prompt#?"),
        ],
        "paper",
    )  # fmt: skip
    assert found == [["copied_prompt"], [], ["copied_prompt"]]


def test_word_budget_is_not_for_breadth_and_inserted_data() -> None:
    """A new instruction has no parent to be near to, and inserted data may be long."""
    grown = row(instruction=grown_by(200))
    found = reasons([replace(grown, operation=one.name) for one in PACK.operations])
    free = [one.name for one, why in zip(PACK.operations, found, strict=True) if not why]
    assert free == ["complicate_input", "in_breadth"]
    assert [why for why in found if why] == [["off_budget"]] * (len(found) - len(free))


def test_a_packs_own_operation_says_whether_it_is_held_to_the_budget() -> None:
    """The six must not be the only ones that the rule knows."""
    grown = replace(GOOD, instruction=grown_by(200), operation="simplify")
    for held in (True, False):
        own = replace(PACK, operations=(Operation("simplify", Axis.DOWN, word_budget=held),))
        [judged] = apply("before_judge", [grown], settings(), own)
        assert (judged.reason == Reason.OFF_BUDGET) == held


def not_upper(text: str, *, most: int) -> str | None:
    return "too many capitals" if sum(c.isupper() for c in text) > most else None


def test_a_packs_own_rules_stand_beside_the_common_ones_and_after_them() -> None:
    own = Rule(
        "child_not_shouted", Reason.COPIED_PROMPT, "before_judge", ("instruction",), not_upper,
        lambda terms: {"most": terms.settings.epochs},
    )  # fmt: skip
    pack = replace(PACK, rules=(own,))
    rows = [row(id="a", instruction="NAME A ROPE."), row(id="b", instruction=PARENT.upper()), GOOD]
    judged = apply("before_judge", rows, settings("paper"), pack)
    assert [one.evidence for one in judged] == [
        "too many capitals", "the same text as its parent", None,
    ]  # fmt: skip
    assert rules_of(settings("paper"), pack) == [*rules_of(settings("paper"), PACK), own]


def test_word_budget_skips_a_shard_of_breadth_children_alone() -> None:
    grown = row(instruction=grown_by(200), operation="in_breadth")
    assert reasons([grown, grown, grown]) == [[], [], []]


def test_strict_rules_are_not_in_the_paper_profile() -> None:
    """The default must remove what the paper removes, and nothing more."""
    paper, strict = (rules_of(settings(profile), PACK) for profile in ("paper", "strict"))
    assert {rule.reason for rule in paper} == PAPER_REASONS
    assert [rule for rule in RULES if not rule.strict] == paper
    assert [rule for rule in RULES if not rule.to_the_letter] == strict
    breaks = [row(**broken) for broken, _, _ in (*BREAKS_AND_NEAR_MISSES, *TO_THE_LETTER)]
    seen = {reason for found in reasons(breaks, "paper") for reason in found}
    assert seen == {reason.value for reason in PAPER_REASONS}


def test_each_rule_stands_at_one_moment_and_its_name_is_its_own() -> None:
    made = settings("strict")
    moments = [rules_at(m, made, PACK) for m in ("before_judge", "after_judge", "after_response")]
    assert [rule for rules in moments for rule in rules] == rules_of(made, PACK)
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_the_first_rule_in_order_of_precedence_names_the_reason() -> None:
    """A refusal cut by the token limit that also asks back is a refusal."""
    both = row(response="Sorry. Please provide more.", finish_reason="length")
    leaked = row(instruction="#Given Prompt# As an AI", evolve_finish_reason="length", id="s1-1")
    [judged] = apply("after_response", [both], settings("paper"), PACK)
    assert judged.reason == Reason.REFUSED and judged.evidence is not None
    assert "'sorry'" in judged.evidence and "4 words" in judged.evidence
    [screened] = apply("before_judge", [leaked], settings(), PACK)
    assert screened.reason == Reason.COPIED_PROMPT


def test_a_moment_looks_at_its_own_rules_only_and_passes_judged_rows_through() -> None:
    rows = [
        row(response="Sorry.", id="a"),
        row(instruction="#Given Prompt#", id="b"),
        row(instruction="#Given Prompt#", id="c", reason="no_gain", evidence="said before"),
    ]
    done = apply("before_judge", rows, settings("paper"), PACK)
    assert [r.reason for r in done] == [None, "copied_prompt", "no_gain"]
    assert done[2] is rows[2] and done[0] is rows[0]


def test_all_rows_of_a_bad_shard_are_found() -> None:
    """Great Expectations shortens lists of unexpected rows unless it is told not to."""
    rows = [row(id=f"r{n}", response="Sorry." if n % 2 else RESPONSE) for n in range(500)]
    done = apply("after_response", rows, settings("paper"), PACK)
    assert [r.reason == "refused" for r in done] == [bool(n % 2) for n in range(500)]


def test_evidence_can_be_checked_by_a_person() -> None:
    [leak] = apply("before_judge", [row(instruction="See #Given Prompt#")], settings(), PACK)
    [empty] = apply("after_response", [row(response="…!")], settings(), PACK)
    assert leak.evidence is not None and "'#given prompt#'" in leak.evidence
    assert empty.evidence is not None and "'…!'" in empty.evidence
