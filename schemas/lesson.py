"""What a model does not take of what it is sent: told by its family, or learned from its own refusal.

Lessons hold for a model, whoever asks it. Knows neither how they are learned nor where they are kept.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Lesson:
    """One thing that a model does not take."""

    model: str
    parameter: str
    """In OpenAI's words: temperature, top_p, max_tokens …; a field of `extra`; or system."""
    instead: str | None
    """What is sent instead: another parameter's name, another value, the most; None for nothing."""
    why: str
    """The provider's own words, or what is known of its family."""
    is_learned: bool = True
    """False where it was known before anybody was refused; it may hold for some requests alone."""

    @property
    def text(self) -> str:
        """What is said of it, once."""
        what = "is not sent" if self.instead is None else f"gives way to {self.instead}"
        return f"{self.model}: {self.parameter} {what} ({self.why})"

    def record(self) -> dict[str, object]:
        """Return it as files keep it."""
        return asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read back what `record` made."""
        return cls(**record)


Lessons = Mapping[str, Lesson]
"""All that is known of one model, by parameter."""
