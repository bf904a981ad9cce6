"""Tell how a training goes, and stop it when asked, as a callback of the trainer.

Knows the trainer's own logs; turns them into records.
"""

import threading
from collections.abc import Mapping
from typing import Any

import torch
from transformers import TrainerCallback

from schemas.documents.training import HELD_OUT, TRAINING, Begun, Step
from tasks.doors.processes.fine_tuning.records import Records


class Teller(TrainerCallback):  # type: ignore[misc]
    """Says each logged point; keeps a checkpoint and stops where that is wanted."""

    def __init__(
        self, records: Records, must_stop: threading.Event, *, precision: str, prompt: str
    ) -> None:
        """Tell.

        Args:
            records: Where it is said.
            must_stop: Set by who wants the training to stop.
            precision: The numbers that it trains with.
            prompt: The first row's.
        """
        self._records, self._must_stop = records, must_stop
        self._precision, self._prompt = precision, prompt

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Say how far the way is, and what was said before the checkpoint it goes on from."""
        model = given["model"]
        sizes = [(one.numel(), one.requires_grad) for one in model.parameters()]
        self._records.say(
            Begun(
                steps=state.max_steps,
                from_step=state.global_step,
                device=_device(args.device),
                precision=self._precision,
                parameters=sum(n for n, _ in sizes),
                trained_parameters=sum(n for n, is_trained in sizes if is_trained),
                prompt=self._prompt,
            )
        )
        for logs in state.log_history:
            self._tell(logs["step"], logs)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Say a point of the loss chart."""
        self._tell(state.global_step, {"epoch": state.epoch, **(logs or {})})

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Stop behind this step where that is wanted."""
        if self._must_stop.is_set():
            control.should_save = True
            control.should_training_stop = True

    def _tell(self, step: int, logs: Mapping[str, Any]) -> None:
        for name, part in (("loss", TRAINING), ("eval_loss", HELD_OUT)):
            if name not in logs:
                continue
            prefix = name.removesuffix("loss")
            self._records.say(
                Step(
                    step=step,
                    epoch=float(logs["epoch"]),
                    part=part,
                    loss=float(logs[name]),
                    token_accuracy=logs.get(f"{prefix}mean_token_accuracy"),
                    learning_rate=logs.get("learning_rate") if part == TRAINING else None,
                    grad_norm=logs.get("grad_norm") if part == TRAINING else None,
                )
            )


def _device(device: Any) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device.type)
