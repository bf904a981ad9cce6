"""Read MT-bench judgments, as FastChat writes and publishes them: rows into duels.

Three shapes: pairs judged twice with the answers swapped (`g1_winner`, `g2_winner`), votes of people
(`winner`, `judge`), and single scores (`score`, -1 where unreadable), which are set side by side. A
turn of a question is an item of its own, because the file judges it so. Questions and answers are taken
from the judge's prompts where these have FastChat's form. Votes of several people over one pair and
item make one pair, which is won only where they agree. Knows no file.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from schemas.text import well_formed
from tasks.evaluation.published.judged_pairs import Duel, Showing, Side

FORMAT = "mt_bench"
_UNSCORED = -1
_TURNS = 2
_ERROR = "the judge's verdict could not be read"
_WORTH = {"model_1": 1.0, "model_a": 1.0, "tie": 0.5, "model_2": 0.0, "model_b": 0.0}

_Name = Annotated[str, Field(min_length=1), AfterValidator(well_formed)]
_Text = Annotated[str, AfterValidator(well_formed)]
_Winner = Literal["model_1", "model_2", "tie", "error"]


_VoteWinner = Literal["model_a", "model_b", "tie", "tie (inconsistent)", "error"]
# Two answers that are both bad, or both good, are equal all the same.
_TIES = {"tie", "draw", "both", "bothbad", "bothgood", "equal", "neither"}


def _as_vote(winner: object) -> object:
    """Return a vote's winner in one spelling; what nobody said is an error of the vote."""
    if winner is None or (isinstance(winner, float) and math.isnan(winner)):
        return "error"
    if not isinstance(winner, str) or winner == "tie (inconsistent)":
        return winner
    words = re.sub(r"[^a-z]+", " ", winner.casefold()).split()
    if words and (words[0] in _TIES or "".join(words) in _TIES):
        return "tie"
    return "_".join(words)


class _Row(BaseModel):
    """What all shapes have; other columns are passed over."""

    model_config = ConfigDict(protected_namespaces=())

    question_id: int | _Name
    turn: int = Field(1, ge=1)
    judge: _Name | tuple[_Name, _Name] = "unknown"
    """A name, or a model and its prompt."""

    @property
    def item(self) -> str:
        """Id of the item: one turn of a question."""
        return f"{self.question_id}-turn{self.turn}"

    @property
    def judge_name(self) -> str:
        """Who judged."""
        return self.judge if isinstance(self.judge, str) else self.judge[0]

    @property
    def prompt(self) -> str:
        """How the judge was asked."""
        return self.judge if isinstance(self.judge, str) else self.judge[1]


class _Pair(_Row):
    model_1: _Name
    model_2: _Name
    g1_winner: _Winner
    g2_winner: _Winner
    g1_user_prompt: _Text = ""
    g1_judgment: _Text | None = None
    g2_judgment: _Text | None = None


class _Said(BaseModel):
    content: _Text


class _Vote(_Row):
    model_a: _Name
    model_b: _Name
    winner: Annotated[_VoteWinner, BeforeValidator(_as_vote)]
    conversation_a: list[_Said] = []
    conversation_b: list[_Said] = []


class _Score(_Row):
    model: _Name
    score: float = Field(ge=_UNSCORED, le=10)
    user_prompt: _Text = ""
    judgment: _Text | None = None


Shape = _Pair | _Vote | _Score


def shape_of(record: Mapping[str, object]) -> type[_Pair] | type[_Vote] | type[_Score]:
    """Return how a record is read, by the columns that it has."""
    return _Pair if "g1_winner" in record else _Vote if "winner" in record else _Score


def duels(rows: Sequence[Shape], baseline: str | None) -> list[Duel]:
    """Return the rows as duels.

    Args:
        rows: In the file's order.
        baseline: Whom single scores are set beside; the first model when not given.
    """
    scores = [row for row in rows if isinstance(row, _Score)]
    judged = [
        _pair(row) if isinstance(row, _Pair) else _vote(row)
        for row in rows
        if not isinstance(row, _Score)
    ]
    return [*judged, *_side_by_side(scores, baseline)]


def _pair(row: _Pair) -> Duel:
    seen = _seen(row.g1_user_prompt)
    games = ((row.g1_winner, row.g1_judgment, True), (row.g2_winner, row.g2_judgment, False))
    return Duel(
        item_key=(row.item,),
        item_id=row.item,
        instruction=seen.question or _nameless(row),
        system=Side(row.model_1, seen.answer_a),
        baseline=Side(row.model_2, seen.answer_b),
        judge=row.judge_name,
        prompt=row.prompt,
        showings=tuple(
            Showing(_WORTH.get(winner), is_first, verdict=said, why_unscored=_ERROR)
            for winner, said, is_first in games
        ),
    )


def _vote(row: _Vote) -> Duel:
    asked, said = 2 * row.turn - 2, 2 * row.turn - 1
    texts = [[one.content for one in talk] for talk in (row.conversation_a, row.conversation_b)]
    questions = [talk[asked] for talk in texts if len(talk) > asked]
    answers = [talk[said] if len(talk) > said else None for talk in texts]
    worth = _WORTH.get(row.winner.partition(" ")[0])
    return Duel(
        item_key=(row.item,),
        item_id=row.item,
        instruction=questions[0] if questions else _nameless(row),
        system=Side(row.model_a, answers[0]),
        baseline=Side(row.model_b, answers[1]),
        judge=row.judge_name,
        prompt=row.prompt,
        showings=(Showing(worth),),
    )


def _side_by_side(rows: Sequence[_Score], baseline: str | None) -> Iterable[Duel]:
    """Set each model's score of an item beside the baseline's."""
    other = baseline or (rows[0].model if rows else "")
    theirs = {(row.item, row.judge_name): row for row in rows if row.model == other}
    for row in rows:
        beside = theirs.get((row.item, row.judge_name))
        if beside is not None and row.model != other:
            yield _scored(row, beside)


def _scored(row: _Score, other: _Score) -> Duel:
    own, theirs = _seen(row.user_prompt), _seen(other.user_prompt)
    is_scored = _UNSCORED not in (row.score, other.score)
    worth = 0.5 if row.score == other.score else float(row.score > other.score)
    said = [one for one in (row.judgment, other.judgment) if one]
    return Duel(
        item_key=(row.item,),
        item_id=row.item,
        instruction=own.question or _nameless(row),
        system=Side(row.model, own.answer_a),
        baseline=Side(other.model, theirs.answer_a),
        judge=row.judge_name,
        prompt=row.prompt,
        showings=(
            Showing(
                worth if is_scored else None,
                score_system=row.score,
                score_baseline=other.score,
                verdict="\n\n".join(said) or None,
                why_unscored=_ERROR,
            ),
        ),
    )


def _nameless(row: _Row) -> str:
    return f"MT-bench question {row.question_id}, turn {row.turn}"


class _Seen(NamedTuple):
    question: str | None
    answer_a: str | None
    answer_b: str | None


def _seen(prompt: str) -> _Seen:
    """Return what a judge was shown; what cannot be told apart stays unknown.

    The texts are strangers', so marks are looked for from the front, each once: no pattern that a text
    could make slow.
    """
    if "'s Conversation with User|>" in prompt:
        first, other = _second_turn(prompt, "A"), _second_turn(prompt, "B")
        question, answer = first or (None, None)
        return _Seen(question, answer, other[1] if other else None)
    question = _between(prompt, "Question]\n", "\n\n[The Start of ")
    a, b = (_between(prompt, *_marks(who)) for who in (" A", " B"))
    return _Seen(question, _between(prompt, *_marks("")) if a is None else a, b)


def _marks(who: str) -> tuple[str, str]:
    return f"[The Start of Assistant{who}'s Answer]\n", f"\n[The End of Assistant{who}'s Answer]"


def _second_turn(prompt: str, who: str) -> tuple[str, str] | None:
    """Return both questions and the second answer."""
    end = f"\n\n<|The End of Assistant {who}'s Conversation with User|>"
    talk = _between(prompt, f"<|The Start of Assistant {who}'s Conversation with User|>\n\n", end)
    turns = (talk or "").removeprefix("### User:\n").split("\n\n### User:\n")
    if len(turns) != _TURNS:
        return None
    (first, _, _), (second, _, answer) = (t.partition(f"\n\n### Assistant {who}:\n") for t in turns)
    return f"{first}\n\n{second}", answer


def _between(text: str, start: str, end: str) -> str | None:
    _, found, rest = text.partition(start)
    middle, ended, _ = rest.partition(end)
    return middle if found and ended else None
