"""Every knob of an evolution: one home, one default, a unit in its name, bounds in the field.

The command line, the TOML file, `evolflow run --help` and the form in the Prefect UI are all made
from this one model. Knows nothing of how a knob is read from a shell or a file.
"""

from pathlib import Path
from typing import ClassVar, Literal

from schemas.calls.call import LOWEST, Parameters, Sampling
from schemas.settings.asking import (
    AskSettings,
    EndpointSettings,
    EngineSettings,
    FolderSettings,
    LimitSettings,
)
from schemas.settings.form import Form, section
from schemas.settings.knobs import Group, Settings, Text, knob
from schemas.settings.roles import Method

SeedResponses = Literal["keep", "missing", "all", "none"]


class _SeedSettings(Group):
    """What goes in."""

    seeds: Path = knob(..., "Seed file: JSON array, JSONL, CSV or Parquet.", fixed=False)


class DataSettings(FolderSettings, _SeedSettings):
    """What goes in, and where it comes out."""

    limit: int | None = knob(None, "Use the first N seed rows only; rows.", ge=1)
    instruction_field: Text | None = knob(
        None, "Field that holds the instruction; detected when not given."
    )
    input_field: Text | None = knob(None, "Field that holds the input; detected when not given.")
    response_field: Text | None = knob(
        None, "Field that holds the response; detected when not given."
    )
    seed_max_chars: int = knob(
        20_000, "Longest seed that is used; characters.", ge=1, le=10_000_000
    )
    seed_responses: SeedResponses = knob(
        "missing",
        "Seeds' responses: keep what is there, ask for the missing, ask for all, or have none.",
    )
    shard_rows: int | None = knob(
        None,
        "Rows a shard; chosen when not given, so that a run stays under 1,000 tasks.",
        ge=1,
        le=100_000,
    )
    part_rows: int = knob(10_000, "Rows a Parquet part of the dataset.", ge=1, le=1_000_000)


class _AskedSettings(Group):
    """Who is asked."""

    model: Text = knob(..., "Evolver: any LiteLLM model name, or MODEL@http://address.")
    responder: Text | None = knob(None, "Responder, as model; the evolver by default.")
    judge: Text | None = knob(None, "Equality judge, as model; the evolver by default.")


class ModelSettings(EndpointSettings, _AskedSettings):
    """Who is asked, and how."""

    temperature: float | None = knob(
        None, "Sampling temperature of evolver and responder; 1 as in the paper when not given.",
        ge=0, le=2,
    )  # fmt: skip
    top_p: float | None = knob(
        None, "Nucleus sampling of evolver and responder; probability; 0.9 as in the paper when not "
        "given.", gt=0, le=1,
    )  # fmt: skip
    max_tokens: int = knob(2048, "Longest answer without thinking; tokens.", ge=1, le=1_000_000)
    frequency_penalty: float | None = knob(None, "Penalty on repeated tokens.", ge=-2, le=2)
    judge_temperature: float | None = knob(
        None, "Sampling temperature of the judge; 0 when not given.", ge=0, le=2
    )
    judge_max_tokens: int = knob(256, "Longest verdict; tokens.", ge=1, le=100_000)


class MethodSettings(Group):
    """How rows are evolved and judged."""

    epochs: int = knob(
        4, "Rounds of evolution; a finished run takes more and goes on.", grows=True, ge=1, le=50
    )
    pack: Text = knob("general", "Prompt pack: a name that ships here, or a folder.", fixed=False)
    rng_seed: int = knob(0, "Seed of the draw of operations.", ge=0)
    rules: Literal["paper", "strict"] = knob(
        "paper", "Elimination profile: the paper's four rules, or more."
    )
    response_tokens: int = knob(
        300, "Length of a response that plan assumes; tokens.", fixed=False, ge=1, le=1_000_000
    )
    gain_check: bool = knob(True, "Ask the judge whether a child differs from its parent (rule 1).")
    refusal_max_words: int = knob(
        80, "Rule 2: an apology in a response shorter than this; words.", ge=1
    )
    near_duplicate_similarity: float = knob(
        0.8, "strict: Jaccard similarity from which a child is a duplicate.", gt=0, le=1,
    )  # fmt: skip
    max_added_words: int = knob(
        80, "strict: most words that an in-depth child may add (20 are asked for).", ge=1,
    )  # fmt: skip
    max_removed_share: float = knob(
        0.4, "strict: largest share of its parent's words that an in-depth child may lose.", ge=0, le=1,
    )  # fmt: skip
    copied_response_min_words: int = knob(
        8, "strict: shortest response that counts as copied into its instruction; words.", ge=1,
    )  # fmt: skip
    low_kept_share: float = knob(
        0.5, "Share of kept children under which an epoch sends the event kept-little.", fixed=False,
        ge=0, le=1,
    )  # fmt: skip


class RunSettings(AskSettings, MethodSettings, ModelSettings, DataSettings):
    """All settings of an evolution, saved in run.json; secrets are never among them."""

    kind: ClassVar[str] = "evolution"
    groups: ClassVar[dict[str, type[Group]]] = {
        "Data": DataSettings,
        "Models": ModelSettings,
        "Method": MethodSettings,
        "Limits": LimitSettings,
        "Engines": EngineSettings,
    }
    methods: ClassVar[dict[str, Method]] = {
        # WizardLM paper §4.2.
        "evolver": Method(1.0, 0.9, LOWEST),
        "responder": Method(1.0, 0.9, None),
        "judge": Method(0.0, None, LOWEST),
    }
    role_fields: ClassVar[dict[str, str]] = {
        "evolver": "model", "responder": "responder", "judge": "judge",
    }  # fmt: skip

    @property
    def responder_model(self) -> str:
        """Who answers the instructions."""
        return self.responder or self.model

    @property
    def judge_model(self) -> str:
        """Who says whether a child differs from its parent."""
        return self.judge or self.model

    @property
    def asked(self) -> dict[str, str]:
        """Every model that is asked, by the setting that names it, in order of first use."""
        named = {"model": self.model, "judge": self.judge, "responder": self.responder}
        return {name: model for name, model in named.items() if model is not None}

    def _flags(self, role: str) -> Parameters:
        if role == "judge":
            return {"temperature": self.judge_temperature, "max_tokens": self.judge_max_tokens}
        return {
            "temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_tokens,
            "frequency_penalty": self.frequency_penalty,
        }  # fmt: skip

    @property
    def judge_sampling(self) -> Sampling:
        """How the judge draws its verdict."""
        return self.sampling_of("judge")


class RunForm(Form[RunSettings]):
    """All settings of an evolution, by group."""

    of_settings: ClassVar[type[Settings]] = RunSettings

    data: DataSettings = section(DataSettings, "Data", required=True)
    models: ModelSettings = section(ModelSettings, "Models", required=True)
    method: MethodSettings = section(MethodSettings, "Method")
    limits: LimitSettings = section(LimitSettings, "Limits")
    engines: EngineSettings = section(EngineSettings, "Engines")
