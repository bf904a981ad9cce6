"""Settings of everything that asks models: where they are, how fast, for how much, by which processes.

Knows nothing of what is asked.
"""

from typing import Any, ClassVar, Literal

from pydantic import ValidationInfo, field_validator, model_validator

from schemas.calls.call import Parameters, Sampling
from schemas.settings.knobs import Address, BaseUrl, Group, Price, Settings, Text, knob
from schemas.settings.roles import Method, Preset, Role, taken_apart

Lane = Literal["auto", "litellm"]
TaskRunner = Literal["threads", "processes", "dask", "ray"]


class FolderSettings(Group):
    """Where it comes out."""

    out: Address = knob(
        ..., "Run folder: made, or continued; a path, or an address like s3://bucket/prefix. {date} "
        "and {time} are filled in runs of a deployment.", fixed=False,
    )  # fmt: skip


class EndpointSettings(Group):
    """Where models are, the way to them, and what holds for all of them."""

    api_base: BaseUrl | None = knob(
        None, "Address of an OpenAI-compatible endpoint; URL.", fixed=False
    )
    lane: Lane = knob(
        "auto",
        "Way to the models: auto asks OpenAI-compatible endpoints given by api_base directly and all "
        "others through LiteLLM; litellm asks all through LiteLLM.", fixed=False,
    )  # fmt: skip
    sampling: Preset = knob(
        "paper", "Sampling where no setting says it: paper sends the method's own, as far as the model "
        "takes it; provider sends nothing.", fixed=False,
    )  # fmt: skip
    reasoning_effort: Text | None = knob(
        None, "How much those who answer instructions think: lowest, or a word that the model knows, "
        "such as none, low or high. Judges and evolvers think as little as they can.",
    )  # fmt: skip
    thinking_tokens: int | None = knob(
        None, "Allowance for thinking, beyond max_tokens; tokens. By the model's kind when not given.",
        fixed=False, ge=0, le=1_000_000,
    )  # fmt: skip
    roles: dict[str, Role] = knob(
        {}, "Role to what holds for it alone: model, address, temperature, top_p, frequency_penalty, "
        "max_tokens, reasoning_effort, thinking_tokens, system, extra. TOML only.",
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

    methods: ClassVar[dict[str, Method]] = {}
    """What the method asks of each role."""
    role_fields: ClassVar[dict[str, str]] = {}
    """The setting that names a role's model, MODEL or MODEL@http://address."""

    @model_validator(mode="before")
    @classmethod
    def _take_models_apart(cls, values: Any) -> Any:
        """A model's name has one home, its setting, and its address another, its role's table."""
        tables = values.get("roles") or {} if isinstance(values, dict) else None
        if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
            return values
        apart, tables = {**values}, {role: {**table} for role, table in tables.items()}
        for role, name in cls.role_fields.items():
            table = tables.get(role, {})
            in_table = table.pop("model", None)
            told = in_table if apart.get(name) is None else apart[name]
            if not isinstance(told, str):
                continue
            apart[name], address = taken_apart(told)
            if address is not None:
                tables[role] = {**table, "address": address}
        return {**apart, "roles": tables}

    @field_validator("roles")
    @classmethod
    def _are_known(cls, value: dict[str, Role], info: ValidationInfo) -> dict[str, Role]:
        known = [*cls.methods, *cls.role_fields, *(info.data.get("systems") or {})]
        for role in value:
            if role not in known:
                raise ValueError(f"no role {role!r}; there are {', '.join(dict.fromkeys(known))}")
        return value

    def sampling_of(self, role: str, *narrower: str) -> Sampling:
        """Return how a role is asked: by its tables, else by flags, else as the method has it.

        Args:
            role: A key of `methods`.
            *narrower: Names of further tables that hold for it, the last one wins.
        """
        told = self._told(role)
        for name in (role, *narrower):
            told |= self.roles[name].told if name in self.roles else {}
        return Sampling(**told)

    def _told(self, role: str) -> Parameters:
        """Return what flags and the method say of a role."""
        method = self.methods[role]
        own = {"temperature": method.temperature, "top_p": method.top_p}
        if self.sampling == "provider":
            own = dict.fromkeys(own)
        effort = self.reasoning_effort if method.reasoning_effort is None else None
        return {
            **own, "frequency_penalty": None,
            "reasoning_effort": effort or method.reasoning_effort,
            "thinking_tokens": self.thinking_tokens,
            **{name: value for name, value in self._flags(role).items() if value is not None},
        }  # fmt: skip

    def _flags(self, role: str) -> Parameters:
        """Return what flags say of a role, by the names of Sampling: one of them is max_tokens."""
        raise NotImplementedError

    def fixed_part(self) -> dict[str, object]:
        """Return what must be the same for a run to go on: what is asked for, however it was said."""
        part = super().fixed_part()
        for role in self.methods:
            identity = Sampling(**self._told(role)).identity
            for name, value in identity.items():
                if _flag(role, name) in part and name in self._flags(role):
                    part[_flag(role, name)] = value
        tables = {role: table.fixed for role, table in self.roles.items()}
        part["roles"] = {role: table for role, table in tables.items() if table}
        return part

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

        Another provider's model keeps its own, and its key; a role's table wins.
        """
        for role, table in self.roles.items():
            name = self.role_fields.get(role)
            if table.address is not None and name is not None and self._named(name) == model:
                return table.address
        own = self.models[0].partition("/")[0]
        return self.api_base if model.partition("/")[0] == own else None

    def _named(self, setting: str) -> str:
        """Return the model that a setting names; one that names none has the first."""
        return getattr(self, setting) or self.models[0]


def _flag(role: str, name: str) -> str:
    """Return the setting that says one thing of a role."""
    return f"judge_{name}" if role == "judge" else name
