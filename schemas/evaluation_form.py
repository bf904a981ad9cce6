"""The form of an evaluation in the Prefect UI: its settings, under their headings."""

from typing import ClassVar

from schemas.asking import EngineSettings, LimitSettings
from schemas.evaluation_settings import ComparedSettings, EvaluationSettings, JudgeSettings
from schemas.form import Form, section
from schemas.knobs import Settings


class EvaluationForm(Form[EvaluationSettings]):
    """All settings of an evaluation, by group."""

    of_settings: ClassVar[type[Settings]] = EvaluationSettings

    compared: ComparedSettings = section(ComparedSettings, "Compared", required=True)
    judge: JudgeSettings = section(JudgeSettings, "Judge", required=True)
    limits: LimitSettings = section(LimitSettings, "Limits")
    engines: EngineSettings = section(EngineSettings, "Engines")
