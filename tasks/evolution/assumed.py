"""Say what a plan has to assume: from named numbers, or from the finished epochs of the run itself.

Turns settings into lengths and shares. Reads the run's folder where there is one, writes nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.documents.status import EpochStatus
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from tasks.doors.storage.places import place
from tasks.evolution.status import status

GROWTH_WORDS = 15
"""Assumed words that an epoch adds to an instruction."""
FAILING_SHARE = 0.5
"""Share of the children that fail before their response is bought, in the second total."""


class Assumed(NamedTuple):
    """What cannot be known before, as it is assumed or as the run's own epochs show it."""

    response_tokens: int
    child_tokens: float | None
    """Of an evolved instruction; None where it grows by GROWTH_WORDS an epoch."""
    failing_share: float
    """Of the children that get no response."""
    epochs: int
    """Finished epochs of the run that say so; 0 where nothing is known of it."""


def assumed_for(settings: RunSettings) -> Assumed:
    """Return what is assumed; after an epoch the run's own figures, from its answered children on."""
    first = Assumed(settings.response_tokens, None, FAILING_SHARE, 0)
    folder = RunFolder(place(settings.out))
    if not folder.run_json.exists():
        return first
    epochs = [one for one in status(folder).epochs if one.epoch > 0 and one.judged == one.rows > 0]
    answered = _bill(epochs, Stage.RESPOND)
    evolved = _bill(epochs, Stage.EVOLVE)
    if not answered.calls or not evolved.calls:
        return first
    return Assumed(
        response_tokens=-(-answered.completion_tokens // answered.calls),
        child_tokens=evolved.completion_tokens / evolved.calls,
        failing_share=1 - min(1.0, answered.calls / evolved.calls),
        epochs=len(epochs),
    )


def longest(settings: RunSettings) -> Assumed:
    """Return answers of which each is as long as its limit."""
    return Assumed(settings.max_tokens, float(settings.max_tokens), 0.0, 0)


class _Bill(NamedTuple):
    calls: int
    completion_tokens: int


def _bill(epochs: Sequence[EpochStatus], stage: Stage) -> _Bill:
    own = [one.stages[stage] for one in epochs if stage in one.stages]
    answered = sum(one.calls - one.failed for one in own)
    return _Bill(answered, sum(one.completion_tokens for one in own))
