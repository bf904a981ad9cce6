"""Anthropic's messages: refuses temperature beside top_p from 4.1 on, either from Opus 4.7 on."""

import re
from typing import Any

from tests.servers.providers.speaking import Asked, Said, answer_to

_ONE = re.compile(r"claude-(opus-4-[1-6]|(sonnet|haiku)-4-[5-9])")
_NEITHER = re.compile(r"claude-opus-4-[7-9]")


def anthropic(asked: Asked) -> Said:
    """Answer as the endpoint `/v1/messages` does."""
    body = asked.body
    given = [name for name in ("temperature", "top_p") if name in body]
    if _NEITHER.search(body["model"]) and given:
        return _refused(f"`{given[0]}` is deprecated for this model.")
    if _ONE.search(body["model"]) and len(given) == 2:
        return _refused(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
        )
    unknown = set(body) - {
        "model", "messages", "max_tokens", "temperature", "top_p", "system", "thinking", "stream",
        "top_k", "output_config", "stop_sequences",
    }  # fmt: skip
    if unknown:
        return _refused(f"{sorted(unknown)[0]}: Extra inputs are not permitted")
    if (budget := body.get("thinking", {}).get("budget_tokens", 0)) >= body["max_tokens"]:
        return _refused(f"`max_tokens` must be greater than `thinking.budget_tokens` ({budget})")
    return Said(200, _message(body["model"], answer_to(body["messages"])))


def _message(model: str, text: str) -> dict[str, Any]:
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": model,
        "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
        "stop_sequence": None, "usage": {"input_tokens": 12, "output_tokens": 20},
    }  # fmt: skip


def _refused(words: str) -> Said:
    error = {"type": "invalid_request_error", "message": words}
    return Said(400, {"type": "error", "error": error, "request_id": "req_1"})
