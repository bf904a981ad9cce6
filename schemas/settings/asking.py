"""Settings of everything that asks models: where they are, how fast, for how much, by which processes.

Knows nothing of what is asked.
"""

from typing import ClassVar, Literal

from pydantic import ValidationInfo, field_validator

from schemas.settings.knobs import Address, BaseUrl, Group, Price, Settings, Text, knob

Lane = Literal["auto", "litellm"]
TaskRunner = Literal["threads", "processes", "dask", "ray"]


class FolderSettings(Group):
    """Where it comes out."""

    out: Address = knob(
        ..., "Run folder: made, or continued; a path, or an address like s3://bucket/prefix. {date} "
        "and {time} are filled in runs of a deployment.", fixed=False,
    )  # fmt: skip


class EndpointSettings(Group):
    """Where models are, and the way to them."""

    api_base: BaseUrl | None = knob(
        None, "Address of an OpenAI-compatible endpoint; URL.", fixed=False
    )
    lane: Lane = knob(
        "auto",
        "Way to the models: auto asks OpenAI-compatible endpoints given by api_base directly and all "
        "others through LiteLLM; litellm asks all through LiteLLM.", fixed=False,
    )  # fmt: skip


class LimitSettings(Group):
    """How fast, how long and for how much."""

    concurrency: int = knob(64, "Calls in flight.", fixed=False, ge=1, le=4096)
    rpm: int | None = knob(None, "Requests a minute; no limit when not given.", fixed=False, ge=1)
    tpm: int | None = knob(None, "Tokens a minute; no limit when not given.", fixed=False, ge=1)
    budget_usd: float | None = knob(
        None, "Hard cap on the run's spending; US dollars.", fixed=False,
        gt=0, allow_inf_nan=False,
    )  # fmt: skip
    timeout_s: float = knob(
        120.0, "Longest wait for one answer; seconds.", fixed=False,
        gt=0, le=86_400,
    )  # fmt: skip
    max_attempts: int = knob(
        6, "Requests sent for one answer before its row is set aside.",
        fixed=False, ge=1, le=100,
    )  # fmt: skip
    longest_wait_s: float = knob(
        300.0, "Longest wait that an endpoint may ask for by its headers; seconds.", fixed=False,
        gt=0, le=86_400,
    )  # fmt: skip
    drain_s: float = knob(
        30.0, "Wait for calls in flight when stopped; seconds.",
        fixed=False, ge=0, le=3600,
    )  # fmt: skip
    prices: dict[str, Price] = knob(
        {}, "Model name to {input, output}; US dollars per million tokens. TOML only.", fixed=False,
    )  # fmt: skip


class EngineSettings(Group):
    """Where the work is done."""

    task_runner: TaskRunner = knob(
        "threads",
        "What carries the shards: threads of this process, processes of this machine, or a Dask or "
        "Ray cluster.",
        fixed=False,
    )
    engines: int = knob(
        1, "Processes that ask models, where task_runner is not threads: each gets its part of "
        "concurrency, rpm and tpm.", fixed=False, ge=1, le=256,
    )  # fmt: skip
    cluster: Text | None = knob(
        None,
        "Address of a running Dask or Ray cluster; one is started on this machine when not given.",
        fixed=False,
    )

    @field_validator("engines")
    @classmethod
    def _can_be_divided(cls, value: int, info: ValidationInfo) -> int:
        """Every engine must get something of every limit."""
        if value > 1 and info.data.get("task_runner") == "threads":
            raise ValueError("threads share one engine; take task_runner processes, dask or ray")
        for name in ("concurrency", "rpm", "tpm"):
            limit = info.data.get(name)
            if limit is not None and limit < value:
                raise ValueError(f"{name} {limit} cannot be divided among so many")
        return value


class JobSettings(FolderSettings, Settings):
    """The settings of a job of any kind: among them where it lies."""

    kind: ClassVar[str]
    """Name of the kind."""


class AskSettings(EngineSettings, LimitSettings, EndpointSettings, JobSettings):
    """What an engine and a run folder need of any flow's settings."""

    @property
    def asked(self) -> dict[str, str]:
        """Every model that is asked, by the setting that names it, in order of first use."""
        raise NotImplementedError

    @property
    def models(self) -> list[str]:
        """All models that are asked, each once, in order of first use."""
        return list(dict.fromkeys(self.asked.values()))

    def base_of(self, model: str) -> str | None:
        """Return the address for a model: the user's for models of the first one's provider.

        Another provider's model keeps its own, and its key.
        """
        own = self.models[0].partition("/")[0]
        return self.api_base if model.partition("/")[0] == own else None
