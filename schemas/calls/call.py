"""What is asked of a model and what comes back: the unit that is paid for, once."""

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

LOWEST = "lowest"
"""As little thinking as a model can be told to do; which word says so, its family knows."""
THOUGHT_TOO_LONG = "the token limit cut its thinking"
"""How the error of an answer begins of which nothing but thinking came."""
_NEUTRAL: dict[str, float] = {"top_p": 1.0, "frequency_penalty": 0.0}
"""What a parameter that is not sent comes to: keys of requests say this for None."""


Parameters = dict[str, Any]
"""What a model is told beside its messages, by the names that it is told in."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a model is asked besides the prompt. What is None is not sent: the provider decides."""

    temperature: float | None
    top_p: float | None
    max_tokens: int
    """Longest answer, in the model's tokens, without the thinking before it."""
    frequency_penalty: float | None
    reasoning_effort: str | None = None
    """How much to think: LOWEST, or a word that the model knows."""
    thinking_tokens: int | None = None
    """Allowance for thinking, beyond `max_tokens`; tokens. None for what is usual for the model."""
    system: str | None = None
    """System prompt."""
    extra: str | None = None
    """JSON of a table that is passed on as it is: body fields, `extra_body`, `headers`."""

    @property
    def most_tokens(self) -> int:
        """All that may be written, thinking included; tokens."""
        return self.max_tokens + (self.thinking_tokens or 0)

    @property
    def identity(self) -> dict[str, object]:
        """What an answer depends on, in the same words since the first version.

        No limits on thinking, which only say where it is cut, and no defaults that go by the model.
        """
        told = asdict(self)
        del told["thinking_tokens"]
        own = ("reasoning_effort", "system", "extra")
        unsaid = {name for name in own if told[name] in (None, LOWEST)}
        return {
            name: _NEUTRAL.get(name) if value is None else value
            for name, value in told.items()
            if name not in unsaid
        }


@dataclass(frozen=True)
class Request:
    """One question to one model, with all that makes it different from any other."""

    row_id: str
    """The row asked for; a child's id, or a seed's."""
    epoch: int
    stage: StrEnum
    model: str
    """LiteLLM model name."""
    prompt: str
    """The whole user message."""
    sampling: Sampling
    ask: int = 1
    """1 for the first time of asking, 2 where a verdict could not be read."""
    is_embedding: bool = False
    """True where the prompt's vector is wanted and no words: the answer's text is its JSON. No part of
    the key: a stage wants the one or the other."""

    @cached_property
    def key(self) -> str:
        """Hash of everything that the answer depends on: at most one accepted answer a key."""
        parts = [self.row_id, self.epoch, self.stage, self.ask, self.model, self.prompt_sha256]
        text = json.dumps([*parts, self.sampling.identity], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @cached_property
    def prompt_sha256(self) -> str:
        """Hash of the rendered prompt."""
        return hashlib.sha256(self.prompt.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model gave for a request, after all attempts."""

    text: str
    """The answer, without thinking; where `error` is set empty, or what came before it was cut."""
    finish_reason: str | None
    model: str
    """The model that was asked for."""
    served_model: str | None
    """The model that the endpoint says it used."""
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    """US dollars for all paid attempts of this request; None where the price is unknown."""
    latency_s: float
    """Seconds of the last attempt, from sending to the whole answer."""
    attempts: int
    """Requests sent on the wire for this answer."""
    finished_at: float
    """Unix time at which it was complete; seconds."""
    estimated: bool = False
    """True where the endpoint gave no token usage and it was estimated from the text."""
    error: str | None = None
    """Why there is no answer, in the provider's words; None for an answer."""
    unknown: int = 0
    """Attempts of which nobody knows how they ended (killed, timed out, cut off): each may have been
    paid for, and is in cost_usd at the most that it can have cost."""
    is_unreached: bool = False
    """True where there is no answer for the endpoint's sake, not the row's: it may have one later."""
    sent: str | None = None
    """JSON of the parameters that were really sent, in the provider's words; None where nothing was."""
    ending: str = "whole"
    """What the finish reason means: a word of `schemas.calls.endings`."""
    refusal: str | None = None
    """The model's words where it refused in a field of its own; never the text."""
    reasoning: str | None = None
    """The thinking before the answer; None where none was shown."""
    reasoning_tokens: int | None = None
    """Tokens of thinking among `completion_tokens`; None where the endpoint does not say."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an endpoint says of its own limits beside an answer; None where it says nothing."""

    requests: int | None = None
    """Requests a window, most often a minute."""
    requests_left: int | None = None
    requests_reset_s: float | None = None
    """Seconds until the window is whole again."""
    tokens: int | None = None
    tokens_left: int | None = None
    tokens_reset_s: float | None = None


class Reply(NamedTuple):
    """An answer, and what the endpoint said beside it."""

    answer: Answer
    limits: Limits | None


@dataclass(frozen=True, slots=True)
class Pending:
    """A request on its way, as the ledger keeps it before each attempt and after each failed one.

    The last record of a key counts: while it is this one, the request has no answer.
    """

    key: str
    attempts: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    """US dollars of the attempts so far; None where the price is unknown."""
    unknown: int
    is_aloft: bool
    """True where the last thing known is that an attempt was sent."""
    aloft_usd: float | None
    """The most that this attempt can cost; None where the price is unknown."""

    @property
    def most_usd(self) -> float:
        """What this request can have cost so far, at the most, in US dollars."""
        return (self.cost_usd or 0.0) + (self.is_aloft * (self.aloft_usd or 0.0))

    def record(self) -> dict[str, object]:
        """Return it as the ledger keeps it."""
        return {"pending": _flat(self)}


@dataclass(frozen=True, slots=True)
class Call:
    """A completed request as the ledger keeps it."""

    key: str
    row_id: str
    epoch: int
    stage: str
    ask: int
    prompt_sha256: str
    answer: Answer

    @classmethod
    def of(cls, request: Request, answer: Answer) -> "Call":
        """Join a request's identity with its answer; the prompt itself can be rendered again."""
        return cls(
            key=request.key,
            row_id=request.row_id,
            epoch=request.epoch,
            stage=request.stage.value,
            ask=request.ask,
            prompt_sha256=request.prompt_sha256,
            answer=answer,
        )

    def record(self) -> dict[str, object]:
        """Return it as the ledger keeps it."""
        return {**_flat(self), "answer": _flat(self.answer)}

    def retired(self) -> Pending:
        """Return the request as it stands when its answer is given up: paid for, and to be asked."""
        answer = self.answer
        return Pending(
            key=self.key,
            attempts=answer.attempts,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            cost_usd=answer.cost_usd,
            unknown=answer.unknown,
            is_aloft=False,
            aloft_usd=None,
        )


def _flat(value: Any) -> dict[str, object]:
    # Not `asdict`, which copies every value; this is done twice a call.
    return {name: getattr(value, name) for name in value.__slots__}


def entry(record: dict[str, Any]) -> "Call | Pending":
    """Read back what `record` made.

    Raises:
        ValueError: It is of another shape; whole as it may be, nobody of ours wrote it.
    """
    try:
        if "pending" in record:
            one: Call | Pending = Pending(**record["pending"])
        else:
            one = Call(**{**record, "answer": Answer(**record["answer"])})
    except (KeyError, TypeError) as e:
        raise ValueError(f"a record of another shape ({e})") from None
    if not isinstance(one.key, str):
        raise ValueError("a record of another shape (its key is no text)")
    return one
