"""Every knob of a prediction: who answers what. The rest is as in an evaluation.

The command line, the TOML file and the form in the Prefect UI are made from this model.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from schemas.calls.call import Parameters, Sampling
from schemas.settings.asking import (
    AskSettings,
    EndpointSettings,
    EngineSettings,
    FolderSettings,
    LimitSettings,
)
from schemas.settings.evaluation import OWN_TESTS, System
from schemas.settings.form import Form, section
from schemas.settings.knobs import Group, Settings, Text, knob
from schemas.settings.roles import Method
from schemas.tables.evaluation import NULL_MODEL


def _as_name(value: str) -> str:
    if value == NULL_MODEL or not value.strip() or not value.isprintable():
        raise ValueError(f"{value!r} cannot be a system's name; choose another")
    return value


class PredictedSettings(FolderSettings):
    """Who answers what, and where it comes out."""

    model: Text = knob(
        ..., "Who answers: any LiteLLM model name, MODEL@http://address, or local:FOLDER of a model of "
        "this machine, which is served meanwhile.", fixed=False,
    )  # fmt: skip
    tests: Text = knob(
        OWN_TESTS,
        "Test file: {idx, Skill, Difficulty, Instruction}, MT-bench or Vicuna questions, or a plain "
        "list; own is the set that ships here.",
        fixed=False,
    )
    generator: Annotated[Text, AfterValidator(_as_name)] = knob(
        "model", "What the model is called in the answers."
    )
    limit: int | None = knob(None, "Use the first N test items only; items.", ge=1)
    shard_rows: int | None = knob(None, "Items a shard; chosen when not given.", ge=1, le=100_000)


class AnsweringSettings(EndpointSettings):
    """How the model answers."""

    temperature: float | None = knob(
        None, "Sampling temperature of the model; 0 when not given.", ge=0, le=2
    )
    top_p: float | None = knob(None, "Nucleus sampling of the model; probability.", gt=0, le=1)
    max_tokens: int = knob(2048, "Longest answer; tokens.", ge=1, le=1_000_000)


class PredictionSettings(AskSettings, AnsweringSettings, PredictedSettings):
    """All settings of a prediction, saved in run.json; secrets are never among them."""

    kind: ClassVar[str] = "prediction"
    groups: ClassVar[dict[str, type[Group]]] = {
        "Predicted": PredictedSettings,
        "Answering": AnsweringSettings,
        "Limits": LimitSettings,
        "Engines": EngineSettings,
    }
    methods: ClassVar[dict[str, Method]] = {"model": Method(0.0, None, None)}

    @property
    def systems(self) -> dict[str, str]:
        """The one system, as an evaluation would name it."""
        return {self.generator: self.model}

    @property
    def those(self) -> list[System]:
        """The one system."""
        return [System.of(self.generator, self.model)]

    def with_systems(self, named: Mapping[str, str]) -> "PredictionSettings":
        """Return the settings with the system given otherwise."""
        return self.model_copy(update={"model": named[self.generator]})

    @property
    def asked(self) -> dict[str, str]:
        """The model, by the setting that names it; a folder is not asked before it is served."""
        (one,) = self.those
        return {} if one.model is None else {"model": one.model}

    def base_of(self, model: str) -> str | None:
        """Return the address for the model: its own, else as for every flow."""
        own = (one.base for one in self.those if one.model == model and one.base is not None)
        return next(own, None) or super().base_of(model)

    def _flags(self, role: str) -> Parameters:
        del role
        return {
            "temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_tokens,
        }  # fmt: skip

    def system_sampling(self, name: str) -> Sampling:
        """How the model, whatever it is called, draws its words: greedily, unless told otherwise."""
        return self.sampling_of("model", name)


class PredictionForm(Form[PredictionSettings]):
    """All settings of a prediction, by group."""

    of_settings: ClassVar[type[Settings]] = PredictionSettings

    predicted: PredictedSettings = section(PredictedSettings, "Predicted", required=True)
    answering: AnsweringSettings = section(AnsweringSettings, "Answering")
    limits: LimitSettings = section(LimitSettings, "Limits")
    engines: EngineSettings = section(EngineSettings, "Engines")
