"""Give up what one shard has, from one stage on, so that the next start of its run buys it anew.

The answers stay in the ledger as what they cost: the budget and the bill go on counting them. Buys
nothing itself.
"""

from schemas.calls.call import Call
from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from tasks.buying.bought import entries_in
from tasks.doors.storage import ledger, lock
from tasks.runs.saved_pack import saved_stages
from tasks.runs.saved_settings import load_settings


def retire(folder: RunFolder, epoch: int, shard: int, stage: Stage) -> int:
    """Give up a shard's answers and files of one epoch.

    Args:
        folder: A run, finished or not, that nobody runs now.
        epoch: Number of the epoch; 0 for the seeds' own responses.
        shard: Number of the shard, from 0.
        stage: The first stage to be done anew; those after it follow.

    Returns:
        How many answers will be bought again, at the least: changed children need more.

    Raises:
        BadInput: There is no such shard, or somebody runs the folder.
        RunFault: A file cannot be written.
    """
    _require_there(folder, epoch, shard)
    order = saved_stages(folder)
    stages = order[order.index(stage) :]
    with lock.held(folder.lock):
        # Files first: killed in between, the run makes them again from the ledger, as they were.
        for one in stages:
            folder.stage_shard(epoch, one.value, shard).unlink(missing_ok=True)
        path = folder.ledger(epoch, shard)
        names = {one.value for one in stages}
        calls = [c for c in entries_in(path).values() if isinstance(c, Call) and c.stage in names]
        with ledger.opened(path) as kept:
            for call in calls:
                kept.append(call.retired().record())
    return len(calls)


def _require_there(folder: RunFolder, epoch: int, shard: int) -> None:
    epochs = load_settings(folder, RunSettings).epochs
    if not 0 <= epoch <= epochs:
        raise BadInput(f"--epoch: the run has the epochs 0 to {epochs}; given {epoch}")
    n_shards = len(folder.pool_shards(epoch))
    if n_shards == 0:
        raise BadInput(f"--epoch: epoch {epoch} has not begun; run it first")
    if not 0 <= shard < n_shards:
        raise BadInput(f"--shard: epoch {epoch} has the shards 0 to {n_shards - 1}; given {shard}")
