"""Those who speak OpenAI's language with an accent: vLLM, OpenRouter, DeepSeek."""

import json
from typing import Any

from tests.servers.model_server import Reply, completion
from tests.servers.providers.speaking import Asked, Said, answer_to

CONTEXT_TOKENS = 512
OUT_OF_CREDIT = "out of credit"


def vllm(asked: Asked) -> Said:
    """A context that is soon full; thinking in a field called reasoning."""
    body = asked.body
    n_input = len(str(body["messages"])) // 4
    if n_input + body.get("max_tokens", 0) > CONTEXT_TOKENS:
        words = (
            f"This model's maximum context length is {CONTEXT_TOKENS} tokens. However, you requested "
            f"{n_input + body['max_tokens']} tokens ({n_input} in the messages, {body['max_tokens']} "
            "in the completion). Please reduce the length of the messages or completion."
        )
        error = {"message": words, "type": "BadRequestError", "param": None, "code": 400}
        return Said(400, {"error": error})
    made = _completion(body)
    made["choices"][0]["message"] |= {"reasoning": "They want a number.", "tool_calls": []}
    return Said(200, made)


def openrouter(asked: Asked) -> Said:
    """Errors come with status 200 where the answer had begun."""
    if OUT_OF_CREDIT in str(asked.body["messages"][-1]["content"]):
        error = {"code": 402, "message": "Insufficient credits", "metadata": {}}
        return Said(200, {"error": error, "user_id": "u"})
    return Said(200, _completion(asked.body))


def deepseek(asked: Asked) -> Said:
    """Blank lines keep the connection alive until the answer is there."""
    made = _completion(asked.body)
    made["choices"][0]["message"]["reasoning_content"] = "They want a number."
    return Said(200, "\n\n\n" + json.dumps(made))


def _completion(body: dict[str, Any]) -> dict[str, Any]:
    text = answer_to(body["messages"])
    return completion(str(body["model"]), text, Reply(text))
