"""Which providers speak OpenAI's language as it is, and where in the environment their keys are.

Turns an environment into a key that a header can carry. Sends nothing.
"""

from collections.abc import Mapping

from schemas.errors import Retryable

KEY_NAMES = {"openai": "OPENAI_API_KEY", "hosted_vllm": "HOSTED_VLLM_API_KEY"}
"""Providers whose endpoints speak OpenAI's language as it is, and where their keys are."""


def key_of(provider: str, environ: Mapping[str, str]) -> str | None:
    """Return a provider's key; keys come out of files, and files end with a line end.

    Raises:
        Retryable: Of kind `auth`: no header can carry it.
    """
    name = KEY_NAMES[provider]
    key = environ.get(name, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise Retryable(
            f"{name} holds characters that no key has (a line end, a blank of another kind, an "
            "accent); set it anew",
            kind="auth",
        )
    return key or None
