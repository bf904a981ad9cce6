"""Gemini: generateContent; a blocked prompt has no candidates, thoughts are parts of their own."""

from tests.servers.model_server import plain
from tests.servers.providers.speaking import HARMLESS, Asked, Said

BLOCKED = "blocked by safety"


def gemini(asked: Asked) -> Said:
    """Answer as `models/…:generateContent` does."""
    text = str(asked.body["contents"][-1]["parts"][-1]["text"])
    usage = {
        "promptTokenCount": 9, "candidatesTokenCount": 12, "thoughtsTokenCount": 30,
        "totalTokenCount": 51,
    }  # fmt: skip
    if BLOCKED in text:
        feedback = {"blockReason": "SAFETY"}
        return Said(200, {"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 9}})
    parts = [
        {"text": "They want a number.", "thought": True},
        {"text": plain(text, 0).text or HARMLESS},
    ]
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}
    return Said(200, {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini"})
