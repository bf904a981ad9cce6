"""Take a model's thinking, and the tokens of its chat template, off the text that it wrote.

Turns a text into an answer and a thought. Only what stands at the ends counts: a text *about* such
tags is left as it is. Knows nothing of fields or of providers.
"""

import re
from typing import NamedTuple


class Spoken(NamedTuple):
    """What a model wrote, taken apart."""

    text: str
    """The answer; exactly as it came where there was nothing to take off."""
    thought: str | None
    """The thinking before it; None where there was none, "" where it was empty."""


_NAMES = r"think|thinking|thought|thoughts|reason|reasoning|scratchpad|reflection|inner_?monologue|"
_NAMES += (
    r"seed:think|thought_process|chain_of_thought|cot|analysis|antthinking|internal_?thoughts?"
)
_OPEN = re.compile(
    rf"(?P<angle><\s*(?:{_NAMES})\s*>)|(?P<square>\[\s*(?:THINK|THINKING|REASONING)\s*\])"
    r"|(?P<moon>◁think▷)|(?P<token><\|(?:begin_of_thought|START_THINKING|begin_thought|think)\|>)"
    r"|(?P<unused><unused94>(?:thought\n)?)",
    re.IGNORECASE,
)
_CLOSE = re.compile(
    rf"<\s*/\s*(?:{_NAMES})\s*>|\[\s*/\s*(?:THINK|THINKING|REASONING)\s*\]|◁/think▷"
    r"|<\|(?:end_of_thought|END_THINKING|end_thought|/think)\|>|<unused95>",
    re.IGNORECASE,
)
_MENTION = re.compile(
    r"\s*(?:and|or|to|with|und|oder|et|ou|y|e|o|и|或|和|与|、|&|/|,|-|\.{2,}|…)?\s*", re.IGNORECASE
)
_IN_A_SENTENCE = re.compile(r"[ \t]+[^\W\d_A-Z][^\n]*")
_INVISIBLE = "\ufeff\u200b \t\r\n"
_SENTENCE_ENDS = ".!?。！？…:;)]}\"'*`”»\n"
_ANSWER_TAG = re.compile(
    r"\s*<(answer|response|final_answer|output|final)>(.*)</\1>\s*", re.DOTALL | re.IGNORECASE
)

_CHANNEL = re.compile(
    r"(?:<\|start\|>[^<]*)?<\|channel\|>\s*(?P<name>[a-z]+)[^<]*(?:<\|constrain\|>[^<]*)?"
    r"<\|message\|>(?P<said>.*?)(?=<\|(?:end|return|call|start|channel)\|>|\Z)(?:<\|(?:end|return|call)\|>)?",
    re.DOTALL | re.IGNORECASE,
)
_BARE_CHANNEL = re.compile(
    r"\A\s*analysis(?=\S)(?P<thought>.*?)assistant\s*final(?P<said>.*)\Z", re.DOTALL
)
_FINAL = "final"

_ROLE = r"(?:assistant|model|user|system|bot|ai)"
_HEADER = rf"<\|start_header_id\|>\s*{_ROLE}?\s*<\|end_header_id\|>"
_TOKEN = (
    rf"{_HEADER}|<\|(?:im_start|start|start_of_role)\|>\s*{_ROLE}?\b|<start_of_turn>\s*{_ROLE}?\b"
    r"|<\|[A-Za-z][\w ▁-]{1,40}\|>|<｜[^｜<>]{1,40}｜>|</?s>|</?(?:bos|eos|pad)>"
    r"|<end_of_(?:turn|utterance|text|message)>|<EO[ST]>|<\|>|\[/?INST\]|\[(?:EOS|BOS|PAD)\]|<0x0A>"
)
_LEADING_TOKEN = re.compile(rf"\A\s*(?:{_TOKEN})")
_TRAILING_TOKEN = re.compile(rf"(?P<gap>\s*)(?P<token>{_TOKEN})\s*\Z")
_NEXT_TURN = re.compile(
    r"\s*(?:<\|(?:im_end|eot_id|end|end_of_text|endoftext)\|>|<end_of_turn>|</s>)\s*"
    r"(?:<\|(?:im_start|start_header_id|start|user|system)\|>|<start_of_turn>|<s>|\[INST\])"
)
_LONGEST_TOKEN = 80


def taken_apart(text: str, *, is_cut: bool = False) -> Spoken:
    """Return the answer in a text, and the thinking before it.

    Args:
        text: What the model wrote, as it came.
        is_cut: Whether the token limit cut it: then an opened thought need not be closed.
    """
    said, thought = _without_thought(_without_tokens(text), is_cut=is_cut)
    if thought is None:
        return Spoken(said, None)
    said = _without_tokens(said).strip()
    wrapped = _ANSWER_TAG.fullmatch(said)
    return Spoken(wrapped[2].strip() if wrapped else said, thought.strip())


def _without_thought(text: str, *, is_cut: bool) -> Spoken:
    if (found := _channels(text)) is not None:
        return found
    thoughts: list[str] = []
    rest = text
    while (block := _leading_block(rest, is_cut=is_cut)) is not None:
        thoughts.append(block.thought or "")
        rest = block.text
    before = _before_lone_closer(rest, is_strict=not thoughts)
    if before is not None:
        thoughts.append(before.thought or "")
        rest = before.text
    if not thoughts:
        return Spoken(text, None)
    return Spoken(rest, "\n".join(thought.strip() for thought in thoughts if thought.strip()))


def _channels(text: str) -> Spoken | None:
    """Return what stands in harmony's channels; None where the text does not begin with one."""
    if (bare := _BARE_CHANNEL.match(text)) is not None:
        return Spoken(bare["said"], bare["thought"])
    start = text.lstrip(_INVISIBLE)
    if not _CHANNEL.match(start):
        return None
    said: list[str] = []
    thoughts: list[str] = []
    end = 0
    for found in _CHANNEL.finditer(start):
        (said if found["name"].casefold() == _FINAL else thoughts).append(found["said"].strip())
        end = found.end()
    return Spoken("\n".join([*said, start[end:].strip()]).strip(), "\n".join(thoughts))


def _leading_block(text: str, *, is_cut: bool) -> Spoken | None:
    """Return a thought that the text begins with, and what follows it; None where there is none."""
    start = text.lstrip(_INVISIBLE)
    opened = _OPEN.match(start)
    if opened is None:
        return None
    closed = _CLOSE.search(start, opened.end())
    if closed is not None:
        inside = start[opened.end() : closed.start()]
        rest = start[closed.end() :]
        is_mention = _MENTION.fullmatch(inside) and _is_in_a_line(inside, rest)
        return None if is_mention else Spoken(rest, inside)
    rest = start[opened.end() :]
    if not is_cut and _IN_A_SENTENCE.match(rest):
        return None
    return Spoken("", rest)


def _is_in_a_line(inside: str, rest: str) -> bool:
    """Tell whether an opener and its closer are spoken of: words go on in their line."""
    return "\n" not in inside and re.match(r"[ \t]+\w", rest) is not None


def _before_lone_closer(text: str, *, is_strict: bool) -> Spoken | None:
    """Return what stands before a closer that nothing opened, and what follows; None without one.

    Servers put the opener into the prompt, and so it is missing in the answer.
    """
    closed = _CLOSE.search(text)
    if closed is None or _OPEN.search(text, 0, closed.start()) is not None:
        return None
    before, after = text[: closed.start()], text[closed.end() :]
    if not before.strip():
        return Spoken(after, before)
    if before.count("`") % 2 or (is_strict and not _is_an_end(before, after)):
        return None
    return Spoken(after, before)


def _is_an_end(before: str, after: str) -> bool:
    """Tell a closer that ends a thought from one that a sentence speaks of."""
    line = before.rpartition("\n")[2]
    if not line.strip() or not after.strip() or re.match(r"[ \t]*\r?\n", after):
        return True
    return before.rstrip()[-1] in _SENTENCE_ENDS and not re.match(r"[ \t]*[a-z,.;)]", after)


def _without_tokens(text: str) -> str:
    """Take the tokens of chat templates off both ends, and whatever turn follows the answer."""
    turn = _NEXT_TURN.search(text)
    is_channelled = "<|channel|>" in text
    if turn is not None and text[: turn.start()].strip() and not is_channelled:
        text = text[: turn.start()]
    while (found := _trailing(text)) is not None:
        text = text[: found.start()]
    while (led := _LEADING_TOKEN.match(text)) is not None and not _is_markup(led[0], text):
        if _CHANNEL.match(text.lstrip(_INVISIBLE)) or _OPEN.match(text.lstrip(_INVISIBLE)):
            break
        text = text[led.end() :].lstrip()
    return text


def _trailing(text: str) -> re.Match[str] | None:
    """Return a token that ends the text and belongs to no sentence of it."""
    tail = max(0, len(text.rstrip()) - _LONGEST_TOKEN)
    found = _TRAILING_TOKEN.search(text, tail)
    if found is None or _is_markup(found["token"], text) or _CLOSE.fullmatch(found["token"]):
        return None
    before = text[: found.start()]
    is_spoken_of = found["gap"] and "\n" not in found["gap"] and before[-1:] not in _SENTENCE_ENDS
    return None if is_spoken_of and before else found


def _is_markup(token: str, text: str) -> bool:
    """Tell whether `<s>` and `</s>` strike a word out, as HTML has it, and end nothing."""
    word = token.strip()
    if word == "</s>":
        return "<s>" in text.strip()[3:]
    return word == "<s>" and "</s>" in text.strip()[:-4]
