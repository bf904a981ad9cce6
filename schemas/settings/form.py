"""The form of a flow in the Prefect UI: the same settings as everywhere, under their headings.

Turns groups of settings into the settings of a run. Bounds, choices and help stand where the settings
are declared; nothing is declared here.
"""

from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field

from schemas.settings.knobs import Settings

Filled = TypeVar("Filled", bound=Settings)


def section(model: type[BaseModel], group: str, *, required: bool = False) -> Any:
    """Declare a group of settings as a part of a form; required where a setting has no default."""
    default = ... if required else model()
    return Field(default, title=group, description=model.__doc__)


class Form(BaseModel, Generic[Filled]):
    """All settings of a flow, by group: one field a group, named as its heading."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of_settings: ClassVar[type[Settings]]

    @classmethod
    def of(cls, settings: Filled) -> Self:
        """Return the form that these settings fill."""
        values = settings.model_dump()
        return cls.model_validate(
            {
                group.lower(): {name: values[name] for name in model.model_fields}
                for group, model in cls.of_settings.groups.items()
            }
        )

    def settings(self) -> Filled:
        """Return the settings that the form says."""
        groups = (getattr(self, group.lower()) for group in self.of_settings.groups)
        made = self.of_settings.model_validate(
            {name: value for group in groups for name, value in group.model_dump().items()}
        )
        return cast(Filled, made)
