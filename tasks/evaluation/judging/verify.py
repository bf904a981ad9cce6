"""Check a whole evaluation: files against the manifest, games against answers, figures against games.

Turns a folder into checks, each with its problems: where, what, and what to do. What is not there yet
is no problem. Writes nothing and asks nobody.
"""

from collections import Counter

from schemas.errors import RunFault
from schemas.folders.evaluation import EPOCH, EVALUATION_TABLES, EvaluationFolder
from schemas.tables.evaluation import Outcome
from tasks.evaluation.answering.answers import parts, read_answers, read_items
from tasks.evaluation.judging.figures import read_results
from tasks.evaluation.judging.tables import read_judgments
from tasks.runs.checks import AGAIN, Check, Problem
from tasks.runs.run_json import read_record
from tasks.runs.soundness import calls_check, files_check, ledger_check

_FEW = 3


def evaluation_checks(folder: EvaluationFolder) -> list[Check]:
    """Return everything that was checked, in order.

    Raises:
        BadInput: This is no run folder.
        RunFault: Its run.json is damaged.
    """
    record = read_record(folder)
    first = Check("run.json", f"{record.kind} {record.run_id[:8]}, {record.state}")
    if not folder.manifest.exists():
        return [first, Check("manifest", "nothing is published yet"), ledger_check(folder, EPOCH)]
    files = files_check(folder, [p for table in EVALUATION_TABLES for p in parts(folder, table)])
    if files.problems:
        return [first, files, ledger_check(folder, EPOCH)]
    ledgers, calls = ledger_check(folder, EPOCH), calls_check(folder, EPOCH, parts(folder, "calls"))
    return [first, files, ledgers, _games(folder), _figures(folder), calls]


def _games(folder: EvaluationFolder) -> Check:
    """Every game is about an item, stands once, and is scored only where both answered."""
    items = {item.id for item in read_items(folder)}
    silent = {(one.item_id, one.system) for one in read_answers(folder) if one.answer is None}
    games = read_judgments(folder)
    names = Counter((g.item_id, g.system, g.baseline, g.is_system_first) for g in games)
    faults = [f"two games {name}" for name, n in names.items() if n > 1]
    faults += [
        f"a game about {g.item_id!r}, which is no item" for g in games if g.item_id not in items
    ]
    faults += [
        f"a verdict on {g.item_id!r}, which {name} did not answer"
        for g in games
        for name in (g.system, g.baseline)
        if g.outcome is not Outcome.UNSCORED and (g.item_id, name) in silent
    ]
    problems = [Problem("judgments", fault, AGAIN) for fault in faults[:_FEW]]
    return Check("games", f"{len(games):,} about {len(items):,} items", problems)


def _figures(folder: EvaluationFolder) -> Check:
    """The counts of results.json follow from the games."""
    try:
        said = {(p.system, p.baseline): p.n + p.unscored for p in read_results(folder).pairs}
    except RunFault:
        problem = Problem(folder.results.name, "not as evolflow wrote it", AGAIN)
        return Check("results", "unreadable", [problem])
    met = {(g.item_id, g.system, g.baseline) for g in read_judgments(folder)}
    counted = Counter((system, baseline) for _, system, baseline in met)
    problems = [
        Problem(folder.results.name, f"{n} pairs of {of}, and {counted[of]} were judged", AGAIN)
        for of, n in said.items()
        if counted[of] != n
    ]
    return Check("results", f"{len(said)} comparisons", problems)
