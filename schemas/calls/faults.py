"""What the caller may do about an error: from its status, its code and the provider's own words.

Turns the body of an error, in the shapes that providers have for it,
into a fault. Whether a fault is
one row's or everybody's cannot always be told from it alone: how many met it decides then,
elsewhere.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from schemas.errors import EvolError, Retryable, RowFault

_NO_CREDIT = re.compile(
    r"insufficient[_ ]quota|insufficient (?:funds|credits?|(?:account )?balance)|payment required"
    r"|credit balance is (?:too )?low"
    r"|(?:out of|not enough|no|exhausted) (?:credits?|funds)\b"
    r"|exceeded your current quota|billing (?:hard limit|is not active)"
    r"|account (?:is )?(?:in arrears|overdue)"
    r"|余额不足|欠费",
    re.IGNORECASE,
)
_BAD_KEY = re.compile(
    r"api[ _-]?key\b.{0,40}\b(?:not valid|invalid|incorrect|expired|missing|not found|required)"
    r"|api[ _-]?key\b.{0,40}\b(?:revoked|disabled|denied|wrong)"
    r"|(?:invalid|incorrect|expired|missing|wrong|bad|no|revoked|malformed|provide a valid)\s+"
    r"(?:\w+\s+){0,2}api[ _-]?key"
    r"|invalid (?:authentication|credentials|token|authorization)"
    r"|authentication (?:failed|required|error)"
    r"|(?:unauthorized|unauthenticated|not authorized|access token|bearer token)\b"
    r"|missing credentials|api_key client option",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model\b.{0,80}\b(?:does not exist|not found|not exist|no longer"
    r"|is not (?:a )?(?:valid|available|supported|found)|has been (?:deprecated|retired|removed))"
    r"|not a valid model|(?:unknown|invalid|no such) model"
    r"|unknown_model|model_not_found",
    re.IGNORECASE,
)
_MODERATED = re.compile(
    r"\bflagged\b|moderat|content[ _](?:policy|filter|management|safety|violation)|\bsafety\b|safeguard"
    r"|violat\w* .{0,40}polic|polic\w* .{0,20}violat|usage polic"
    r"|inappropriate|prohibited|harmful|\bunsafe\b"
    r"|guardrail|sensitive (?:content|words?|information)|data_?inspection|risk control|not allowed by"
    r"|(?:prompt|input|content|message|text)\b.{0,40}\b(?:blocked|rejected|refused|denied)"
    r"|(?:prompt|input|content|message|text)\b.{0,40}\b(?:not allowed|forbidden|disallowed)"
    r"|敏感|违规|不合规|审核|安全",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|too long|too many tokens|maximum .{0,20}tokens",
    re.IGNORECASE,
)

_CREDIT_CODES = ("insufficient_quota", "insufficient_balance", "billing_hard_limit_reached",
                 "insufficient_credits", "insufficient_funds", "billing_not_active",
                 "payment_required",
                 "billing_error")  # fmt: skip
_KEY_CODES = ("invalid_api_key", "authentication_error", "unauthenticated", "unauthorized",
              "invalid_authentication", "api_key_invalid", "account_deactivated",
              "authentication_failed", "invalid_key")  # fmt: skip
_MODEL_CODES = ("model_not_found", "unknown_model", "invalid_model", "model_not_available",
                "not_found_error", "deploymentnotfound")  # fmt: skip
_RATE_CODES = ("rate_limit_exceeded", "rate_limit_error", "rate_limited", "rate_limit", "throttled",
               "too_many_requests", "resource_exhausted", "throttlingexception", "tokens",
               "requests",
               "requests_per_minute_limit_exceeded")  # fmt: skip
_TIMEOUT_CODES = (
    "timeout",
    "timeout_error",
    "request_timeout",
    "deadline_exceeded",
    "gateway_timeout",
)
_ROW_CODES = ("content_filter", "content_policy_violation", "content_filtered",
              "data_inspection_failed", "datainspectionfailed", "responsibleaipolicyviolation",
              "context_length_exceeded",
              "string_above_max_length", "moderation_blocked", "safety", "invalid_prompt",
              "content_moderation_failed")  # fmt: skip

_WORKED = (408, 504, 524, 598)
"""Statuses after which a model may have worked, and been paid for."""
_NO_ENDPOINT = (401, 402, 404, 405, 410, 501, 505)
_BAD_REQUEST = (400, 406, 409, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 424, 428, 431, 451)
_REDIRECT = range(300, 400)
_STATUS = range(300, 600)
_QUOTED_WORDS = 4
_QUOTED = re.compile(
    r"\"[^\"]{12,}\"|“[^”]{12,}”|«[^»]{12,}»|`[^`]{12,}`|(?<!\w)'[^\n]{12,}'(?!\w)"
)
_MOST_CHARS = 20_000


class Said(NamedTuple):
    """What an error says of itself."""

    message: str
    """The provider's own words."""
    code: str | None = None
    """A code or type, as it is written."""
    status: int | None = None
    """A status that the body names."""
    more: str = ""
    """Words of another provider behind this one."""
    is_known: bool = True
    """False where the body has none of the known shapes, and the words are all of it."""

    def __str__(self) -> str:
        """Return it for a person to read."""
        tail = f": {self.more}" if self.more and self.more not in self.message else ""
        return f"{self.message}{tail}" + (f" ({self.code})" if self.code else "")


def said_in(body: Any) -> Said | None:
    """Return what an error in a parsed body says; None where there is none."""
    if isinstance(body, list) and body:
        return said_in(body[0])
    if not isinstance(body, Mapping):
        return None
    error = body.get("error") or body.get("errors") or body.get("detail")
    if isinstance(error, list) and error:
        error = error[0]
    if isinstance(error, str):
        return Said(error, _word(body.get("code") or body.get("type")), _status(body))
    if isinstance(error, Mapping):
        return _said(error)
    refusal = body.get("base_resp")
    if isinstance(refusal, Mapping) and refusal.get("status_code"):
        return Said(str(refusal.get("status_msg") or refusal), _word(refusal["status_code"]))
    if "choices" not in body and isinstance(body.get("message") or body.get("msg"), str):
        return _said(body)
    return None


def said_of(text: str) -> Said:
    """Return what the body of an error status says: its message, or all of it."""
    try:
        said = said_in(json.loads(text))
    except (ValueError, RecursionError):
        said = None
    return said or Said(text, is_known=False)


def error_of(
    status: int, said: Said, *, prompt: str = "", retry_after_s: float | None = None
) -> EvolError:
    """Say what the caller may do about an error.

    Args:
        status: HTTP status, or the one that a body names; not 200.
        said: The provider's own words.
        prompt: What was asked: its words in a message are the user's, not the provider's.
        retry_after_s: Seconds that the provider asked to wait.
    """
    message = f"HTTP {status}: {said}"
    kind = _kind(status, said, _own_words(said, prompt))
    if kind == "access":
        return RowFault(message, is_access=True)
    if kind is None:
        return RowFault(message)
    return Retryable(message, kind=kind, retry_after_s=None if kind == "auth" else retry_after_s)


def status_of(said: Said) -> int:
    """Return the status that an error in a body of 200 stands for, by its number or its code."""
    if said.status is not None:
        return said.status
    codes = {
        401: _KEY_CODES, 402: _CREDIT_CODES, 404: _MODEL_CODES, 429: _RATE_CODES,
        504: _TIMEOUT_CODES, 400: (*_ROW_CODES, "invalid_request_error", "bad_request"),
    }  # fmt: skip
    code = (said.code or "").casefold()
    return next((status for status, words in codes.items() if code in words), 502)


def _kind(status: int, said: Said, words: str) -> str | None:
    """Return the kind of a Retryable, `access` for a 403 of unknown reach, None for a row's fault."""
    code = (said.code or "").casefold()
    if status in _NO_ENDPOINT or status in _REDIRECT or code in (*_CREDIT_CODES, *_KEY_CODES):
        return "auth"
    if code in _ROW_CODES and status < 500:
        return None
    if _NO_CREDIT.search(words):
        return "auth"
    if status == 429 or (code in _RATE_CODES and status < 500):
        return "rate_limit"
    if status in _WORKED:
        return "timeout"
    if status >= 500:
        return "server"
    return _kind_of_request(status, code, words)


def _kind_of_request(status: int, code: str, words: str) -> str | None:
    if status == 403:
        if _MODERATED.search(words) or _TOO_LONG.search(words):
            return None
        return "auth" if _BAD_KEY.search(words) else "access"
    if status in _BAD_REQUEST:
        is_everybodys = code in _MODEL_CODES or _BAD_KEY.search(words) or _NO_MODEL.search(words)
        return "auth" if is_everybodys else None
    return "bad_answer"


def _said(error: Mapping[str, Any]) -> Said:
    message = next(
        (
            error[name]
            for name in ("message", "msg", "detail", "error")
            if isinstance(error.get(name), str)
        ),
        None,
    )
    metadata = error.get("metadata")
    more = _behind(metadata) if isinstance(metadata, Mapping) else ""
    code = next(
        (
            word
            for name in ("code", "type", "status")
            if (word := _word(error.get(name))) is not None
        ),
        None,
    )
    if message is None:
        message = json.dumps(error, ensure_ascii=False, default=str)
    return Said(message, code, _status(error), more)


def _behind(metadata: Mapping[str, Any]) -> str:
    """Return what a router passes on of the provider behind it; never the prompt that it quotes."""
    raw = metadata.get("raw")
    behind = str(said_of(raw)) if isinstance(raw, str) else ""
    reasons = metadata.get("reasons")
    named = ", ".join(map(str, reasons)) if isinstance(reasons, list) else ""
    return "; ".join(part for part in (behind, named) if part)


def _word(value: Any) -> str | None:
    is_word = (isinstance(value, str) and value) or (
        isinstance(value, int) and not isinstance(value, bool)
    )
    return str(value) if is_word else None


def _status(error: Mapping[str, Any]) -> int | None:
    for name in ("code", "status", "status_code", "http_status"):
        text = str(error.get(name))
        if text.isascii() and text.isdigit() and len(text) == 3 and int(text) in _STATUS:
            return int(text)
    return None


def _own_words(said: Said, prompt: str) -> str:
    """Return the provider's words without what they quote."""
    text = f"{said.message} {said.more}"[:_MOST_CHARS]
    if not said.is_known and text.lstrip()[:1] in ("{", "["):
        text = ""
    # A message of a whole sentence in quotes is no quotation.
    bare = _QUOTED.sub(" ", text)
    return " ".join(_not_of(prompt, bare.split()))


def _not_of(prompt: str, words: list[str]) -> Iterator[str]:
    """Yield the words that are not part of a run of words out of the prompt."""
    given = prompt[:_MOST_CHARS].split()
    runs = {tuple(given[n : n + _QUOTED_WORDS]) for n in range(len(given) - _QUOTED_WORDS + 1)}
    short = tuple(given) if len(given) < _QUOTED_WORDS else None
    quoted: set[int] = set()
    for n in range(len(words)):
        if tuple(words[n : n + _QUOTED_WORDS]) in runs:
            quoted.update(range(n, n + _QUOTED_WORDS))
        if short and tuple(words[n : n + len(short)]) == short:
            quoted.update(range(n, n + len(short)))
    return (word for n, word in enumerate(words) if n not in quoted)
