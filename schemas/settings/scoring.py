"""Every knob of a scoring: what is scored, by whom, and how much of it.

The command line, the TOML file and the form in the Prefect UI are made from this model.
"""

from typing import ClassVar

from schemas.calls.call import LOWEST, Parameters, Sampling
from schemas.settings.asking import (
    AskSettings,
    EndpointSettings,
    EngineSettings,
    FolderSettings,
    LimitSettings,
)
from schemas.settings.form import Form, section
from schemas.settings.knobs import Address, Group, Settings, Text, knob
from schemas.settings.roles import Method

OFFLINE = "offline"
"""Names the embeddings that need no model."""
SENTENCES = "sentences:"
"""Begins the name of a sentence-transformers model."""


class ScoredSettings(FolderSettings):
    """What is scored, and how much of it."""

    source: Address = knob(..., "Run folder, or a file of instructions.", fixed=False)
    per_epoch: int = knob(
        150, "Instructions of each epoch that get a difficulty; of a file: in all.", ge=1,
        le=1_000_000,
    )  # fmt: skip
    lines: int = knob(
        100, "Lines whose versions are compared, two calls each; none with 0.", ge=0, le=1_000_000
    )
    rng_seed: int = knob(0, "Seed of the choice of instructions and lines.", ge=0)


class ScoreJudgeSettings(EndpointSettings):
    """Who scores, and how it is asked."""

    judge: Text = knob(
        ..., "Judge: any LiteLLM model name, or MODEL@http://address; by default the run's own."
    )
    judge_temperature: float | None = knob(
        None, "Sampling temperature of the judge; 0 when not given.", ge=0, le=2
    )
    judge_max_tokens: int = knob(512, "Longest verdict; tokens.", ge=1, le=100_000)
    embeddings: Text = knob(
        OFFLINE, "Who places instructions on the report's map: offline, by words and characters; "
        "any LiteLLM embedding model; or sentences:PATH, a sentence-transformers model of your own.",
        fixed=False,
    )  # fmt: skip


class ScoringSettings(AskSettings, ScoreJudgeSettings, ScoredSettings):
    """All settings of a scoring, saved in run.json; secrets are never among them."""

    kind: ClassVar[str] = "scoring"
    groups: ClassVar[dict[str, type[Group]]] = {
        "Scored": ScoredSettings,
        "Judge": ScoreJudgeSettings,
        "Limits": LimitSettings,
        "Engines": EngineSettings,
    }
    methods: ClassVar[dict[str, Method]] = {"judge": Method(0.0, None, LOWEST)}
    role_fields: ClassVar[dict[str, str]] = {"judge": "judge", "embeddings": "embeddings"}

    @property
    def asked(self) -> dict[str, str]:
        """Every model that is asked, by the setting that names it."""
        placing = {"embeddings": self.embeddings} if self.buys_embeddings else {}
        return {"judge": self.judge, **placing}

    @property
    def buys_embeddings(self) -> bool:
        """True where a model that is asked like any other makes the embeddings."""
        is_own = self.embeddings.startswith((f"{OFFLINE}/", SENTENCES))
        return "/" in self.embeddings and not is_own

    def _flags(self, role: str) -> Parameters:
        del role
        return {"temperature": self.judge_temperature, "max_tokens": self.judge_max_tokens}

    @property
    def judge_sampling(self) -> Sampling:
        """How the judge draws its verdict."""
        return self.sampling_of("judge")


class ScoringForm(Form[ScoringSettings]):
    """All settings of a scoring, by group."""

    of_settings: ClassVar[type[Settings]] = ScoringSettings

    scored: ScoredSettings = section(ScoredSettings, "Scored", required=True)
    judge: ScoreJudgeSettings = section(ScoreJudgeSettings, "Judge", required=True)
    limits: LimitSettings = section(LimitSettings, "Limits")
    engines: EngineSettings = section(EngineSettings, "Engines")
