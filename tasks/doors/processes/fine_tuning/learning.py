"""Fine-tune a model on rows, by TRL's trainer.

Turns a job and its file of rows into a draft of the model, or of the adapter, through checkpoints from
which a later process goes on. Safetensors alone are left. Several devices are accelerate's business.
"""

import hashlib
import random
import shutil
import threading
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
from accelerate import PartialState
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

from schemas.documents.training import Counts, Done, Stopped, TrainJob
from schemas.errors import BadInput
from schemas.folders.trained import CARD, TEMPLATE, ModelCard, TrainedFolder
from schemas.settings.training import TrainingSettings
from tasks.doors.processes.fine_tuning import tiny
from tasks.doors.processes.fine_tuning.records import Records
from tasks.doors.processes.fine_tuning.telling import Teller
from tasks.doors.processes.fine_tuning.tokens import (
    Row,
    fitted,
    probe_of,
    prompt_of,
    rows_of,
    tokenized,
)

_WHOLE = "trainer_state.json"
"""Written last into a checkpoint."""
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle")


def learn(job: TrainJob, records: Records, must_stop: threading.Event) -> None:
    """Train until done or told to stop; leaves the draft when done.

    Raises:
        BadInput: The model, a setting or the rows cannot be used.
    """
    settings, folder = job.settings, TrainedFolder(job.folder)
    precision = _precision(settings)
    base = job.base or _own_base(folder, settings)
    tokenizer = _tokenizer(base, job.chat_template)
    rows = list(rows_of(folder.rows))
    learned, held_out, counts = _split(rows, tokenizer, settings)
    records.say(counts)
    _require_whole(counts, settings)
    first = prompt_of(rows[0].instruction, tokenizer)
    teller = Teller(records, must_stop, precision=precision, prompt=first)
    trainer = _trainer(folder, settings, precision, _model(base, settings, precision), tokenizer,
                       learned, held_out, teller)  # fmt: skip
    if len(trainer.train_dataset) != learned.num_rows:
        raise BadInput(
            f"rows: the trainer left out {learned.num_rows - len(trainer.train_dataset)} of "
            f"{learned.num_rows}; see the table trainer for what filters them"
        )
    began = time.monotonic()
    trainer.train(resume_from_checkpoint=_last_checkpoint(folder.checkpoints))
    if must_stop.is_set() and trainer.state.global_step < trainer.state.max_steps:
        records.say(Stopped(step=trainer.state.global_step))
        return
    _save(trainer, tokenizer, job)
    records.say(Done(seconds=time.monotonic() - began, steps=trainer.state.global_step))


def _precision(settings: TrainingSettings) -> str:
    """Return the numbers that this machine trains with."""
    has_gpu = torch.cuda.is_available()
    if settings.precision == "auto":
        return "bf16" if has_gpu and torch.cuda.is_bf16_supported() else "fp32"
    if settings.precision == "fp16" and not has_gpu:
        raise BadInput("precision: fp16 needs a GPU; take bf16, fp32 or auto")
    if settings.method == "qlora" and not has_gpu:
        raise BadInput("method: qlora needs a GPU; take lora")
    return settings.precision


def _own_base(folder: TrainedFolder, settings: TrainingSettings) -> Path:
    with PartialState(cpu=not torch.accelerator.is_available()).local_main_process_first():
        if not folder.own_base.exists():
            texts = (text for row in rows_of(folder.rows) for text in row if text)
            draft = folder.own_base.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            tiny.make(texts, draft, rng_seed=settings.rng_seed, longest=settings.max_length_tokens)
            draft.rename(folder.own_base)
    return folder.own_base


def _tokenizer(base: Path, template: str | None) -> Any:
    try:
        tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
    except (OSError, ValueError) as e:
        raise BadInput(f"base: {base}: its tokenizer cannot be read: {_first_line(e)}") from None
    if template is not None:
        tokenizer.chat_template = fitted(template, tokenizer)
    if tokenizer.chat_template is None:
        raise BadInput(f"prompt_format: {base} has no chat template of its own; take wizardlm")
    if tokenizer.eos_token is None:
        raise BadInput(f"base: {base}: its tokenizer has no token that ends an answer (eos_token)")
    return tokenizer


def _split(
    rows: list[Row], tokenizer: Any, settings: TrainingSettings
) -> tuple[pa.Table, pa.Table | None, Counts]:
    """Return what is learned from, what is held out, and the counts of the first."""
    n, longest = settings.held_out_rows, settings.max_length_tokens
    if n >= len(rows):
        raise BadInput(f"held_out_rows: {n} of {len(rows)} rows leave none; hold out fewer")
    apart = set(random.Random(settings.rng_seed).sample(range(len(rows)), n))
    learned, counts = tokenized(
        (row for at, row in enumerate(rows) if at not in apart), tokenizer, longest
    )
    held_out = tokenized((rows[at] for at in sorted(apart)), tokenizer, longest)[0]
    return learned, held_out if n else None, counts


def _require_whole(counts: Counts, settings: TrainingSettings) -> None:
    """Refuse to train on less than the user believes."""
    for name, n, most, what in (
        ("max_masked_share", counts.masked, settings.max_masked_share,
         "leave no room for a response"),
        ("max_cut_share", counts.cut, settings.max_cut_share, "lose the end of their response"),
    ):  # fmt: skip
        share = n / counts.rows
        if share > most:
            raise BadInput(
                f"{name}: {n} of {counts.rows} rows ({share:.1%}) {what} at max_length_tokens "
                f"{settings.max_length_tokens}, the longest has {counts.longest} tokens; raise "
                f"max_length_tokens, or {name} above {most:g}"
            )
    if counts.masked == counts.rows:
        raise BadInput("max_length_tokens: no row fits; raise it")


def _model(base: Path, settings: TrainingSettings, precision: str) -> Any:
    loading: dict[str, object] = {"dtype": "auto" if settings.is_lora else torch.float32}
    if settings.method == "qlora":
        half = torch.bfloat16 if precision == "bf16" else torch.float16
        loading["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=half,
        )  # fmt: skip
    try:
        return AutoModelForCausalLM.from_pretrained(
            base, local_files_only=True, use_safetensors=True, **loading
        )
    except (OSError, ValueError, ImportError) as e:
        raise BadInput(f"base: {base}: cannot be read: {_first_line(e)}") from None


def _trainer(
    folder: TrainedFolder, settings: TrainingSettings, precision: str, model: Any, tokenizer: Any,
    learned: pa.Table, held_out: pa.Table | None, teller: Teller,
) -> SFTTrainer:  # fmt: skip
    trainer = SFTTrainer(
        model=model,
        args=_config(folder, settings, precision, has_held_out=held_out is not None),
        train_dataset=Dataset(learned),
        eval_dataset=None if held_out is None else Dataset(held_out),
        processing_class=tokenizer,
        peft_config=_lora(settings),
        callbacks=[teller],
    )
    if settings.is_lora:
        # A whole path is worth nothing on another machine.
        trainer.model.peft_config["default"].base_model_name_or_path = Path(settings.base).name
    return trainer


def _lora(settings: TrainingSettings) -> LoraConfig | None:
    if not settings.is_lora:
        return None
    named = [part.strip() for part in settings.lora_targets.split(",")]
    return LoraConfig(
        r=settings.lora_rank, lora_alpha=settings.lora_alpha, lora_dropout=settings.lora_dropout,
        target_modules=named[0] if named == ["all-linear"] else named, task_type="CAUSAL_LM",
    )  # fmt: skip


def _config(
    folder: TrainedFolder, settings: TrainingSettings, precision: str, *, has_held_out: bool
) -> SFTConfig:
    known = {one.name for one in fields(SFTConfig)}
    for name in settings.trainer:
        if name not in known:
            raise BadInput(f"trainer.{name}: TRL's SFTConfig has no such setting")
    ours: dict[str, Any] = {
        "output_dir": str(folder.checkpoints),
        "learning_rate": settings.learning_rate,
        "num_train_epochs": settings.epochs,
        "per_device_train_batch_size": settings.batch_rows,
        "per_device_eval_batch_size": settings.batch_rows,
        "gradient_accumulation_steps": settings.accumulate_batches,
        "lr_scheduler_type": settings.schedule,
        "warmup_steps": settings.warmup_steps,
        "weight_decay": settings.weight_decay,
        "max_length": settings.max_length_tokens,
        "seed": settings.rng_seed,
        "data_seed": settings.rng_seed,
        "bf16": precision == "bf16",
        "fp16": precision == "fp16",
        "activation_checkpointing": settings.gradient_checkpointing,
        "gradient_checkpointing": None,
        "save_strategy": "steps",
        "save_steps": settings.save_every_steps,
        "save_total_limit": settings.keep_checkpoints,
        "logging_steps": settings.log_every_steps,
        "logging_first_step": True,
        "eval_strategy": "epoch" if has_held_out else "no",
        "dataloader_pin_memory": torch.cuda.is_available(),
        "use_cpu": not torch.accelerator.is_available(),
        "disable_tqdm": True,
        "report_to": "none",
    }
    try:
        return SFTConfig(**{**ours, **settings.trainer})
    except (ValueError, TypeError) as e:
        raise BadInput(f"trainer: {_first_line(e)}") from None


def _last_checkpoint(folder: Path) -> str | None:
    """Return the newest checkpoint that is whole; what a killed process left of another goes."""
    whole: list[tuple[int, Path]] = []
    for path in folder.glob("checkpoint-*"):
        if (path / _WHOLE).exists():
            whole.append((int(path.name.rpartition("-")[2]), path))
        else:
            shutil.rmtree(path)
    return str(max(whole)[1]) if whole else None


def _save(trainer: SFTTrainer, tokenizer: Any, job: TrainJob) -> None:
    """Leave the draft: weights as safetensors, tokenizer, chat template, and our card."""
    folder = TrainedFolder(job.folder)
    trainer.save_model(str(folder.draft))
    if not trainer.is_world_process_zero():
        return
    tokenizer.save_pretrained(folder.draft)
    for pattern in _PICKLES:
        for path in folder.draft.glob(pattern):
            path.unlink()
    template = (folder.draft / TEMPLATE).read_bytes()
    card = ModelCard(
        prompt_format=job.settings.prompt_format,
        chat_template_sha256=hashlib.sha256(template).hexdigest(),
        max_length_tokens=job.settings.max_length_tokens,
        probe=probe_of(tokenizer),
        base=Path(job.settings.base).name,
        method=job.settings.method,
        data_sha256=job.data_sha256,
    )
    (folder.draft / CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _first_line(e: Exception) -> str:
    return next(iter(str(e).splitlines()), type(e).__name__)
