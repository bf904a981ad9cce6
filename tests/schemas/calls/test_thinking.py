"""Thinking and template tokens are taken off the ends; a text about them stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calls.thinking import taken_apart

ANSWER = "Name a knot that holds under load."


@pytest.mark.parametrize("text", [
    f"<think>\nHm.\n</think>\n\n{ANSWER}", f"<think>Hm.</think>{ANSWER}",
    f"\n<THINK> Hm. </THINK> {ANSWER}",
    f"<thinking>Hm.</thinking>\n{ANSWER}", f"<reasoning>\nHm.</reasoning>{ANSWER}",
    f"[THINK]Hm.[/THINK]{ANSWER}", f"<thought>Hm.</thought>\n{ANSWER}",
    f"<seed:think>Hm.</seed:think>{ANSWER}",
    f"◁think▷Hm.◁/think▷{ANSWER}", f"<|begin_of_thought|>\nHm.\n<|end_of_thought|>\n{ANSWER}",
    f"Hm.\n</think>\n\n{ANSWER}", f"Hm.</think>{ANSWER}", f"Hm.\n</thinking>\n{ANSWER}",
    f"Hm.\n[/THINK]\n{ANSWER}", f"<think>\nHm.\n</think>\n<answer>{ANSWER}</answer>",
    f"<think>Hm.</think>\n<think>\n</think>\n{ANSWER}",
    f"<think>\nHm.\n</think>\n{ANSWER}<|im_end|>",
    f"<|im_start|>assistant\n<think>\nHm.\n</think>\n{ANSWER}<|im_end|>",
    f"<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}<|return|>",
    f"<|start|>assistant<|channel|>analysis<|message|>Hm.<|end|><|channel|>final<|message|>{ANSWER}",
    f"analysisHm.assistantfinal{ANSWER}",
])  # fmt: skip
def test_a_thought_before_the_answer_is_taken_off(text: str) -> None:
    assert taken_apart(text) == (ANSWER, "Hm.")


def test_an_empty_thought_is_taken_off_too() -> None:
    assert taken_apart(f"<think>\n\n</think>\n\n{ANSWER}") == (ANSWER, "")
    assert taken_apart(f"</think>\n\n{ANSWER}") == (ANSWER, "")


@pytest.mark.parametrize("text", [
    "<think>\nHm, this is", "<think>Hm, this is", "<|channel|>analysis<|message|>Hm, this is",
    "[THINK]Hm, this is",
])  # fmt: skip
def test_a_thought_that_is_cut_leaves_no_answer(text: str) -> None:
    assert taken_apart(text, is_cut=True) == ("", "Hm, this is")


@pytest.mark.parametrize("text", [
    "Explain what `</think>` means in a model's reply.",
    "Write a regular expression that removes </think> from a text.",
    "Which models write <think> and </think> around their thoughts, and why?",
    "<think> and </think> tags mark thoughts. Explain how to parse them.",
    "Parse this:\n```\n<think>\nHm.\n</think>\nYes.\n```\nWhat is the answer in it?",
    "What does <|im_end|> do in a chat template?", "What is the meaning of </s>",
    "<s>old price</s> New price: 7", "Mark the word as <s>struck</s>",
    "The tag is `<|im_end|>`", "Think about [INST] and [/INST] in prompts.",
    "analysis of the final: who was the best assistant?", "  leading blanks stay\n", "",
])  # fmt: skip
def test_a_text_about_tags_stays_as_it_is(text: str) -> None:
    assert taken_apart(text) == (text, None)


@pytest.mark.parametrize("text", [
    f"{ANSWER}<|im_end|>", f"{ANSWER}<|eot_id|>", f"{ANSWER}</s>", f"{ANSWER} </s>",
    f"{ANSWER}<end_of_turn>\n",
    f"{ANSWER}<｜end▁of▁sentence｜>", f"{ANSWER}<|endoftext|><|endoftext|>",
    f"{ANSWER}\n<|im_end|>\n",
    f"<|im_start|>assistant\n{ANSWER}",
    f"<|start_header_id|>assistant<|end_header_id|>\n\n{ANSWER}<|eot_id|>",
    f"{ANSWER}<|im_end|>\n<|im_start|>user\nAnd then?",
    f"<start_of_turn>model\n{ANSWER}<end_of_turn>",
    f"[/INST] {ANSWER}</s>", f"<s>{ANSWER}",
])  # fmt: skip
def test_tokens_of_a_template_are_taken_off_the_ends(text: str) -> None:
    assert taken_apart(text) == (ANSWER, None)


@given(st.lists(st.sampled_from([
    "<think>", "</think>", "[THINK]", "<|im_end|>", "<s>", "</s>", "`", "\n", " ", "word",
    "<|channel|>",
    "final", "analysis", "<|message|>", "<|end|>", "assistant",
]), max_size=14).map("".join), st.booleans())  # fmt: skip
def test_no_mix_of_tags_breaks_it_and_no_plain_text_is_changed(text: str, is_cut: bool) -> None:
    spoken = taken_apart(text, is_cut=is_cut)
    assert len(spoken.text) <= len(text)
    plain = text.replace("<", "(").replace("[", "(").replace("analysis", "study")
    assert taken_apart(plain, is_cut=is_cut) == (plain, None)
