"""Take keys out of texts that are shown or kept: by value and by shape.

A key may come back in a provider's error, or stand where a user pasted it by mistake. Knows nothing
of where a text goes.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, quote_plus

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
_PIECE_CHARS = 10
"""A run of so many characters of a key gives too much of it away."""
_RANDOM = re.compile(r"[A-Za-z0-9_\-.+/=*~:]{16,}")
"""A value that may be known by its pieces; a path or a sentence would take half a text with it."""
_NOT_RANDOM = ("/", "~", ".", "http:", "https:")
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
    for name, given in environ.items():
        value = given.strip()
        if len(value) >= _FEWEST_CHARS and is_secret_name(name):
            text = _without(text, value)
    return _SECRET_SHAPE.sub(REDACTED, _USERINFO.sub(rf"\1{REDACTED}@", text))


def _without(text: str, value: str) -> str:
    """Return a text without a secret, however it is written or cut."""
    for form in _forms(value):
        text = text.replace(form, REDACTED)
    pieces = _pieces(value)
    hits = [n for n in range(len(text) - _PIECE_CHARS + 1) if text[n : n + _PIECE_CHARS] in pieces]
    made, end = "", 0
    for start, stop in _joined(hits):
        made += text[end:start] + REDACTED
        end = stop
    return made + text[end:]


def _joined(hits: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of text that neighbouring pieces cover."""
    start: int | None = None
    stop = 0
    for hit in hits:
        if start is not None and hit > stop:
            yield start, stop
            start = None
        start = hit if start is None else start
        stop = hit + _PIECE_CHARS
    if start is not None:
        yield start, stop


@lru_cache(maxsize=64)
def _forms(value: str) -> tuple[str, ...]:
    """Return the ways in which a text may hold a whole secret, longest first."""
    written = {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
    written |= {quote(value, safe="").lower(), repr(value)[1:-1], value[::-1]}
    return tuple(sorted(written, key=len, reverse=True))


@lru_cache(maxsize=64)
def _pieces(value: str) -> frozenset[str]:
    """Return all runs of characters that are taken for a part of a secret, in base64 too."""
    if not _RANDOM.fullmatch(value) or value.startswith(_NOT_RANDOM) or not _DIGIT.search(value):
        return frozenset()
    whole = [*_forms(value), *_in_base64(value)]
    return frozenset(
        one[n : n + _PIECE_CHARS] for one in whole for n in range(len(one) - _PIECE_CHARS + 1)
    )


def _in_base64(value: str) -> Iterator[str]:
    """Yield a secret in base64, wherever in the encoded text it begins; its ends depend on the rest."""
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * before + value.encode("utf-8", "surrogatepass")).decode()
            yield text[4 if before else 0 :].rstrip("=")[:-1]


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


def holds_user(text: str) -> bool:
    """Tell whether an address in a text has a user's name, with or without his password."""
    return _USERINFO.search(text) is not None


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
