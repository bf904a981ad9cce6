"""The form of a prediction in the Prefect UI: its settings, under their headings."""

from typing import ClassVar

from schemas.asking import EngineSettings, LimitSettings
from schemas.form import Form, section
from schemas.knobs import Settings
from schemas.prediction_settings import AnsweringSettings, PredictedSettings, PredictionSettings


class PredictionForm(Form[PredictionSettings]):
    """All settings of a prediction, by group."""

    of_settings: ClassVar[type[Settings]] = PredictionSettings

    predicted: PredictedSettings = section(PredictedSettings, "Predicted", required=True)
    answering: AnsweringSettings = section(AnsweringSettings, "Answering")
    limits: LimitSettings = section(LimitSettings, "Limits")
    engines: EngineSettings = section(EngineSettings, "Engines")
