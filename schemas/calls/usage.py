"""How many tokens an answer is billed for: what the endpoint says, unless that cannot be.

Turns a usage, whatever it holds, into counts. A usage that says too little is replaced by an own
count on the high side: a budget must hold where an endpoint lies.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from schemas.text import estimate_tokens

_MOST_TOKENS = 10**9
"""No answer has more: a larger count is no count."""
_TOO_FEW = 3
"""A count below this part of an own one is no count."""
_ASCII_A_TOKEN = 3
_OTHER_BYTES_A_TOKEN = 2
_PROMPT = ("prompt_tokens", "input_tokens")
_COMPLETION = ("completion_tokens", "output_tokens")
_DETAILS = ("completion_tokens_details", "output_tokens_details")


class Counts(NamedTuple):
    """Tokens of one answer."""

    prompt: int
    completion: int
    """Thinking among them."""
    reasoning: int | None
    """Of these, thinking; None where the endpoint does not say."""
    estimated: bool
    """True where the endpoint gave no usage that can be, and it was counted here."""


def counts_of(usage: Any, *, prompt: str, written: str) -> Counts:
    """Return the tokens to be billed.

    Args:
        usage: What stands in the answer's `usage`.
        prompt: What was sent.
        written: All that came, thinking included.
    """
    given = usage if isinstance(usage, Mapping) else {}
    asked, made, total = (
        _first(given, _PROMPT),
        _first(given, _COMPLETION),
        _count(given, "total_tokens"),
    )
    thought = _reasoning(given)
    if asked is None or asked * _TOO_FEW < estimate_tokens(prompt):
        billed_prompt, is_own_prompt = high_count(prompt), True
    else:
        billed_prompt, is_own_prompt = asked, False
    made = _with_hidden(made, thought, total, billed_prompt)
    is_own = made is None or made * _TOO_FEW < estimate_tokens(written)
    billed = max(made or 0, high_count(written)) if is_own else made or 0
    return Counts(billed_prompt, billed, thought, is_own or is_own_prompt)


def high_count(text: str) -> int:
    """Return how many tokens a text has, on the high side of every usual tokenizer."""
    size = len(text.encode("utf-8", "surrogatepass"))
    ascii_chars = sum(map(str.isascii, text)) if size != len(text) else size
    by_bytes = -(-ascii_chars // _ASCII_A_TOKEN) + -(-(size - ascii_chars) // _OTHER_BYTES_A_TOKEN)
    return max(by_bytes, estimate_tokens(text))


def _with_hidden(
    made: int | None, thought: int | None, total: int | None, prompt: int
) -> int | None:
    """Add the thinking that some providers count only in the total, or apart."""
    found = [count for count in (made,) if count is not None]
    if total is not None and total > prompt:
        found.append(total - prompt)
    if made is not None and thought is not None and thought > made:
        found.append(made + thought)
    return max(found, default=None)


def _reasoning(given: Mapping[str, Any]) -> int | None:
    for name in _DETAILS:
        details = given.get(name)
        if (
            isinstance(details, Mapping)
            and (count := _count(details, "reasoning_tokens")) is not None
        ):
            return count
    return _count(given, "reasoning_tokens")


def _first(given: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((count for name in names if (count := _count(given, name)) is not None), None)


def _count(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _MOST_TOKENS else None
