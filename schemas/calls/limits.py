"""What an endpoint's headers say of its limits, and how long it asks to wait.

Turns headers into seconds and counts. Endpoints write times as seconds, as durations, as dates and as
epochs; what makes no sense is as if it were not there.
"""

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from schemas.calls.call import Limits

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|d|h|m|s)", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\d{1,19}(?:\.\d{0,19})?(?:e[+-]?\d{1,2})?", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_MOST_CHARS = 64
_EPOCH_S, _EPOCH_MS = 1e9, 1e12
"""A number from here on is no length of time but a point in it."""
_MOST_S = 31 * 86_400.0
"""Nobody asks to wait longer."""
_MOST_DIGITS = 15


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an endpoint asks to wait before the next try; None where it does not.

    Args:
        headers: Looked up by lower-case names.
    """
    told = _milliseconds(headers.get("retry-after-ms"))
    if told is None:
        told = seconds_in(headers.get("retry-after"))
    if told is not None or not _has_none_left(headers):
        return told
    resets = [seconds_in(value) for name, value in headers.items() if _is_reset(str(name))]
    return max((one for one in resets if one is not None), default=None)


def seconds_in(value: object) -> float | None:
    """Return the seconds from now that a header names: a number, a duration, a date or an epoch."""
    text = str(value).strip() if value is not None else ""
    if not text or len(text) > _MOST_CHARS:
        return None
    if _NUMBER.fullmatch(text):
        return _from_now(float(text))
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text.replace(" ", ""):
        return _sensible(sum(float(number) * _SECONDS[unit.lower()] for number, unit in parts))
    try:
        return _sensible(max(0.0, parsedate_to_datetime(text).timestamp() - time.time()))
    except (ValueError, TypeError, OverflowError, IndexError, OSError):
        return None


def limits_of(headers: Mapping[str, str]) -> Limits | None:
    """Return what x-ratelimit headers say; None where there are none.

    Args:
        headers: Looked up by lower-case names.
    """
    found = Limits(
        requests=_count(headers, "limit-requests"),
        requests_left=_count(headers, "remaining-requests"),
        requests_reset_s=seconds_in(headers.get("x-ratelimit-reset-requests")),
        tokens=_count(headers, "limit-tokens"),
        tokens_left=_count(headers, "remaining-tokens"),
        tokens_reset_s=seconds_in(headers.get("x-ratelimit-reset-tokens")),
    )
    return found if found != Limits() else None


def _from_now(number: float) -> float | None:
    if number >= _EPOCH_MS:
        return _sensible(max(0.0, number / 1000 - time.time()))
    if number >= _EPOCH_S:
        return _sensible(max(0.0, number - time.time()))
    return _sensible(number)


def _sensible(seconds: float) -> float | None:
    return seconds if 0 <= seconds <= _MOST_S else None


def _milliseconds(value: object) -> float | None:
    text = str(value).strip() if value is not None else ""
    if len(text) > _MOST_CHARS or not _NUMBER.fullmatch(text):
        return None
    return _sensible(float(text) / 1000)


def _is_reset(name: str) -> bool:
    return name.lower().startswith(("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset"))


def _has_none_left(headers: Mapping[str, str]) -> bool:
    return any(
        "ratelimit-remaining" in str(name).lower() and str(value).strip() == "0"
        for name, value in headers.items()
    )


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = str(headers.get(f"x-ratelimit-{name}", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
