"""The form of a fine-tuning in the Prefect UI: its settings, under their headings."""

from typing import ClassVar

from schemas.form import Form, section
from schemas.knobs import Settings
from schemas.training_settings import (
    LearnedSettings,
    MachineSettings,
    MethodSettings,
    ModelSettings,
    TrainingSettings,
)


class TrainingForm(Form[TrainingSettings]):
    """All settings of a fine-tuning, by group."""

    of_settings: ClassVar[type[Settings]] = TrainingSettings

    learned: LearnedSettings = section(LearnedSettings, "Learned", required=True)
    model: ModelSettings = section(ModelSettings, "Model")
    method: MethodSettings = section(MethodSettings, "Method")
    machine: MachineSettings = section(MachineSettings, "Machine")
