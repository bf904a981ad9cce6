"""The form of a scoring in the Prefect UI: its settings, under their headings."""

from typing import ClassVar

from schemas.asking import EngineSettings, LimitSettings
from schemas.form import Form, section
from schemas.knobs import Settings
from schemas.scoring_settings import ScoredSettings, ScoreJudgeSettings, ScoringSettings


class ScoringForm(Form[ScoringSettings]):
    """All settings of a scoring, by group."""

    of_settings: ClassVar[type[Settings]] = ScoringSettings

    scored: ScoredSettings = section(ScoredSettings, "Scored", required=True)
    judge: ScoreJudgeSettings = section(ScoreJudgeSettings, "Judge", required=True)
    limits: LimitSettings = section(LimitSettings, "Limits")
    engines: EngineSettings = section(EngineSettings, "Engines")
