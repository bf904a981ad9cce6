"""Documents are written as they always were: keys, their order, numbers, and None where it stood.

Others read these files with programs of their own. The golden files were written when makers still
returned dicts.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.documents.document import Document
from schemas.documents.manifest import Manifest
from schemas.documents.status import (
    EvaluationStatus,
    PredictionStatus,
    RunStatus,
    ScoringStatus,
)
from schemas.tables.evaluation import NULL_MODEL, Judgment
from tasks.doors.storage.shards import json_text
from tasks.evaluation.judging.comparison import SystemAbout, results
from tasks.evaluation.ranking.agreement import agreement
from tests.tasks.judged import about, counted, game
from tests.tasks.voting import vote

GOLDEN = Path(__file__).parents[2] / "golden" / "documents"
RANKS = {"a": 1, "b": 2, "c": 2}


def games() -> list[Judgment]:
    """All there is: three systems, both orders, skills, bands, scores, what is unscored, the canary."""
    ours = [
        replace(one, skill=("Art", "Law")[n % 2], difficulty=1 + n, words_system=8 + n)
        for n, one in enumerate(counted(4, 1, 3, unscored=1, score_system=7.0, score_baseline=9.0))
    ]
    swapped = [replace(one, is_system_first=False) for one in ours]
    other = counted(2, 1, 5, system="other")
    return [*ours, *swapped, *other, *counted(0, 0, 6, system=NULL_MODEL)]


def systems() -> tuple[SystemAbout, ...]:
    """A median may be a whole number or not, or there is none."""
    return (
        SystemAbout("theirs", None, 3, 0, 10),
        SystemAbout("ours", "anthropic/claude-sonnet", 2, 1, 10.5),
        SystemAbout("other", "openai/gpt-4.1-mini", 0, 3, None),
    )


def whole() -> object:
    return results(games(), about(systems=systems()))


def scarce() -> object:
    """Nothing but one pair, of which it is not known who was shown first."""
    return results([game(1, "win")], about(is_order_known=False))


def people() -> object:
    votes = [vote(f"r{n}", f"i{i}", RANKS, accuracy=RANKS) for n in range(3) for i in range(4)]
    votes += [vote("r0", "i9", {"a": 2, "b": 1, "c": 2}), vote("r1", "i8", "skip")]
    votes += [vote("r0", "i0", RANKS, is_repeat=True)]
    return agreement(votes, counted(3, 0, 1, system="a", baseline="b", judge="openai/stern"))


def judged() -> object:
    votes = [vote(who, str(n), said) for who in ("ann", "bo")
             for n, said in enumerate(("win", "lose", "tie"))]  # fmt: skip
    return agreement(votes, counted(2, 0, 1, system="a", baseline="b"))


MADE: dict[str, Callable[[], object]] = {
    "results": whole,
    "results-scarce": scarce,
    "agreement": people,
    "agreement-judged": judged,
}


@pytest.mark.parametrize("name", MADE)
def test_a_document_is_written_as_it_always_was(name: str) -> None:
    assert json_text(MADE[name]()) == (GOLDEN / f"{name}.json").read_text()


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("run", RunStatus),
        ("evaluation", EvaluationStatus),
        ("prediction", PredictionStatus),
        ("scoring", ScoringStatus),
    ],
)
def test_a_status_has_the_keys_and_numbers_it_always_had(name: str, shape: type[Document]) -> None:
    """These were printed of folders by `evolflow status --json`; 0 is not 0.0 there."""
    text = (GOLDEN / f"status-{name}.json").read_text()
    assert json_text(shape.model_validate_json(text)) == text


def test_a_manifest_that_is_read_is_written_as_it_was() -> None:
    """What a part does not say, it does not say afterwards either."""
    table = {"path": "dataset/epoch-0/part-00000.parquet", "rows": 3, "bytes": 9, "sha256": "ab"}
    weights = {"path": "model/weights", "bytes": 9, "sha256": "ab"}
    for whole in (
        {"schema_version": "2", "files": [table], "made_from": {"0": "key"}},
        {"files": [weights], "made_from": {}},
    ):
        assert json_text(Manifest.model_validate(whole)) == json_text(whole)
