"""Ollama: `/api/generate` and `/api/chat`; takes whatever it is told, so what is told must be right."""

from tests.servers.model_server import plain
from tests.servers.providers.speaking import HARMLESS, Asked, Said, answer_to


def ollama(asked: Asked) -> Said:
    """Answer as the local server does."""
    body = asked.body
    common = {
        "model": body.get("model") or body.get("name"), "created_at": "2026-01-01T00:00:00Z",
        "done": True, "done_reason": "stop", "prompt_eval_count": 9, "eval_count": 12,
    }  # fmt: skip
    if asked.path.endswith("/api/chat"):
        message = {"role": "assistant", "content": answer_to(body["messages"])}
        return Said(200, {**common, "message": message})
    if asked.path.endswith("/api/generate"):
        return Said(200, {**common, "response": plain(body["prompt"], 0).text or HARMLESS})
    return Said(404, {"error": f"no such path {asked.path}"})
