"""Let a judge score instructions one by one, and the versions of a line side by side.

Turns shards of a sample into the same shards with scores. A judge that scores one text at a time gives
nearly all the same score; side by side, in one call, it spreads them (DEITA, arXiv 2312.15685). What
cannot be read is asked for once more, then unscored with its reason. Texts are strangers': they are
fenced and defused as in `tasks.packs.fences`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

import pyarrow as pa

from schemas.calls.call import Answer, Request
from schemas.folders.scoring import EPOCH, ScoringFolder
from schemas.settings.scoring import ScoringSettings
from schemas.tables.row import to_table
from schemas.tables.scoring import (
    DIFFICULTIES,
    VERSIONS,
    Difficulty,
    ScoringStage,
    Version,
    difficulties_of,
    versions_of,
)
from schemas.text import well_formed
from tasks.buying.ask import Ask
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.packs import fences
from tasks.packs.score_pack import ScorePack, load_score_pack
from tasks.runs.made_from import made_from
from tasks.runs.run_json import read_record
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import Carried, asker, stage_task, unless_done
from tasks.scoring.difficulty import read_score, read_scores

_ASKS = (1, 2)
"""Scores that cannot be read are asked for once more."""
_UNREADABLE = "no score that could be read in the judge's words"


@dataclass(frozen=True)
class Bench:
    """All that scoring needs besides the texts."""

    settings: ScoringSettings
    pack: ScorePack
    secret: str
    """Random for each scoring: nobody who wrote an instruction can have known it."""
    ask: Ask


class Verdict(NamedTuple):
    """What came of one question."""

    scores: list[float] | None
    """One a text that was shown; None where unscored."""
    why_unscored: str | None
    text: str | None
    """The judge's words; None where it said nothing."""


class Question(NamedTuple):
    """What is asked of the judge at once."""

    row_id: str
    stage: ScoringStage
    render: Callable[[str], str]
    """The prompt with a nonce."""
    texts: int
    """Scores that are wanted."""


def score_difficulty(rows: Sequence[Difficulty], bench: Bench) -> list[Difficulty]:
    """Return the rows in the same order, with the scores that the judge gave."""
    questions = [_difficulty_question(row, bench) for row in rows]
    return [
        replace(
            row,
            score=verdict.scores[0] if verdict.scores else None,
            why_unscored=verdict.why_unscored,
            verdict=verdict.text,
        )
        for row, verdict in zip(rows, _verdicts(questions, bench), strict=True)
    ]


def _difficulty_question(row: Difficulty, bench: Bench) -> Question:
    text = fences.defused(row.instruction)
    return Question(
        row.id, ScoringStage.DIFFICULTY, lambda nonce: bench.pack.difficulty(text, nonce), 1
    )


def score_versions(rows: Sequence[Version], bench: Bench) -> list[Version]:
    """Return the rows in the same order, with how they compare with the others of their lines.

    Args:
        rows: Whole lines, the versions of each together.
        bench: Judge, prompts and the way to ask.
    """
    lines = [list(group) for _, group in groupby(rows, key=lambda row: row.seed_id)]
    questions = [_complexity_question(line, bench) for line in lines]
    answered = [line for line in lines if all(row.response for row in line)]
    questions += [_quality_question(line, bench) for line in answered]
    found = iter(_verdicts(questions, bench))
    complexity = {line[0].seed_id: next(found) for line in lines}
    quality = {line[0].seed_id: next(found) for line in answered}
    return [
        _compared(row, complexity[row.seed_id], quality.get(row.seed_id))
        for line in lines
        for row in line
    ]


def _compared(row: Version, complexity: Verdict, quality: Verdict | None) -> Version:
    missing = [
        f"{name}: {verdict.why_unscored if verdict else 'a version has no response'}"
        for name, verdict in (("complexity", complexity), ("quality", quality))
        if verdict is None or verdict.scores is None
    ]
    at = row.shown - 1
    return replace(
        row,
        complexity=complexity.scores[at] if complexity.scores else None,
        quality=quality.scores[at] if quality and quality.scores else None,
        why_unscored="; ".join(missing) or None,
        complexity_verdict=complexity.text,
        quality_verdict=quality.text if quality else None,
    )


def _complexity_question(line: Sequence[Version], bench: Bench) -> Question:
    texts = [fences.defused(row.instruction) for row in _as_shown(line)]
    return Question(
        line[0].seed_id, ScoringStage.COMPLEXITY,
        lambda nonce: bench.pack.complexity(texts, nonce), len(line),
    )  # fmt: skip


def _quality_question(line: Sequence[Version], bench: Bench) -> Question:
    pairs = [
        (fences.defused(row.instruction), fences.defused(row.response or ""))
        for row in _as_shown(line)
    ]
    return Question(
        line[0].seed_id, ScoringStage.QUALITY,
        lambda nonce: bench.pack.quality(pairs, nonce), len(line),
    )  # fmt: skip


def _as_shown(line: Sequence[Version]) -> list[Version]:
    return sorted(line, key=lambda row: row.shown)


def _verdicts(questions: Sequence[Question], bench: Bench) -> list[Verdict]:
    """Return what the judge says to each question, in their order."""
    found: dict[int, Verdict] = {}
    waiting = list(range(len(questions)))
    for ask in _ASKS:
        answers = bench.ask([_request(questions[n], bench, ask) for n in waiting])
        unread = []
        for n, answer in zip(waiting, answers, strict=True):
            found[n] = _verdict(questions[n], answer)
            if answer.error is None and found[n].scores is None:
                unread.append(n)
        waiting = unread
    return [found[n] for n in range(len(questions))]


def _verdict(question: Question, answer: Answer) -> Verdict:
    if answer.error is not None:
        return Verdict(None, f"the judge gave no answer: {answer.error}", None)
    text = well_formed(answer.text)
    if question.stage is ScoringStage.DIFFICULTY:
        score = read_score(text)
        scores = None if score is None else [score]
    else:
        scores = read_scores(text, question.texts)
    return Verdict(scores, None if scores else _UNREADABLE, text)


def _request(question: Question, bench: Bench, ask: int) -> Request:
    nonce = fences.nonce(bench.secret, question.row_id, question.stage, str(ask))
    return Request(
        row_id=question.row_id,
        epoch=EPOCH,
        stage=question.stage,
        model=bench.settings.judge,
        prompt=question.render(nonce),
        sampling=bench.settings.judge_sampling,
        ask=ask,
    )


@stage_task(ScoringStage.DIFFICULTY)
def difficulty_shard(run: str, epoch: int, shard: int, source: str) -> Carried:
    """Score one shard of instructions."""

    def scored(table: pa.Table, bench: Bench) -> pa.Table:
        return to_table(score_difficulty(difficulties_of(table), bench), DIFFICULTIES)

    return _carry(scored, run, shard, ScoringStage.DIFFICULTY, source)


@stage_task(ScoringStage.COMPLEXITY)
def versions_shard(run: str, epoch: int, shard: int, source: str) -> Carried:
    """Compare the versions in one shard of lines: complexity and quality."""

    def scored(table: pa.Table, bench: Bench) -> pa.Table:
        return to_table(score_versions(versions_of(table), bench), VERSIONS)

    return _carry(scored, run, shard, ScoringStage.COMPLEXITY, source)


def _carry(
    score: Callable[[pa.Table, Bench], pa.Table],
    run: str,
    shard: int,
    stage: ScoringStage,
    source: str,
) -> Carried:
    folder = ScoringFolder(place(run))

    def made() -> pa.Table:
        return score(shards.read_table(place(source)), _bench(folder, shard))

    key = made_from(folder, [stage, EPOCH, shard], [place(source)])
    return unless_done(folder.stage_shard(EPOCH, stage, shard), key, made)


def _bench(folder: ScoringFolder, shard: int) -> Bench:
    settings = load_settings(folder, ScoringSettings)
    return Bench(
        settings=settings,
        pack=load_score_pack(),
        secret=read_record(folder).run_id,
        ask=asker(folder, settings, EPOCH, shard),
    )
