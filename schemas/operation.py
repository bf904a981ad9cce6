"""The six ways to evolve an instruction, and the uniform draw among them.

Five operations go in depth (the child is a harder form of its parent), one goes in breadth (the
child is a new instruction of the same domain). Source: WizardLM paper §3.2 and §4.2.
"""

import hashlib
import random
from enum import StrEnum
from typing import NamedTuple


class Operation(StrEnum):
    """One way to evolve; the value names the prompt file in a pack."""

    ADD_CONSTRAINTS = "add_constraints"
    DEEPEN = "deepen"
    CONCRETIZE = "concretize"
    INCREASE_REASONING = "increase_reasoning"
    COMPLICATE_INPUT = "complicate_input"
    IN_BREADTH = "in_breadth"


class InputFormat(StrEnum):
    """What complicate_input puts into a prompt; the value names the demonstration file."""

    XML = "xml"
    SQL = "sql"
    PYTHON = "python"
    HTML = "html"
    SHELL = "shell"
    JSON = "json"

    @property
    def label(self) -> str:
        """The format's name as the rewriter reads it."""
        return _FORMAT_LABELS[self]


_FORMAT_LABELS = {
    InputFormat.XML: "XML data",
    InputFormat.SQL: "SQL table",
    InputFormat.PYTHON: "Python code",
    InputFormat.HTML: "HTML page",
    InputFormat.SHELL: "shell command",
    InputFormat.JSON: "JSON data",
}


class Draw(NamedTuple):
    """What a row does in an epoch."""

    operation: Operation
    input_format: InputFormat | None
    """Set for complicate_input only."""


def draw(rng_seed: int, epoch: int, row_id: str) -> Draw:
    """Draw a row's operation for an epoch, uniformly from the six.

    Keyed by row and epoch, not by call order: shards may run in any order, be retried or be cut
    anew, and a row still draws the same operation.
    """
    key = hashlib.sha256(f"{rng_seed}/{epoch}/{row_id}".encode()).digest()
    rng = random.Random(key)
    operation = rng.choice(list(Operation))
    input_format = rng.choice(list(InputFormat))
    return Draw(operation, input_format if operation is Operation.COMPLICATE_INPUT else None)
