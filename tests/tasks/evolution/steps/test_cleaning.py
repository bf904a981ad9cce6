"""Cleaning: what evolvers wrap around a prompt is taken off, what is the prompt's own stays."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.evolution.steps.cleaning import clean

CHILD = "Name two knots that hold in wet rope,\nand say which is easier to undo."
LINE = "Name two knots that hold in wet rope, and say which is easier to undo."
CHINESE = "说出两种在湿绳上牢固的绳结，并说明哪种更容易解开。"

OPENINGS = [
    "#Rewritten Prompt#:\n{}", "#Rewritten Prompt#: {}", "# rewritten prompt #:\n\n{}",
    "**#Rewritten Prompt#:** {}", "#Created Prompt#\n{}", "#New Prompt#:\n{}", "#Harder Query#:\n{}",
    "### Evolved Instruction\n\n{}", "## New Question:\n{}", "**Final Version**\n\n{}",
    "**Improved Prompt:** {}", "Modified instruction: {}", "New version:\n\n{}", "Prompt: {}",
    "Rewritten Prompt\n\n{}", "[Rewritten Prompt]: {}", "New Prompt (harder): {}",
    "Rewritten Prompt with SQL table:\n{}", "Assistant: {}", "### Instruction:\n{}",
    "Sure, here is a harder version: {}", "Here's the new prompt: {}", "Sure!\n\n{}", "Certainly:\n{}",
    "Certainly! I'd be glad to help. Here's a slightly harder version:\n\n{}", "Sure! {}",
    "Here is the new prompt:\n\n#Rewritten Prompt#:\n{}", "I've rewritten the prompt as follows:\n\n{}",
    "The rewritten prompt is:\n\n{}", "As requested, here is the new prompt:\n{}", "Here you go:\n\n{}",
    "Below is the rewritten prompt:\n\n{}", "Nuevo prompt: {}", "Prompt réécrit : {}",
    "Neuer Prompt:\n{}", "Novo prompt: {}", "Nuovo prompt: {}", "Новый промпт: {}",
    "Natürlich! Hier ist eine schwierigere Version:\n\n{}",
    "Bien sûr ! Voici une version modifiée :\n\n{}",
    "Claro, aquí tienes una versión más difícil:\n\n{}", "Claro! Aqui está o novo prompt:\n\n{}",
    "Certo! Ecco la nuova versione:\n\n{}", "Конечно! Вот новая версия:\n\n{}",
    "#Given Prompt#:\nName two knots.\n\n#Rewritten Prompt#:\n{}",
    "Original prompt: Name two knots.\n\n**Rewritten prompt:** {}",
]  # fmt: skip
CHINESE_OPENINGS = [
    "改写后的提示：\n{}", "#重写提示#：\n{}", "新的提示：{}", "**改写后的指令：**\n{}",
    "【新提示】\n{}",
    "当然，以下是改写后的提示：\n\n{}", "好的，这是一个更难的版本：\n{}", "当然！\n\n{}",
    "创建的提示：{}",
    "#给定提示#：\n说出两种绳结。\n\n#重写提示#：\n{}", "新しいプロンプト：\n{}", "새로운 프롬프트: {}",
    "もちろんです。以下は新しいプロンプトです：\n\n{}",
    "물론입니다! 다음은 더 어려운 버전입니다:\n\n{}",
]  # fmt: skip
ROUNDS = [
    '"{}"', "“{}”", "「{}」", "'{}'", "«{}»", "„{}“", "```\n{}\n```", "```text\n{}\n```",
    "~~~\n{}\n~~~", "**{}**", "*{}*", "`{}`", "> {}", "<rewritten_prompt>\n{}\n</rewritten_prompt>",
    "```\n#Rewritten Prompt#:\n{}\n```", '#Rewritten Prompt#:\n"{}"', "\n\n  {}  \n",
    "Okay, here is the new prompt:\n\n**{}**",
]  # fmt: skip
CLOSINGS = [
    "{}\n\n(Note: I added a constraint about wet rope.)", "{} (added 12 words)", "{}\n\n####",
    "{}\n\n---\n\nThis version adds a constraint.", "{}\n\n**Explanation:** One constraint was added.",
    "{}\n\n**Changes made:**\n- Added wet rope\n- Asked for a comparison", "{}\n\nWord count: 14",
    "{}\n\nLet me know if you'd like another version!", "{}\n\nI hope this helps!",
    "{} This version adds a new constraint.", "{}\n\nNote: I added a condition on wet rope.",
    "{}\n\n*I made the prompt harder by asking for a comparison.*",
    "{}\n\n（注：我增加了一个限制条件。）",
    "{}\n\n(Hinweis: Ich habe eine Bedingung zum Prompt hinzugefügt.)", "{}\n\n这个版本增加了限制。",
    "{}\n\nExplicación: he añadido una restricción.", "{}\n\nCette version ajoute une contrainte.",
]  # fmt: skip


@pytest.mark.parametrize("wrapped", OPENINGS)
def test_labels_and_announcements_are_taken_off(wrapped: str) -> None:
    assert clean(wrapped.format(CHILD)) == CHILD


@pytest.mark.parametrize("wrapped", [*CHINESE_OPENINGS, *ROUNDS, *CLOSINGS])
def test_wrappings_are_taken_off_a_text_without_spaces(wrapped: str) -> None:
    assert clean(wrapped.format(CHINESE)) == CHINESE


@pytest.mark.parametrize("wrapped", [*ROUNDS, *CLOSINGS])
def test_fences_quotes_bold_and_remarks_are_taken_off(wrapped: str) -> None:
    assert clean(wrapped.format(LINE)) == LINE


@pytest.mark.parametrize("opening", OPENINGS[::6])
@pytest.mark.parametrize("closing", CLOSINGS[::4])
def test_wrappings_within_wrappings_are_taken_off(opening: str, closing: str) -> None:
    assert clean(opening.format(closing.format(LINE))) == LINE


@pytest.mark.parametrize(
    "text",
    [
        '"Ahoy" and "avast": which is older?',
        "“Ahoy” or “avast”?",
        'Who said "ahoy"',
        "Surely a rope has uses: name three.",
        "Sure footing matters on deck. Why?",
        "Okay is a word: where does it come from?\nAnd when?",
        "Write down what follows.\n#Rewritten Prompt#: is a label.",
        '"',
        "# A heading\n\nExplain it.",
        "Here is the shop's stock as an SQL table:\n\nCREATE TABLE stock (item TEXT, n INT);\n\n"
        "Which query finds what is sold out?",
        "Here are two Python functions:\n\ndef a(): ...\ndef b(): ...\n\nWhich one is faster?",
        "Here is the new version of my essay:\n\nRopes are old.\n\nWhere is it still too long?",
        "Write a new version of this text:\n\nRopes are old.",
        "Create a new question from this fact:\nRopes are old.",
        "**Bold** words stand out: **why**?",
        "`a` and `b` differ: how?",
        "> A quotation opens it.\n\nWho wrote this?",
        "Sort the list.\n\nExample:\nInput: 3 1\nOutput: 1 3\n\nExplanation: 1 is less than 3.",
        "Explain a rope (in at most 50 words).",
        "Write a mail to a sailor.\n\nNote: he is deaf.",
        "Fill in the form:\n\nName: Rosa\nVersion: 2\nAnswer:",
        "#include <stdio.h>\nint main() {}\n\nWhat does it print?",
        "#knots #rope: what do these tags tell?",
        "问题：绳子有什么用？",
        "以下是一段文字：\n绳子很旧。\n\n请改写它。",
        "Which rope is older? The new one or the given one?",
        "Improve this prompt: Name a rope.",
        "I added sugar to my tea. What happens to its boiling point?",
        "Explain why ropes rot. Feel free to use examples.",
    ],
)
def test_an_instructions_own_words_stay(text: str) -> None:
    """Rule 4 looks for labels left elsewhere; data that an instruction opens with is no preamble."""
    assert clean(text) == text


PIECES = st.sampled_from(
    [
        "#Rewritten Prompt#", ":", "\n", "**", '"', "“", "”", "'", "「", "」", "Sure", "here is", " ",
        "a", "#", "#Given Prompt#:", "```", "`", ">", "(Note: I added a prompt)", "---", "\n\n", "<",
        "This version adds", "新提示：", "注：", "1. ", "<prompt>", "</prompt>", ".", "Prompt:",
    ]
)  # fmt: skip
WRITTEN = st.text() | st.lists(PIECES, max_size=12).map("".join)


@given(WRITTEN)
@example("#Rewritten Prompt#:")
def test_cleaning_never_fails_and_never_invents(text: str) -> None:
    """What is left is what the model wrote, in its order, without what was taken off."""
    left = iter(text)
    assert all(char in left for char in clean(text))
    assert clean(text) == clean(text).strip()


@given(WRITTEN)
@example('"“Name a rope.”"')
@example("Sure:\n\nCertainly:\n\nName a rope.")
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)
