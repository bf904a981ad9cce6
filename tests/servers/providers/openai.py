"""OpenAI's chat completions, Azure's too: models that think refuse what a sampler would take."""

import re
from typing import Any

from tests.servers.model_server import Reply, completion
from tests.servers.providers.speaking import Asked, Said, answer_to

_THINKS = re.compile(r"(^|[/-])(o[134]|gpt-5)(?!\d)")


def openai(asked: Asked) -> Said:
    """Answer as `/chat/completions` does; the deployment's name is in Azure's path."""
    body = asked.body
    found = re.search(r"/deployments/([^/]+)/", asked.path)
    model = found[1] if found else body["model"]
    if _THINKS.search(model) and (refused := _refusal(body)) is not None:
        return refused
    text = answer_to(body["messages"])
    return Said(200, completion(model, text, Reply(text)))


def _refusal(body: dict[str, Any]) -> Said | None:
    if "max_tokens" in body:
        return refused(
            "max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
        )  # fmt: skip
    if body.get("temperature", 1) != 1:
        return refused(
            "temperature", f"Unsupported value: 'temperature' does not support {body['temperature']} "
            "with this model. Only the default (1) value is supported.",
        )  # fmt: skip
    for name in ("top_p", "frequency_penalty", "presence_penalty"):
        if name in body:
            return refused(
                name, f"Unsupported parameter: '{name}' is not supported with this model."
            )
    return None


def refused(name: str, words: str) -> Said:
    """Refuse a parameter in OpenAI's words."""
    error = {
        "message": words, "type": "invalid_request_error", "param": name,
        "code": "unsupported_parameter",
    }  # fmt: skip
    return Said(400, {"error": error})
