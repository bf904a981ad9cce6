"""The form of a mix in the Prefect UI: its settings, under their headings."""

from typing import ClassVar

from schemas.form import Form, section
from schemas.knobs import Settings
from schemas.mix_settings import ApartSettings, DrawnSettings, MixedSettings, MixSettings


class MixForm(Form[MixSettings]):
    """All settings of a mix, by group."""

    of_settings: ClassVar[type[Settings]] = MixSettings

    mixed: MixedSettings = section(MixedSettings, "Mixed", required=True)
    apart: ApartSettings = section(ApartSettings, "Apart")
    drawn: DrawnSettings = section(DrawnSettings, "Drawn")
