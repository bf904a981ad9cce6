"""Judge and score by rules, for the offline model: what stands in a text, not what it is worth.

Reads judging and scoring prompts by their last lines and fences, and answers in their form. A known
share of its verdicts leans towards the first answer or cannot be read, as a model's would. Knows
nothing of how it is asked.
"""

import hashlib
import json
import random
import re
from collections.abc import Callable

from schemas.text import count_words, tokens

_PAIR = re.compile(r"Verdict ([0-9a-f]{12}): <score of answer 1> <score of answer 2>$")
_SCORE, _SCORES = "#Score#:", "#Scores#:"
_FENCED = re.compile(r"^--- [0-9a-f]+[^\n]*\n(.*?)\n(?=--- [0-9a-f])", re.DOTALL | re.MULTILINE)
_CONDITIONS = re.compile(
    r"\b(?:and|but|without|exactly|at least|at most|compare|explain|prove|each|every|under|if|must)\b"
    r"|[0-9]+|[，；]",
    re.IGNORECASE,
)
_HOLLOW = re.compile(
    r"\bsorry\b|as an ai\b|could you provide|thank you for this|speaks? for itself|better answer|"
    r"^\| |\[ \[",
    re.IGNORECASE | re.MULTILINE,
)
_BIASED_SHARE, _UNREADABLE_SHARE = 0.06, 0.02
_BIAS = 2.0
_HOLLOW_COST = 3.0
_WORDS_A_POINT = 12
_MOST_FOR_LENGTH, _MOST_FOR_TOUCH = 5.0, 3.0
_LOWEST, _HIGHEST = 1.0, 10.0


def ruling(prompt: str) -> Callable[[], str] | None:
    """Return what answers a judging or scoring prompt; None for any other."""
    end = prompt.rstrip()
    if (found := _PAIR.search(end)) is not None:
        return lambda: _verdict(end, found[1])
    if end.endswith(_SCORES):
        return lambda: json.dumps(_ranks([_weight(text) for text in _FENCED.findall(end)]))
    if end.endswith(_SCORE):
        return lambda: str(
            round(_clamped(1 + max(map(_weight, _FENCED.findall(end)), default=0.0)))
        )
    return None


def _verdict(prompt: str, nonce: str) -> str:
    request, first, second = (
        _between(prompt, nonce, name) for name in ("request", "answer 1", "answer 2")
    )
    # Not the nonce: another run of the same texts shall end alike.
    drawn = random.Random(
        hashlib.sha256("\0".join((request, first, second)).encode(errors="surrogatepass")).digest()
    )
    lot = drawn.random()
    if lot < _UNREADABLE_SHARE:
        return "Both have their merits."
    bias = _BIAS if lot < _UNREADABLE_SHARE + _BIASED_SHARE else 0.0
    scores = _clamped(_worth(first, request) + bias), _clamped(_worth(second, request))
    return f"Compared by length and by shared words.\nVerdict {nonce}: {scores[0]:g} {scores[1]:g}"


def _between(prompt: str, nonce: str, name: str) -> str:
    return prompt.partition(f"[{nonce} {name}]\n")[2].partition(f"\n[{nonce} end]")[0]


def _worth(answer: str, request: str) -> float:
    """Return points for length and for touching what was asked, less what is hollow."""
    wanted = {word.casefold() for word in tokens(request) if len(word) > 3}
    found = {word.casefold() for word in tokens(answer)}
    touch = len(wanted & found) / len(wanted) if wanted else 0.0
    length = min(_MOST_FOR_LENGTH, count_words(answer) / _WORDS_A_POINT)
    hollow = _HOLLOW_COST * len(_HOLLOW.findall(answer))
    return 2 + length + _MOST_FOR_TOUCH * touch - hollow


def _weight(text: str) -> float:
    """Return how much an instruction asks for: by its conditions, and a little by its length."""
    return len(_CONDITIONS.findall(text)) / 2 + count_words(text) / 40


def _ranks(weights: list[float]) -> list[int]:
    """Return each weight's place among all, 1 the lightest; equal ones share a place."""
    order = sorted(set(weights))
    return [order.index(weight) + 1 for weight in weights]


def _clamped(score: float) -> float:
    return min(_HIGHEST, max(_LOWEST, round(score * 2) / 2))
