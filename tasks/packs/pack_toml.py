"""Turn pack.toml into a pack's operations and fields, or into one line on what is wrong with it.

operations = ["deepen", "translate"]   # in the order of the draw
fields = ["schema"]                    # the seeds' own columns that prompts may show as slots
[operation.translate]
axis = "breadth"                       # depth (default), breadth or down
word_budget = false                    # by default true in depth, false elsewhere
variants = { fr = "French" }           # demonstrations/fr.txt, and what the prompt calls it
weight = 2.0                           # by default 1.0
shown = 2                              # of the demonstrations in a file; by default all

Knows the shape of the file; must not know what the prompts say.
"""

from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from schemas.errors import BadInput
from schemas.operation import Axis, Operation, Variant
from tasks.doors.own_files import read_toml
from tasks.packs.prompts import pack_text

_NAME = r"^[a-z][a-z0-9_]{0,63}\z"
# Files and slots of every pack, by other names than operations and fields.
_TAKEN = {
    "operations": {"equality", "copied_phrases"},
    "fields": {"instruction", "format", "demonstration", "parent", "child"},
}
_SHOWN_CHARS = 60
_REMEDIES = {
    "missing": "write this key",
    "extra_forbidden": "no pack has this key; look for a slip of the pen, or take it out",
    "string_pattern_mismatch": "a name has small letters, digits and _, and begins with a letter",
}


class Declared(NamedTuple):
    """What a pack says of itself besides its prompts."""

    operations: tuple[Operation, ...]
    """In the order of the draw."""
    fields: tuple[str, ...]
    """The seeds' own columns that prompts may show as slots."""


def read_pack_toml(path: Path) -> Declared:
    """Read and check a pack.toml.

    Raises:
        BadInput: It cannot be read, or a part of it is not as it should be.
    """
    found = read_toml(path, pack_text(path.parent, path.name))
    try:
        table = _PackTable.model_validate(found)
    except ValidationError as e:
        raise BadInput(f"{path}: {_said(e.errors(include_url=False)[0])}") from None
    made = (table.operation.get(one, _OperationTable()).made(one) for one in table.operations)
    return Declared(tuple(made), tuple(table.fields))


def _said(error: ErrorDetails) -> str:
    """Return place, value and remedy of the first thing that is wrong."""
    place = ".".join(str(part) for part in error["loc"] if part != "[key]")
    remedy = _REMEDIES.get(error["type"], error["msg"].removeprefix("Value error, "))
    if not place or error["type"] == "missing":
        return f"{place}: missing; {remedy}" if place else remedy
    value = repr(error["input"])
    shown = value if len(value) <= _SHOWN_CHARS else f"{value[:_SHOWN_CHARS]}…"
    return f"{place}: {shown}; {remedy[0].lower()}{remedy[1:]}"


def _each_once(names: list[str]) -> list[str]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"name {twice[0]!r} once")
    return names


def _labelled(variants: Any) -> Any:
    """Let a list stand for variants that the prompt calls by their names."""
    if isinstance(variants, list) and all(isinstance(name, str) for name in variants):
        return {name: name for name in _each_once(variants)}
    return variants


_Name = Annotated[str, Field(pattern=_NAME)]
_Names = Annotated[list[_Name], AfterValidator(_each_once)]
_Variants = Annotated[dict[_Name, Annotated[str, Field(min_length=1)]], BeforeValidator(_labelled)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _OperationTable(_Table):
    axis: Axis = Field(Axis.DEPTH, strict=False)
    word_budget: bool | None = None
    variants: _Variants = {}
    weight: float = Field(1.0, gt=0, le=1_000_000, allow_inf_nan=False)
    shown: int = Field(0, ge=0, le=100)

    def made(self, name: str) -> Operation:
        """Return the operation of this name."""
        is_held = self.axis is Axis.DEPTH if self.word_budget is None else self.word_budget
        variants = tuple(Variant(*one) for one in self.variants.items())
        return Operation(name, self.axis, is_held, variants, self.weight, self.shown)


class _PackTable(_Table):
    operations: _Names = Field(min_length=1)
    fields: _Names = []
    operation: dict[_Name, _OperationTable] = {}

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        unknown = sorted(self.operation.keys() - set(self.operations))
        if unknown:
            raise ValueError(
                f"operation.{unknown[0]} is not among operations; add it or take it out"
            )
        for key, names in (("operations", self.operations), ("fields", self.fields)):
            if taken := sorted(_TAKEN[key].intersection(names)):
                raise ValueError(f"{taken[0]!r} has a meaning of its own; rename it in {key}")
        return self
