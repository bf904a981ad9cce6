"""What is known of families of models by their names: whether they think, and what they refuse.

Turns a model's name into what its makers' documents say of it. What is not listed takes everything
until it refuses it; LiteLLM's table says which of the others think.
"""

import re
from typing import Literal, NamedTuple

from schemas.calls.call import LOWEST, Sampling

OFF = ("none", "off", "disable", "disabled")
"""Efforts that are no thinking."""
_LITTLE = (LOWEST, "minimal", "low")
_LITTLE_TOKENS = 4096
_FREE_TOKENS = 8192
"""Allowances: some 1,400 tokens were measured before answers of a few words."""


class Family(NamedTuple):
    """What models of one kind have in common."""

    thinks: bool = False
    """Whether they think unless told not to."""
    lowest: str | None = None
    """The effort that is as little thinking as they can do; None where nothing can be told."""
    takes: Literal["both", "one", "neither"] = "both"
    """Of temperature and top_p."""


_PLAIN = Family()
_BY_NAME: tuple[tuple[str, Family], ...] = (
    (r"claude-(?:opus-4[-.][7-9]|(?:opus|sonnet|haiku)-[5-9])(?!\d)", Family(takes="neither")),
    (r"claude-(?:opus-4[-.][1-6]|(?:sonnet|haiku)-4[-.][5-9])(?!\d)", Family(takes="one")),
    (r"claude", _PLAIN),
    (r"gpt-5[\w.-]*-chat", _PLAIN),
    (r"gpt-5[\w.-]*(?:pro|codex)", Family(thinks=True, takes="neither")),
    (r"gpt-5\.\d", Family(lowest="none")),
    (r"gpt-5(?!\d)", Family(thinks=True, lowest="minimal", takes="neither")),
    (r"(?:^|[/.])o[134](?:-|$)", Family(thinks=True, lowest="low", takes="neither")),
    (r"gpt-oss|grok-3-mini|gemini-(?:2\.5-pro|3)", Family(thinks=True, lowest="low")),
    (r"gemini-2\.5-flash-lite", _PLAIN),
    (r"gemini-2\.5-flash", Family(thinks=True, lowest="none")),
    (r"non-(?:reasoning|thinking)|-instruct|qwen3-(?:coder|embedding)", _PLAIN),
    (r"deepseek-?r1|reason(?:er|ing)|thinking|qwq|qwen-?3|magistral|kimi-k2\.5|minimax-m\d"
     r"|glm-?(?:4\.[5-9]|5)|grok-4|exaone-deep|openthinker|marco-o1|r1-distill", Family(thinks=True)),
)  # fmt: skip
"""The first that fits."""


def family_of(model: str, *, is_listed_as_thinking: bool = False) -> Family:
    """Return what is known of a model.

    Args:
        model: LiteLLM model name.
        is_listed_as_thinking: What LiteLLM's table says, for models of no family here.
    """
    name = model.lower()
    found = next((one for pattern, one in _BY_NAME if re.search(pattern, name)), None)
    if found is None:
        found = Family(thinks=is_listed_as_thinking)
    if name.startswith("ollama") and found.thinks and found.lowest is None:
        # Its own switch serves all models.
        return found._replace(lowest="none")
    return found


def effort(sampling: Sampling, family: Family) -> str | None:
    """Return the effort that a model is told; None for nothing."""
    return family.lowest if sampling.reasoning_effort == LOWEST else sampling.reasoning_effort


def is_thinking(sampling: Sampling, family: Family) -> bool:
    """Tell whether a model thinks before it answers."""
    told = effort(sampling, family)
    return family.thinks if told is None else told not in OFF


def allowance(sampling: Sampling, family: Family) -> int:
    """Return how many tokens a model may think, beyond its answer."""
    if sampling.thinking_tokens is not None:
        return sampling.thinking_tokens
    if not is_thinking(sampling, family):
        return 0
    return _LITTLE_TOKENS if sampling.reasoning_effort in _LITTLE else _FREE_TOKENS
