"""What an operation is, and how a row draws the one that it undergoes in an epoch.

A pack declares its operations; this module turns them, a row and an epoch into one of them. It must
not know which operations any pack has, nor how a prompt is read.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Axis(StrEnum):
    """Which way an operation leads from a parent to its child."""

    DEPTH = "depth"
    """The child is a harder form of its parent."""
    BREADTH = "breadth"
    """The child is a new instruction of the same domain, about as hard."""
    DOWN = "down"
    """The child is an easier form of its parent."""


class Variant(NamedTuple):
    """One of several things that an operation puts into a prompt."""

    name: str
    """Names the demonstration file; stands in the column `input_format`."""
    label: str
    """What the prompt calls it."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to evolve an instruction, as a pack declares it."""

    name: str
    """Names the prompt file; stands in the column `operation`."""
    axis: Axis = Axis.DEPTH
    word_budget: bool = True
    """True where a child is held to the words that its parent had, give or take some."""
    variants: tuple[Variant, ...] = ()
    """Of which each child gets one, drawn evenly; empty where there is only the prompt."""
    weight: float = 1.0
    """How often it is drawn against the others; above 0."""
    shown: int = 0
    """How many of a variant's demonstrations a prompt shows; 0 for all."""

    @property
    def keeps_subject(self) -> bool:
        """True where child and parent are forms of one task, so that they can be compared."""
        return self.axis is not Axis.BREADTH


class Draw(NamedTuple):
    """What a row does in an epoch."""

    operation: Operation
    variant: Variant | None
    """Set where the operation has variants."""


def draw(operations: Sequence[Operation], rng_seed: int, epoch: int, row_id: str) -> Draw:
    """Draw a row's operation for an epoch, by weight, and one of its variants, evenly.

    Keyed by row and epoch, not by call order: shards may run in any order, be retried or be cut
    anew, and a row still draws the same operation.

    Args:
        operations: The pack's, in the order of the draw: another order is another dataset.
        rng_seed: Of the run.
        epoch: Number of the epoch, from 1.
        row_id: The parent's.
    """
    key = hashlib.sha256(f"{rng_seed}/{epoch}/{row_id}".encode()).digest()
    rng = random.Random(key)
    operation = _draw_one(rng, operations)
    return Draw(operation, rng.choice(operation.variants) if operation.variants else None)


def _draw_one(rng: random.Random, operations: Sequence[Operation]) -> Operation:
    weights = [operation.weight for operation in operations]
    # Weights that say nothing must draw as all runs did before there were weights: `choices` takes
    # another number from the generator than `choice` does.
    if len(set(weights)) == 1:
        return rng.choice(operations)
    return rng.choices(operations, weights)[0]
