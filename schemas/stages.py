"""The stages of a shard through an epoch: what each asks for, and where its mark is left.

A stage is one word in files, tables and ledgers; all else that others must know of it stands on it.
Must not know how a stage does its work, nor which pack has which stages (`stages_of` of the packs).
"""

from enum import StrEnum
from typing import Literal, NamedTuple

Role = Literal["evolver", "judge", "responder"]
"""Who is asked: a run may give each another model."""


class Traits(NamedTuple):
    """What others must know of a stage."""

    role: Role | None = None
    """Who is asked; None where nothing is bought."""
    mark: str | None = None
    """Column of the tables that is set in each row that was asked for, and in no other."""
    leaves: str | None = None
    """What the report calls the rows that came through; None where their verdict says it."""
    is_for_seeds: bool = False
    """True where seeds go through it too, in epoch 0."""
    reads_pool: bool = False
    """True where the strict profile compares a shard with the whole pool."""


_NOTHING = Traits()


class Stage(StrEnum):
    """Every stage that a pack can have, in their order."""

    traits: Traits

    def __new__(cls, name: str, traits: Traits = _NOTHING) -> "Stage":
        """Make a member whose value is its name alone."""
        one = str.__new__(cls, name)
        one._value_, one.traits = name, traits
        return one

    EVOLVE = "evolve", Traits("evolver", mark="parent_id", leaves="evolved")
    SCREEN = "screen", Traits("judge", mark="gain", leaves="screened", reads_pool=True)
    RESPOND = "respond", Traits("responder", mark="model", leaves="answered", is_for_seeds=True)
    ELIMINATE = "eliminate", Traits(is_for_seeds=True)
