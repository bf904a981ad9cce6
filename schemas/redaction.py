"""Take keys out of texts that are shown or kept: by value and by shape.

A key may come back in a provider's error, or stand where a user pasted it by mistake. Knows nothing
of where a text goes.
"""

import re
from collections.abc import Mapping
from pathlib import Path

REDACTED = "[redacted]"
_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL)", re.IGNORECASE)
_SECRET_SHAPE = re.compile(
    r"\b(?:(?:sk|pk|hf|gsk|xai|AIza|Bearer|Basic)[-_ ]|AIza)[A-Za-z0-9_\-*.+/=]{6,}"
)
_USERINFO = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*:/{1,2})"
    r"(?:[^/\s'\"]*|[^/\s'\":@]+:(?!\d+(?:/|$))[^\s'\"]*)@"
)
"""What stands in an address between its scheme and an @: a user's name and his password."""
_KEY_CHARS = 20
_DIGIT = re.compile(r"\d")
"""A key is longer than a part of a path that looks like one, and random: `hf-inference` is none."""
_FEWEST_CHARS = 8
"""A shorter value is a word such as `true`: to take it out would make texts unreadable."""


def is_secret_name(name: str) -> bool:
    """Tell whether an environment variable's name says that its value is nobody's business."""
    return _SECRET_NAME.search(name) is not None


def redact(text: str, environ: Mapping[str, str]) -> str:
    """Return the text without anything like a key.

    Args:
        text: What is to be shown or kept.
        environ: The process's environment: the values of its secrets are taken out wherever they
            stand.
    """
    for name, value in environ.items():
        if len(value) >= _FEWEST_CHARS and is_secret_name(name):
            text = text.replace(value, REDACTED)
    return _SECRET_SHAPE.sub(REDACTED, _USERINFO.sub(rf"\1{REDACTED}@", text))


def holds_key(address: str, environ: Mapping[str, str]) -> bool:
    """Tell whether an address has a password, or a key in its path, its name or its query.

    Args:
        address: With a scheme.
        environ: The process's environment, whose secrets are looked for.
    """
    if redact(address, environ) != _SECRET_SHAPE.sub(REDACTED, address):
        return True
    found = (one.group() for one in _SECRET_SHAPE.finditer(address))
    return any(len(one) >= _KEY_CHARS and _DIGIT.search(one) for one in found)


def for_local_models(environment: Mapping[str, str], cache: Path) -> dict[str, str]:
    """Return an environment for programs that load models: nothing is fetched, nobody is told.

    Args:
        environment: Of this process.
        cache: A folder of ours, there.
    """
    return {
        **without_keys(environment),
        "HF_HOME": str(cache),
        "HF_HUB_CACHE": str(cache),
        "HF_DATASETS_CACHE": str(cache),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": "false",
        # Makes matrix products on a GPU come out the same each time.
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    }


def without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for programs that ask no model; Prefect's own secrets stay in it."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith("PREFECT_") or not is_secret_name(name)
    }
