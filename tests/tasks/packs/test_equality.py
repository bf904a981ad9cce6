"""Verdicts of equality: read as they are meant or not at all, and never the wrong way round."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.reasons import Gain
from tasks.packs.equality import read_verdict

GAP = st.text(" \t\n.,:;!?*_'\"()-–`", min_size=1, max_size=4)
EDGE = st.text(" \n.,:;!?*_'\"()`#", max_size=4)
VERDICTS = {"Equal": Gain.EQUAL, "Not Equal": Gain.NOT_EQUAL}
WORDS = st.sampled_from(
    [
        "the",
        "second",
        "first",
        "prompt",
        "adds",
        "a",
        "not",
        "no",
        "never",
        "constraint",
        "same",
        "different",
        "equal",
        "unequal",
        "but",
        "so",
        "they",
        "are",
        "depth",
        "is",
        "would",
        "if",
        "because",
        "and",
        "whether",
        "不",
        "相等",
        "不同",
        ".",
        ":",
        "?",
        "(",
        ")",
        "\n",
    ]
)
SAID_EQUAL = [
    "Equal\n\nThe second prompt only rewords the first. Nothing was added.",
    "Are they equal? Yes.",
    '{"different": false}',
    'Here is my verdict:\n```json\n{"equal": true}\n```',
    "There is no difference between the two prompts.",
    "They are not different.",
    "No, they are equal.",
    "Yes, they are equal",
    "Yes, equal.",
    "The same",
    "Gleich.",
    "Die Anweisungen sind gleich, weil nichts hinzukommt.",
    "Égal",
    "Elles sont équivalentes.",
    "Iguales",
    "Son iguales.",
    "No hay ninguna diferencia.",
    "Iguais",
    "Uguali",
    "Sono uguali.",
    "Равны",
    "нет никаких различий",
    "等しい",
    "二つのプロンプトは同じです。",
    "違いはありません",
    "같음",
    "동일합니다",
    "没有区别",
    "不，它们相等",
    "I'd say Equal.",
    "I'd call it equal",
    "They share all constraints and so they are equal.",
    "Equal.\n\nLet me know if you need anything else!",
    "Prompt 1 and Prompt 2 are equal.",
    "They are not unequal.",
    "Neither constraint is new. Equal",
    "Equal!\n\nReason: same depth.",
    "The correct label is Equal",
    "I can't find any difference between them.",
    "I fail to see a difference.",
    "They do not differ.",
    "Verdict: Same",
    "Verdict - Equal",
    "Equal ✅",
]
SAID_NOT_EQUAL = [
    "Wait.\nEqual\n\nNo, on second thought, the second adds one.\n\nNot Equal",
    "Not Equal\n\nThe second adds a word limit; without it they would be equal.",
    "[x] Not Equal\n[ ] Equal",
    "~~Equal~~ Not Equal",
    "Constraints: equal\nDepth: not equal\n\nVerdict: Not Equal",
    "Condition 1: yes\nCondition 2: no\nNot Equal",
    "Are they equal? No.",
    "Equal: No",
    "Equal? No, not equal.",
    "equal: false",
    "{equal: false}",
    "{'equal': False}",
    '{"result": {"is_equal": "no"}}',
    '{"reason":"they would be equal but for one rule","verdict":"Not Equal"}',
    '{"constraints_equal": true, "depth_equal": false, "verdict": "Not Equal"}',
    '{"not_equal": true}',
    "<verdict>Not Equal</verdict>",
    "\\boxed{\\text{Not Equal}}",
    "I don't think they're equal.",
    "It's not the case that they are equal.",
    "They are anything but equal.",
    "It would be wrong to call them equal.",
    "They can't be considered equal.",
    "No, they are not equal.",
    "At first sight they are equal, but the second adds a rule. Not Equal",
    "Not the same.",
    "Nicht gleich",
    "Die beiden Anweisungen sind nicht gleich.",
    "Ungleich",
    "Pas égal",
    "Les deux instructions ne sont pas égales.",
    "No son iguales.",
    "Não são iguais",
    "Non sono uguali",
    "Не равны",
    "Неравны",
    "Они не одинаковы.",
    "等しくない",
    "同じではありません",
    "異なる",
    "不一致です",
    "같지 않습니다",
    "다릅니다",
    "두 프롬프트는 동일하지 않습니다.",
    "有区别",
    "不完全一致",
    "两者并非相等",
    "不能说它们相等",
    "结论：不相等。",
    "相等吗？不。",
    "判断：不相等（虽然主题相同）",
    "Not Equal, although the topic is the same.",
    "**Verdict:** *Not Equal*\n\n**Reason:** The second asks for a table, so depth is not equal.",
    "Verdict = Not Equal",
    'The verdict is "Not Equal".',
    "My verdict: the prompts are Not Equal.",
    "Not really equal",
    "The answer is Not Equal, since prompt 2 wants code.",
    "The second adds detail. Not Equal. Let me know if you need more.",
    '<think>Equal?</think>\n\n{"equal": false}',
    "Thought: they look equal</think>Not Equal",
    "These two are not equal to each other.",
    "Prompt 2 is not equal to Prompt 1.",
    "It is false that they are equal.",
    "Hardly equal.",
    "Not. Equal.",
    "Equal.\n\nActually, wait: the second one asks for code too, so they differ.",
    "Not Equal. They are not equal because the depth differs.",
    "UNEQUAL",
    "inequivalent",
    "Non-equivalent",
    "≠",
    "(2) Not Equal",
    "There's a difference.",
    "There is one difference",
    "They differ.",
    "The prompts do not appear to be equal",
    "Not identical",
    "Verdict: Different",
    "Not Equal ❌",
]
SAID_NEITHER = [
    "The prompts would be equal if the second had not added a limit.",
    "Possible verdicts:\n- Equal\n- Not Equal\n\nThe second adds a step.",
    "Constraints: not equal\nDepth: equal",
    "not entirely different",
    "They are equal, but the second one adds a constraint.",
    "They are nearly equal.",
    "Equal in length but not in depth.",
    "same, but harder",
    "None of this makes them equal.",
    "It's not because they're equal.",
    "Equal, no.",
    "Equal\nNot Equal",
    "Equal/Not Equal",
    "Equal or Not Equal",
    "Equal or Not Equal?",
    "As they share everything, they are equal.",
    "<think>Equal",
    "Not at all!",
    "The two are equal. However, the second adds a limit.",
    "unequal depth",
    "A == B",
    "Option 2: Not Equal",
    "Not equal to each other in depth.",
    "They don't differ much",
    "no",
    "I would hesitate to call them equal.",
    "To call these equal is a stretch.",
    "It cannot be said that these are not equal",
    "Equality fails",
    "❌ Not Equal",
]


@pytest.mark.parametrize(
    ("reply", "gain"),
    [
        ("Not Equal.", Gain.NOT_EQUAL),
        ("NOT EQUAL", Gain.NOT_EQUAL),
        ("not  equal", Gain.NOT_EQUAL),
        ("Not\nEqual", Gain.NOT_EQUAL),
        ("**Not Equal**", Gain.NOT_EQUAL),
        ("Not-Equal", Gain.NOT_EQUAL),
        ("unequal", Gain.NOT_EQUAL),
        ("non-equal", Gain.NOT_EQUAL),
        ("They aren't equal.", Gain.NOT_EQUAL),
        ("They aren’t equal.", Gain.NOT_EQUAL),
        ("They don't look equal.", Gain.NOT_EQUAL),
        ("They cannot be called equal.", Gain.NOT_EQUAL),
        ("The two are not at all equivalent", Gain.NOT_EQUAL),
        ("不相等", Gain.NOT_EQUAL),
        ("不相同。", Gain.NOT_EQUAL),
        ("不完全相同", Gain.NOT_EQUAL),
        ("Equal", Gain.EQUAL),
        ("equal!", Gain.EQUAL),
        ("#Verdict#: Equal", Gain.EQUAL),
        ("The two prompts are equivalent.", Gain.EQUAL),
        ("Both ask in equal depth: Equal", Gain.EQUAL),
        ("相等", Gain.EQUAL),
        ("相同。", Gain.EQUAL),
        ("I cannot tell", Gain.UNSCORED),
        ("", Gain.UNSCORED),
        ("Equality matters here.", Gain.UNSCORED),
        ("好的", Gain.UNSCORED),
    ],
)
def test_a_verdict_is_read_as_it_is_meant(reply: str, gain: Gain) -> None:
    """ "Not Equal" contains "Equal": read the other way round, the run would lose its best rows."""
    assert read_verdict(reply) is gain


@given(EDGE, GAP, EDGE, st.sampled_from([str.lower, str.upper, str.title]))
def test_case_and_punctuation_change_no_verdict(
    before: str, between: str, after: str, case: Callable[[str], str]
) -> None:
    assert read_verdict(f"{before}{case('not')}{between}{case('equal')}{after}") is Gain.NOT_EQUAL
    assert read_verdict(f"{before}{case('equal')}{after}") is Gain.EQUAL


@given(st.text())
def test_any_reply_has_exactly_one_reading(reply: str) -> None:
    assert read_verdict(reply) in set(Gain)


@pytest.mark.parametrize("reply", SAID_EQUAL)
def test_equal_is_read_in_the_ways_in_which_judges_say_it(reply: str) -> None:
    assert read_verdict(reply) is Gain.EQUAL


@pytest.mark.parametrize("reply", SAID_NOT_EQUAL)
def test_not_equal_is_read_in_the_ways_in_which_judges_say_it(reply: str) -> None:
    assert read_verdict(reply) is Gain.NOT_EQUAL


@pytest.mark.parametrize("reply", SAID_NEITHER)
def test_what_says_both_or_speaks_of_a_part_is_unscored(reply: str) -> None:
    assert read_verdict(reply) is Gain.UNSCORED


@given(st.lists(WORDS, max_size=20), st.sampled_from(list(VERDICTS)))
def test_a_last_line_that_is_the_verdict_alone_wins_over_any_reasoning(
    words: list[str], verdict: str
) -> None:
    """It may be the neighbour of a contrary verdict, and then says nothing; never the contrary."""
    reply = " ".join(words) + f"\n\nThat settles it.\n{verdict}"
    assert read_verdict(reply) is VERDICTS[verdict]


@given(st.lists(WORDS, max_size=20), st.sampled_from(list(VERDICTS)))
def test_thoughts_never_decide(words: list[str], verdict: str) -> None:
    thought = " ".join(words)
    for reply in (f"<think>{thought}</think>{verdict}", f"{thought}\n</think>\n\n{verdict}"):
        assert read_verdict(reply) is VERDICTS[verdict]
    assert read_verdict(f"<think>{thought} {verdict}") is Gain.UNSCORED


@given(st.booleans(), st.sampled_from(["equal", "is_equal", "isEqual", "Equal", "equivalent"]))
def test_a_boolean_is_read_wherever_it_lies(is_equal: bool, key: str) -> None:
    wanted = Gain.EQUAL if is_equal else Gain.NOT_EQUAL
    value = {"reason": "they would be equal, were they not different", key: is_equal}
    for whole in (value, {"result": value}, [value]):
        text = json.dumps(whole)
        for reply in (text, f"```json\n{text}\n```", f"My verdict:\n{text}", str(whole)):
            assert read_verdict(reply) is wanted
