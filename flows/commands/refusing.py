"""Say in one line what of somebody's settings cannot be used, and what to write instead.

Turns what the settings model found wrong into place, value and remedy: a name that nobody knows comes
first, because a misspelt one is the cause of a missing one; then all that is missing at once.
"""

import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.redaction import redact
from schemas.settings.knobs import Settings

_HIDDEN = ("api_base", "judge_api_base", "roles")
"""Settings that may carry a password: what was given is not repeated."""
_QUOTED_CHARS = 200
_SHOWN_CHARS = 40
_ALIKE = 0.7
"""Share of letters from which another name may have been meant."""
_EXAMPLES = {
    "seeds": "seeds.json",
    "model": "openai/gpt-4.1-mini",
    "out": "runs/first",
    "tests": "own",
    "systems": "mine=openai/gpt-4.1-mini other=answers.jsonl",
    "judge": "openai/gpt-4.1",
    "source": "runs/first",
    "runs": "runs/first",
    "data": "mixes/first",
    "base": "models/base",
}
"""What an example line gives for settings that have no default."""


def refusal(
    e: ValidationError, model: type[Settings], config: Path | None, given: Mapping[str, object]
) -> str:
    """Return the one line that says what is wrong.

    Args:
        e: What the model found.
        model: Which settings.
        config: The TOML file; None where there is none.
        given: Settings that came as flags, by name.
    """
    errors = e.errors(include_url=False)
    whole = [one for one in errors if len(one["loc"]) == 1]
    unknown = [one for one in whole if one["type"] == "extra_forbidden"]
    if unknown:
        name = str(unknown[0]["loc"][0])
        return f"{_place(unknown[0], config, given)}: unknown setting{_nearest(name, model)}"
    missing = [str(one["loc"][0]) for one in whole if one["type"] == "missing"]
    if len(missing) > 1:
        return _all_missing(missing, model)
    if missing:
        return (
            f"{_flag(missing[0])}: missing; give it as a flag or as {missing[0]} in a TOML file, as "
            f"in {_flag(missing[0])} {_example(missing[0])}"
        )
    return _other(errors[0], config, given)


def _nearest(name: str, model: type[Settings]) -> str:
    """Return what the name may have been meant for."""
    wanted = name.replace("-", "_").lower()
    if wanted in model.model_fields:
        return f"; write {wanted}"
    near = get_close_matches(wanted, model.model_fields, n=1, cutoff=_ALIKE)
    return f"; did you mean {near[0]}?" if near else "; --help lists them all"


def _all_missing(names: Sequence[str], model: type[Settings]) -> str:
    flags = [_flag(name) for name in names]
    listed = f"{', '.join(flags[:-1])} and {flags[-1]}"
    needed = [name for name, field in model.model_fields.items() if field.is_required()]
    line = " ".join(f"{_flag(name)} {_example(name)}" for name in needed)
    return f"{listed}: missing; give them as flags or in a TOML file, as in {line}"


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _example(name: str) -> str:
    return _EXAMPLES.get(name, name.upper())


def _other(error: ErrorDetails, config: Path | None, given: Mapping[str, object]) -> str:
    place = _place(error, config, given)
    if error["type"] == "extra_forbidden":
        return f"{place}: unknown setting; --help lists them all"
    message = str(error["msg"]).removeprefix("Value error, ")
    # An address may carry a password; it must not stand in a log.
    given_value = "" if error["loc"][0] in _HIDDEN else f"; given {_quoted(error['input'])}"
    return f"{place}: {message}{given_value}"


def _place(error: ErrorDetails, config: Path | None, given: Mapping[str, object]) -> str:
    name = str(error["loc"][0])
    where = ".".join(_short(str(part)) for part in error["loc"])
    return _flag(name) if name in given or config is None else f"{config}: {where}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def _quoted(value: Any) -> str:
    text = redact(repr(value), os.environ)
    return text if len(text) <= _QUOTED_CHARS else f"{text[:_QUOTED_CHARS]}…"
