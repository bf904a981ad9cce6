"""Every knob of a fine-tuning: what a model learns from, how it is asked, and how it learns.

The command line, the TOML file and the form in the Prefect UI are made from this model. Everything else
that TRL's trainer can be told goes through the table `trainer`.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ValidationInfo, field_validator

from schemas.settings.asking import FolderSettings, JobSettings
from schemas.settings.form import Form, section
from schemas.settings.knobs import Address, Group, Settings, Text, knob
from schemas.tables.export import Reasoning

TINY = "tiny"
"""Names a small Llama that is made on the spot."""
Method = Literal["full", "lora", "qlora"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]
PromptFormat = Literal["wizardlm", "vicuna_v1.1", "alpaca", "base", "vicuna"]
"""`vicuna` is what trainings of older versions used: the same, and never with an opening sentence."""

_OURS = {
    "output_dir": "out",
    "learning_rate": "learning_rate",
    "num_train_epochs": "epochs",
    "per_device_train_batch_size": "batch_rows",
    "gradient_accumulation_steps": "accumulate_batches",
    "lr_scheduler_type": "schedule",
    "warmup_steps": "warmup_steps",
    "weight_decay": "weight_decay",
    "max_length": "max_length_tokens",
    "seed": "rng_seed",
    "data_seed": "rng_seed",
    "bf16": "precision",
    "fp16": "precision",
    "gradient_checkpointing": "gradient_checkpointing",
    "activation_checkpointing": "gradient_checkpointing",
    "save_steps": "save_every_steps",
    "save_total_limit": "keep_checkpoints",
    "logging_steps": "log_every_steps",
    "report_to": "report.html, which is always made",
    "push_to_hub": "evolflow export",
    "resume_from_checkpoint": "out: the same command goes on",
}
"""What of TRL's is told by a setting of ours, or by another command."""


def _as_trainer(values: dict[str, Any]) -> dict[str, Any]:
    for name in values:
        if name in _OURS:
            raise ValueError(f"{name} is not set here, but by {_OURS[name]}")
    return values


class LearnedSettings(FolderSettings):
    """What is learned from."""

    data: Address = knob(..., "Mix or run folder with the rows to learn from.", fixed=False)
    rng_seed: int = knob(42, "Seed of weights, shuffling and dropout.", ge=0, le=2**32 - 1)
    held_out_rows: int = knob(
        0, "Rows not learned from, whose loss is measured after each epoch; rows.", ge=0,
        le=1_000_000,
    )  # fmt: skip


class ModelSettings(Group):
    """What learns, and how it is asked."""

    base: Text = knob(
        TINY, "Folder of the model to fine-tune; tiny makes a small Llama of 0.4 million parameters "
        "on the spot, to try things with.", fixed=False,
    )  # fmt: skip
    prompt_format: PromptFormat = knob(
        "wizardlm", "How an instruction becomes a prompt: wizardlm (7B of the paper), "
        "vicuna_v1.1 (13B), alpaca, or base, the chat template of the model itself.",
    )  # fmt: skip
    preamble: Text | None = knob(
        None, "File with the sentence that opens each prompt of vicuna_v1.1 or alpaca, as their "
        "authors wrote it; by default a prompt goes without.", fixed=False,
    )  # fmt: skip
    reasoning: Reasoning = knob(
        "drop", "What was thought before an answer: left out, or learned as part of the answer, either "
        "before it as <think> or in the message's field, for a base whose chat template writes it.",
    )  # fmt: skip
    max_length_tokens: int = knob(
        2048, "Longest prompt and response together; tokens.", ge=8, le=1_000_000
    )
    max_cut_share: float = knob(
        0.05, "Most rows whose response is cut at max_length_tokens; share of all rows.", ge=0, le=1
    )
    max_masked_share: float = knob(
        0.01, "Most rows left out since nothing of their response fits; share of all rows.",
        ge=0, le=1,
    )  # fmt: skip


class MethodSettings(Group):
    """How it learns."""

    method: Method = knob("full", "All weights, LoRA, or LoRA over a base in 4 bits (GPU only).")
    learning_rate: float = knob(2e-5, "Highest learning rate.", gt=0, le=1)
    epochs: float = knob(3.0, "Passes over the rows.", gt=0, le=1000)
    batch_rows: int = knob(8, "Rows a batch on each device.", ge=1, le=65_536)
    accumulate_batches: int = knob(1, "Batches whose gradients make one step.", ge=1, le=65_536)
    schedule: Literal["cosine", "linear", "constant"] = knob("cosine", "How the rate falls.")
    warmup_steps: int = knob(2, "Steps in which the rate rises.", ge=0, le=1_000_000)
    weight_decay: float = knob(0.0, "Weight decay.", ge=0, le=1)
    precision: Precision = knob("auto", "Numbers: auto is bf16 on a GPU that has it, else fp32.")
    gradient_checkpointing: bool = knob(False, "Save memory by computing activations twice.")
    lora_rank: int = knob(8, "Rank of LoRA's matrices.", ge=1, le=4096)
    lora_alpha: int = knob(16, "Scale of LoRA's matrices.", ge=1, le=65_536)
    lora_dropout: float = knob(0.0, "Dropout before LoRA's matrices.", ge=0, lt=1)
    lora_targets: Text = knob(
        "all-linear", "Layers that get LoRA, with commas between: q_proj,v_proj; or all-linear."
    )


class MachineSettings(Group):
    """Where it learns, and what is kept on the way."""

    save_every_steps: int = knob(
        800, "Steps between two checkpoints, from which a stopped training goes on.", fixed=False,
        ge=1,
    )  # fmt: skip
    keep_checkpoints: int = knob(2, "Checkpoints kept while it runs.", fixed=False, ge=1, le=1000)
    log_every_steps: int = knob(10, "Steps between two points of the loss chart.", ge=1)
    accelerate_config: Text | None = knob(
        None, "File of `accelerate config`, for several devices, FSDP or DeepSpeed.", fixed=False
    )
    trainer: Annotated[dict[str, Any], AfterValidator(_as_trainer)] = knob(
        {}, "Anything else of TRL's SFTConfig, by its own name. TOML only."
    )


class TrainingSettings(
    MachineSettings, MethodSettings, ModelSettings, LearnedSettings, JobSettings
):
    """All settings of a fine-tuning, saved in run.json."""

    kind: ClassVar[str] = "training"
    groups: ClassVar[dict[str, type[Group]]] = {
        "Learned": LearnedSettings,
        "Model": ModelSettings,
        "Method": MethodSettings,
        "Machine": MachineSettings,
    }

    @field_validator("lora_targets")
    @classmethod
    def _names_layers(cls, value: str, _: ValidationInfo) -> str:
        if not all(part.strip() for part in value.split(",")):
            raise ValueError("must be all-linear, or names with commas between: q_proj,v_proj")
        return value

    @property
    def is_lora(self) -> bool:
        """Whether an adapter is learned instead of all weights."""
        return self.method != "full"


class TrainingForm(Form[TrainingSettings]):
    """All settings of a fine-tuning, by group."""

    of_settings: ClassVar[type[Settings]] = TrainingSettings

    learned: LearnedSettings = section(LearnedSettings, "Learned", required=True)
    model: ModelSettings = section(ModelSettings, "Model")
    method: MethodSettings = section(MethodSettings, "Method")
    machine: MachineSettings = section(MachineSettings, "Machine")
