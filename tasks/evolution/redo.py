"""Give up what one shard has, from one stage on, so that the next start of its run buys it anew.

The answers stay in the ledger as what they cost: the budget and the bill go on counting them. What
was given up is written down first, so that whoever is stopped and asks for the same again goes on,
and gives up nothing that was bought since. Buys nothing itself.
"""

from collections.abc import Iterable, Sequence

from schemas.calls.call import Call, Pending
from schemas.documents.document import checked_as
from schemas.documents.given_up import GivenUp, GivenUpRecord
from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from tasks.buying.bought import entries_in
from tasks.doors.storage import ledger, lock, shards
from tasks.runs.run_json import read_record
from tasks.runs.saved_pack import saved_stages
from tasks.runs.saved_settings import load_settings


def retire(folder: RunFolder, epoch: int, shard: int, stage: Stage) -> int:
    """Give up a shard's answers and files of one epoch; go on where that was asked for and stopped.

    Args:
        folder: A run, finished or not, that nobody runs now.
        epoch: Number of the epoch; 0 for the seeds' own responses.
        shard: Number of the shard, from 0.
        stage: The first stage to be done anew; those after it follow.

    Returns:
        How many answers will be bought again, at the least: changed children need more.

    Raises:
        BadInput: There is no such shard, or somebody runs the folder.
        RunFault: A file cannot be written, or the record of what was given up is damaged.
    """
    _require_there(folder, epoch, shard)
    order = saved_stages(folder)
    stages = order[order.index(stage) :]
    with lock.held(folder.lock):
        entries = entries_in(folder.ledger(epoch, shard))
        mine, is_new = _noted(folder, entries.values(), epoch, shard, stages)
        # Files before answers: killed in between, the run makes them again from the ledger.
        for one in stages if is_new else ():
            folder.stage_shard(epoch, one.value, shard).unlink(missing_ok=True)
        old = [one for one in entries.values() if isinstance(one, Call) and _is_old(one, mine)]
        with ledger.opened(folder.ledger(epoch, shard)) as kept:
            for call in old:
                kept.append(call.retired().record())
    waiting = [entries[key] for key in mine.attempts if isinstance(entries.get(key), Pending)]
    return len(old) + len(waiting)


def _is_old(call: Call, given_up: GivenUp) -> bool:
    return call.answer.attempts <= given_up.attempts.get(call.key, -1)


def _noted(
    folder: RunFolder, entries: Iterable[Call | Pending], epoch: int, shard: int,
    stages: Sequence[Stage],
) -> tuple[GivenUp, bool]:  # fmt: skip
    """Return what is given up, as it is written down now or was by a retry that has not ended."""
    is_done = read_record(folder).state == "done"
    unfinished = [one for one in _read(folder) if not (is_done and _is_there(folder, one))]
    names = {one.value for one in stages}
    for one in unfinished:
        if (one.epoch, one.shard, one.stage) == (epoch, shard, stages[0].value):
            return one, not _is_gone(one, entries)
    calls = [one for one in entries if isinstance(one, Call) and one.stage in names]
    attempts = {call.key: call.answer.attempts for call in calls}
    new = GivenUp(epoch=epoch, shard=shard, stage=stages[0].value, attempts=attempts)
    shards.write_json(GivenUpRecord(shards=[*unfinished, new]).plain(), folder.given_up)
    return new, True


def _is_gone(one: GivenUp, entries: Iterable[Call | Pending]) -> bool:
    """Tell whether all of it was given up: from then on its files are new ones."""
    return not any(isinstance(entry, Call) and _is_old(entry, one) for entry in entries)


def _read(folder: RunFolder) -> list[GivenUp]:
    if not folder.given_up.exists():
        return []
    found = shards.read_json(folder.given_up)
    return checked_as(GivenUpRecord, found, folder.given_up).shards


def _is_there(folder: RunFolder, one: GivenUp) -> bool:
    """Tell whether a shard has all that was to be made anew."""
    order = saved_stages(folder)
    stages = order[order.index(Stage(one.stage)) :]
    return all(folder.stage_shard(one.epoch, s.value, one.shard).exists() for s in stages)


def _require_there(folder: RunFolder, epoch: int, shard: int) -> None:
    epochs = load_settings(folder, RunSettings).epochs
    if not 0 <= epoch <= epochs:
        raise BadInput(f"--epoch: the run has the epochs 0 to {epochs}; given {epoch}")
    n_shards = len(folder.pool_shards(epoch))
    if n_shards == 0:
        raise BadInput(f"--epoch: epoch {epoch} has not begun; run it first")
    if not 0 <= shard < n_shards:
        raise BadInput(f"--shard: epoch {epoch} has the shards 0 to {n_shards - 1}; given {shard}")
