"""Every knob of an evaluation: who answers what, who judges, and how.

The command line, the TOML file and the form in the Prefect UI are made from this model.
"""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import AfterValidator, ValidationInfo, field_validator

from schemas.calls.call import LOWEST, Parameters, Sampling
from schemas.settings.asking import (
    AskSettings,
    EndpointSettings,
    EngineSettings,
    FolderSettings,
    LimitSettings,
)
from schemas.settings.form import Form, section
from schemas.settings.knobs import BaseUrl, Group, Settings, Text, as_base, knob
from schemas.settings.roles import Method, taken_apart
from schemas.tables.evaluation import NULL_MODEL, Protocol

OWN_TESTS = "own"
"""Names the test set that ships here."""
_FILES = (".json", ".jsonl", ".ndjson", ".csv", ".parquet")
_MOST_SYSTEMS = 50
LOCAL = "local:"
"""Begins the folder of a model of this machine."""


class System(NamedTuple):
    """Who answers."""

    name: str
    model: str | None
    """LiteLLM model name; None where the answers are in a file."""
    file: str | None
    base: str | None
    """Address of its own endpoint."""
    folder: str | None = None
    """Folder of a model of this machine, which is served for the time of the evaluation."""

    @classmethod
    def of(cls, name: str, value: str) -> "System":
        """Read what stands behind a name: MODEL, MODEL@http://address, local:FOLDER, or a file."""
        if value.startswith(LOCAL):
            return cls(name, None, None, None, value.removeprefix(LOCAL))
        if PurePath(value).suffix.lower() in _FILES:
            return cls(name, None, value, None)
        model, base = taken_apart(value)
        return cls(name, model, None, base)


def _as_systems(values: dict[str, str]) -> dict[str, str]:
    """Two or more, with names that can be told apart and addresses that carry no key."""
    if not 2 <= len(values) <= _MOST_SYSTEMS:
        raise ValueError(f"needs 2 to {_MOST_SYSTEMS} systems, as NAME=MODEL or NAME=FILE")
    for name, value in values.items():
        if name == NULL_MODEL or not name.strip() or not name.isprintable():
            raise ValueError(f"{name!r} cannot be a system's name; choose another")
        base = System.of(name, value).base
        if base is not None:
            as_base(base)
    return values


Systems = Annotated[dict[str, Text], AfterValidator(_as_systems)]


class _SystemSettings(Group):
    """Who answers what."""

    systems: Systems = knob(
        ...,
        "Systems: NAME=MODEL, NAME=MODEL@http://address, NAME=local:FOLDER of a model, or "
        "NAME=FILE of answers.",
        fixed=False,
    )
    tests: Text = knob(
        OWN_TESTS,
        "Test file: {idx, Skill, Difficulty, Instruction}, MT-bench or Vicuna questions, or a plain "
        "list; own is the set that ships here.",
        fixed=False,
    )


class ComparedSettings(FolderSettings, _SystemSettings):
    """Who answers what, and where it comes out."""

    baseline: Text | None = knob(
        None, "System that the others are compared with; the first one when not given."
    )
    pairs: Literal["baseline", "all"] = knob(
        "baseline", "Who is compared: each system with the baseline, or each with each."
    )
    limit: int | None = knob(None, "Use the first N test items only; items.", ge=1)
    canary_items: int = knob(
        20, "Items on which a constant answer is judged too: it must lose; items.", ge=1, le=10_000
    )
    shard_rows: int | None = knob(None, "Items a shard; chosen when not given.", ge=1, le=100_000)

    @field_validator("baseline")
    @classmethod
    def _is_a_system(cls, value: str | None, info: ValidationInfo) -> str | None:
        systems = info.data.get("systems")
        if value is not None and systems is not None and value not in systems:
            raise ValueError(f"must be one of the systems {sorted(systems)}")
        return value


class _AnswerSettings(Group):
    """How systems that are models answer."""

    temperature: float | None = knob(
        None, "Sampling temperature of the systems; 0 when not given.", ge=0, le=2
    )
    top_p: float | None = knob(None, "Nucleus sampling of the systems; probability.", gt=0, le=1)
    max_tokens: int = knob(2048, "Longest answer of a system; tokens.", ge=1, le=1_000_000)


class JudgeSettings(EndpointSettings, _AnswerSettings):
    """Who judges, and how systems and judge are asked."""

    judge: Text = knob(..., "Judge: any LiteLLM model name, or MODEL@http://address.")
    protocol: Protocol = knob(
        "both-orders",
        "both-orders: each pair twice with the answers swapped, disagreement is a tie; alternate: "
        "once, the judged system first on every other item (as in the paper).",
    )
    judge_api_base: BaseUrl | None = knob(
        None, "Address of the judge's endpoint, where it is not api_base; URL.", fixed=False
    )
    judge_temperature: float | None = knob(
        None, "Sampling temperature of the judge; 0 when not given.", ge=0, le=2
    )
    judge_max_tokens: int = knob(1024, "Longest verdict; tokens.", ge=1, le=100_000)


class EvaluationSettings(AskSettings, JudgeSettings, ComparedSettings):
    """All settings of an evaluation, saved in run.json; secrets are never among them."""

    kind: ClassVar[str] = "evaluation"
    groups: ClassVar[dict[str, type[Group]]] = {
        "Compared": ComparedSettings,
        "Judge": JudgeSettings,
        "Limits": LimitSettings,
        "Engines": EngineSettings,
    }
    methods: ClassVar[dict[str, Method]] = {
        "systems": Method(0.0, None, None),
        "judge": Method(0.0, None, LOWEST),
    }
    role_fields: ClassVar[dict[str, str]] = {"judge": "judge"}

    @property
    def those(self) -> list[System]:
        """The systems, in their order."""
        return [System.of(name, value) for name, value in self.systems.items()]

    def with_systems(self, named: Mapping[str, str]) -> "EvaluationSettings":
        """Return the settings with some systems given otherwise."""
        return self.model_copy(update={"systems": {**self.systems, **named}})

    @property
    def baseline_name(self) -> str:
        """The system that the others are compared with."""
        return self.baseline or next(iter(self.systems))

    @property
    def compared(self) -> list[tuple[str, str]]:
        """Every judged system with the system that it is compared with."""
        names = [self.baseline_name, *(n for n in self.systems if n != self.baseline_name)]
        if self.pairs == "baseline":
            return [(name, names[0]) for name in names[1:]]
        return [(b, a) for at, a in enumerate(names) for b in names[at + 1 :]]

    @property
    def asked(self) -> dict[str, str]:
        """Every model that is asked, by the setting that names it, in order of first use."""
        named = {f"systems.{one.name}": one.model for one in self.those if one.model is not None}
        return {**named, "judge": self.judge}

    def base_of(self, model: str) -> str | None:
        """Return the address for a model: its own, else as for every flow."""
        if model == self.judge and self.judge_api_base is not None:
            return self.judge_api_base
        own = (one.base for one in self.those if one.model == model and one.base is not None)
        return next(own, None) or super().base_of(model)

    def _flags(self, role: str) -> Parameters:
        if role == "judge":
            return {"temperature": self.judge_temperature, "max_tokens": self.judge_max_tokens}
        return {
            "temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_tokens,
        }  # fmt: skip

    def system_sampling(self, name: str) -> Sampling:
        """How a system that is a model draws its words: greedily, unless told otherwise."""
        return self.sampling_of("systems", name)

    @property
    def judge_sampling(self) -> Sampling:
        """How the judge draws its verdict."""
        return self.sampling_of("judge")


class EvaluationForm(Form[EvaluationSettings]):
    """All settings of an evaluation, by group."""

    of_settings: ClassVar[type[Settings]] = EvaluationSettings

    compared: ComparedSettings = section(ComparedSettings, "Compared", required=True)
    judge: JudgeSettings = section(JudgeSettings, "Judge", required=True)
    limits: LimitSettings = section(LimitSettings, "Limits")
    engines: EngineSettings = section(EngineSettings, "Engines")
