"""Read and write AlpacaEval's annotations.json: rows into duels, and games into rows.

`preference` is 1 where output_1, the baseline's, is better, 2 where output_2 is, 1.5 or 0 for a draw,
in between a probability, and null where it could not be read. A row holds one pair. What the format has
no place for stands under the key `evolflow`, which other programs pass over. Knows no file.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas.tables.evaluation import Item
from schemas.text import well_formed
from tasks.evaluation.judging.pairs import Pair
from tasks.evaluation.published.judged_pairs import Duel, Showing, Side

FORMAT = "alpaca_eval"
_DRAW = 1.5
_UNKNOWN_JUDGE = "unknown"


def _as_preference(value: float | None) -> float | None:
    if value is None or math.isnan(value):
        return None
    if value == 0:
        return _DRAW
    if not 1 <= value <= 2:
        raise ValueError("must be 1 to 2, or 0 for a draw, or null")
    return value


_Preference = Annotated[float | None, AfterValidator(_as_preference)]
_Share = Annotated[float | None, Field(ge=0, le=1)]
_Score = Annotated[float | None, Field(ge=0, le=1000)]
_Text = Annotated[str, AfterValidator(well_formed)]
_Name = Annotated[_Text, Field(min_length=1)]


class _Game(BaseModel):
    """A game that the program itself wrote out."""

    model_config = ConfigDict(extra="forbid")

    is_system_first: bool | None
    preference: _Share
    score_system: _Score
    score_baseline: _Score
    verdict: _Text | None
    why_unscored: _Text | None


class _Own(BaseModel):
    """What the format has no place for."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    item: _Name
    position: int = Field(ge=0, lt=2**31)
    protocol: _Name
    model_1: _Text | None
    model_2: _Text | None
    words_1: int = Field(ge=0, lt=2**31)
    words_2: int = Field(ge=0, lt=2**31)
    skill: _Text
    difficulty: int | None = Field(ge=1, le=10)
    prompt: _Text
    games: list[_Game] = Field(min_length=1)


class Annotation(BaseModel):
    """A row of annotations.json; other columns are passed over."""

    model_config = ConfigDict(protected_namespaces=())

    instruction: _Text
    output_1: _Text | None = None
    generator_1: _Name
    output_2: _Text | None = None
    generator_2: _Name
    dataset: _Text | None = None
    annotator: str | int | None = None
    preference: _Preference
    raw_completion: Any = None
    preference_raw_completion: Any = None
    evolflow: _Own | None = None


def duel_of(row: Annotation) -> Duel:
    """Return a row as a duel; the dataset that it names is taken for the skill."""
    own = row.evolflow
    judge = _UNKNOWN_JUDGE if row.annotator is None else str(row.annotator)
    return Duel(
        item_key=(own.item,) if own else (row.instruction, row.dataset or ""),
        item_id=own.item if own else None,
        instruction=row.instruction,
        system=_side(row, row.generator_2, row.output_2, second=True),
        baseline=_side(row, row.generator_1, row.output_1, second=False),
        judge=well_formed(judge),
        prompt=own.prompt if own else well_formed(judge),
        showings=_games(own) if own else (_showing(row),),
        skill=own.skill if own else row.dataset or "",
        difficulty=own.difficulty if own else None,
        position=own.position if own else None,
        protocol=own.protocol if own else None,
    )


def _side(row: Annotation, name: str, answer: str | None, *, second: bool) -> Side:
    own = row.evolflow
    if own is None:
        return Side(name, answer)
    model, words = (own.model_2, own.words_2) if second else (own.model_1, own.words_1)
    return Side(name, answer, model, words)


def _showing(row: Annotation) -> Showing:
    said = row.preference_raw_completion if row.raw_completion is None else row.raw_completion
    return Showing(
        preference=None if row.preference is None else row.preference - 1, verdict=_verdict(said)
    )


def _games(own: _Own) -> tuple[Showing, ...]:
    return tuple(Showing(**game.model_dump()) for game in own.games)


def _verdict(said: Any) -> str | None:
    """What a judge said is a text, or the answer of an endpoint with it."""
    if said is None:
        return None
    return well_formed(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False))


class Judged(NamedTuple):
    """An evaluation, as far as its rows need it."""

    items: Mapping[str, Item]
    answers: Mapping[tuple[str, str], str | None]
    """By system and item."""
    models: Mapping[str, str | None]
    """By system."""
    protocol: str
    is_order_known: bool
    """Whether the games say who was shown first."""


def rows_of(pairs: Iterable[Pair], judged: Judged) -> list[dict[str, object]]:
    """Return pairs as rows of annotations.json, those of an item together.

    Args:
        pairs: Of an evaluation.
        judged: What else is known of it.
    """
    in_order = sorted(pairs, key=lambda pair: pair.games[0].position)
    return [_row(pair, judged) for pair in in_order]


def _row(pair: Pair, judged: Judged) -> dict[str, object]:
    game, item = pair.games[0], judged.items[pair.item_id]
    return {
        "instruction": item.instruction,
        "output_1": judged.answers.get((game.baseline, item.id)),
        "generator_1": game.baseline,
        "dataset": item.skill or None,
        "output_2": judged.answers.get((game.system, item.id)),
        "generator_2": game.system,
        "annotator": game.judge,
        "preference": None if pair.preference is None else pair.preference + 1,
        "raw_completion": "\n\n".join(g.verdict for g in pair.games if g.verdict) or None,
        "evolflow": _own(pair, item, judged),
    }


def _own(pair: Pair, item: Item, judged: Judged) -> dict[str, object]:
    game = pair.games[0]
    own = _Own(
        item=item.id,
        position=item.position,
        protocol=judged.protocol,
        model_1=judged.models.get(game.baseline),
        model_2=judged.models.get(game.system),
        words_1=game.words_baseline,
        words_2=game.words_system,
        skill=item.skill,
        difficulty=item.difficulty,
        prompt=game.prompt,
        games=[
            _Game(
                is_system_first=one.is_system_first if judged.is_order_known else None,
                preference=one.preference,
                score_system=one.score_system,
                score_baseline=one.score_baseline,
                verdict=one.verdict,
                why_unscored=one.why_unscored,
            )
            for one in pair.games
        ],
    )
    return own.model_dump()
