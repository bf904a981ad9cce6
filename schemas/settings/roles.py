"""How each role's model is asked: where it is, how it draws its words, how much it may think.

A role has a method's own sampling, flags, and a table [roles.NAME] in the TOML file, which wins. Knows
no job's roles.
"""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field

from schemas.calls.call import Parameters
from schemas.redaction import redact
from schemas.settings.knobs import BaseUrl, Group, Text

Preset = Literal["paper", "provider"]
_SECRET_NAME = re.compile(
    r"(api[-_]?key|token|secret|password|credentials?|authorization|cookie)$", re.IGNORECASE
)
_MARK = "@http"


class Method(NamedTuple):
    """What the method itself asks of a role where the user says nothing; None where it does not say."""

    temperature: float | None
    top_p: float | None
    reasoning_effort: str | None


def taken_apart(value: str) -> tuple[str, str | None]:
    """Return model and address of MODEL or MODEL@http://address."""
    model, mark, rest = value.partition(_MARK)
    return model, f"{_MARK[1:]}{rest}" if mark else None


def _without_secrets(value: dict[str, Any]) -> dict[str, Any]:
    """Settings stand in run.json, which is for everybody."""
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ValueError("must hold texts, numbers, lists and tables alone") from None
    if any(_SECRET_NAME.search(name) for name in _names(value)) or redact(text, {}) != text:
        raise ValueError("must hold no key or password; set the provider's environment variable")
    return value


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, within in value.items():
            yield str(name)
            yield from _names(within)
    elif isinstance(value, list):
        for within in value:
            yield from _names(within)


class Role(Group):
    """A table [roles.NAME]: what holds for one role, whatever flags say."""

    model: Text | None = None
    """LiteLLM model name, or MODEL@http://address."""
    address: BaseUrl | None = None
    """Of its endpoint, where it is not api_base."""
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    max_tokens: int | None = Field(None, ge=1, le=1_000_000)
    """Longest answer without thinking; tokens."""
    reasoning_effort: Text | None = None
    """How much to think: lowest, or a word that the model knows."""
    thinking_tokens: int | None = Field(None, ge=0, le=1_000_000)
    """Allowance for thinking beyond max_tokens; tokens."""
    system: Text | None = None
    """System prompt."""
    extra: Annotated[dict[str, Any], AfterValidator(_without_secrets)] = Field({})
    """Passed on as it is: fields of the body, `extra_body`, `headers` without secrets."""

    @property
    def told(self) -> Parameters:
        """What it says of a model's sampling, by the names of Sampling."""
        said = self.model_dump(exclude_none=True, exclude={"model", "address", "extra"})
        extra = {"extra": json.dumps(self.extra, sort_keys=True)} if self.extra else {}
        return {**said, **extra}

    @property
    def fixed(self) -> Parameters:
        """What a run is held to: neither where a model is, nor where its thinking is cut."""
        said = self.model_dump(
            mode="json", exclude_none=True, exclude={"address", "thinking_tokens"}
        )
        return {name: value for name, value in said.items() if value != {}}
