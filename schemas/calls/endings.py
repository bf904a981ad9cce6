"""How an answer ended: one table of the words that all providers use for it.

Turns a finish reason into what it means. What the caller does about it is not its business.
"""

import re
from enum import StrEnum


class Ending(StrEnum):
    """What a finish reason means."""

    WHOLE = "whole"
    CUT = "cut"
    """By the limit of tokens, the answer's or the model's."""
    THOUGHT = "thought"
    """Only thinking came, and no answer."""
    BLOCKED = "blocked"
    """The provider's filter withheld it."""
    REFUSED = "refused"
    """The model refused, in a field of its own and not in words of an answer."""
    FAILED = "failed"
    """The provider broke off: asked again."""
    UNKNOWN = "unknown"
    """A word that is in no table: asked again, as half an answer may stand behind it."""


_WORDS = {
    Ending.WHOLE: "stop stopped end end_turn eos eos_token eos_found stop_sequence stop_token "
    "stop_sequence_reached stop_string complete completed done finish finished success succeeded "
    "natural endoftext end_of_text end_of_turn tool_calls tool_call tool_use function_call",
    Ending.CUT: "length max_tokens max_token max_output_tokens max_new_tokens max_length "
    "max_completion_tokens max_tokens_reached max_tokens_exceeded model_length length_limit "
    "model_context_window_exceeded context_length context_length_exceeded context_window_exceeded "
    "context_limit token_limit tokens_limit token_limit_reached limit incomplete truncated "
    "compaction length_capped out_of_tokens",
    Ending.BLOCKED: "content_filter content_filtered content_filtering filter filtered safety "
    "recitation blocklist blocked block prohibited_content spii language image_safety guardrail "
    "image_prohibited_content image_recitation guardrails guardrail_intervened error_toxic toxic "
    "sensitive moderation moderated flagged policy policy_violation content_policy unsafe "
    "content_policy_violation content_moderation censored risk model_armor escalation",
    Ending.REFUSED: "refusal refused refuse",
    Ending.FAILED: "error failed failure internal_error server_error upstream_error error_limit "
    "network_error abort aborted cancel cancelled canceled interrupted disconnected timeout "
    "timed_out insufficient_system_resource insufficient_resources overloaded load unload "
    "malformed_response malformed_function_call unexpected_tool_call too_many_tool_calls "
    "repetition other no_image image_other user_cancel expired preempted",
}
_TABLE = {word: ending for ending, words in _WORDS.items() for word in words.split()}
_PREFIX = re.compile(r"^(?:finish_?reason|stop_?reason)[_.:]*(?=.)")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def ending_of(finish_reason: str | None) -> Ending:
    """Return what a finish reason means, in any spelling; none is a whole answer.

    Many small servers say nothing of how an answer ended.
    """
    if finish_reason is None or not finish_reason.strip():
        return Ending.WHOLE
    word = _HUMP.sub("_", finish_reason.strip()).casefold().replace("-", "_").replace(" ", "_")
    return _TABLE.get(_PREFIX.sub("", word), Ending.UNKNOWN)
