"""Take the shards of a flow of one epoch through its stages: ledgers mended, limits cut, runner opened.

Order only: which stages there are is the flow's own business.
"""

from collections.abc import Sequence
from typing import Any

from flows.epoch import shards_at_once
from schemas.asking import AskSettings
from schemas.run_folder import RunFolder
from tasks import share
from tasks.doors import shards, task_runners
from tasks.doors.places import place
from tasks.spend import spent_usd
from tasks.stage import mend_ledgers


def carry_all(
    folder: RunFolder, settings: AskSettings, epoch: int, pool: Sequence[str], carry: Any
) -> None:
    """Run a subflow over all shards.

    Args:
        folder: Its lock is held.
        settings: Where the work is done, and its limits.
        epoch: The one epoch.
        pool: Paths of the shards.
        carry: The subflow: takes the run's path and the shards' paths.

    Raises:
        RunFault: The run has to stop.
        ShardsFailed: Some shards failed.
    """
    run = str(folder.root.resolve())
    mend_ledgers(run, epoch)
    if settings.task_runner != "threads":
        share.cut(folder, settings, epoch, spent_usd=spent_usd(folder))
    at_once = shards_at_once(settings, max(1, shards.count_rows(place(pool[0]))))
    with task_runners.opened(settings, at_once) as runner:
        carry.with_options(task_runner=runner)(run, list(pool))
