"""Divide a run's limits among the processes that carry its shards, and tell them to stop.

Turns settings and what was spent into RUN/work/share.json, which the flow alone writes and whoever
carries a shard reads. Rates are divided by processes, money by shards: whoever carries a shard, and
however often a process dies, a shard costs no more than its part. Buys nothing.
"""

import uuid
from typing import Self

from pydantic import BaseModel, ConfigDict

from schemas.errors import Interrupted, RunFault
from schemas.folders.run import RunFolder
from schemas.settings.asking import AskSettings
from tasks.buying.bought import entries_in
from tasks.buying.owed import Owed
from tasks.doors.storage import lock, shards

_GONE = "the process that this works for is gone; run the same command again to go on"


class Share(BaseModel):
    """What every process of an epoch may use."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Another one each time that limits are divided."""
    engines: int
    shard_usd: float | None
    """Most that one shard may cost from now on; US dollars."""
    before_usd: list[float]
    """What each shard had cost before; US dollars."""
    by: str = ""
    """Who holds the run's lock, and so may stop everybody."""
    stop: str | None = None
    """Why everybody shall stop."""
    exit_code: int = Interrupted.exit_code

    @classmethod
    def of(cls, folder: RunFolder, settings: AskSettings, epoch: int, spent_usd: float) -> Self:
        """Divide what a run has left among the shards of an epoch.

        Args:
            folder: Its pool for the epoch is there.
            settings: The run's.
            epoch: Number of the epoch.
            spent_usd: What the whole run has spent.
        """
        n_shards = len(folder.pool_shards(epoch))
        ledgers = [folder.ledger(epoch, shard) for shard in range(n_shards)]
        budget, owed = settings.budget_usd, Owed.by(settings)
        left_usd = None if budget is None else max(0.0, budget - spent_usd)
        return cls(
            id=uuid.uuid4().hex,
            engines=settings.engines,
            by=lock.holder_of(folder.lock),
            shard_usd=None if left_usd is None else left_usd / max(1, n_shards),
            before_usd=[owed.usd(entries_in(path).values()) for path in ledgers],
        )

    @property
    def fault(self) -> RunFault | None:
        """What everybody who waits is told, where they shall stop."""
        if self.stop is None:
            return None
        fault = Interrupted(self.stop)
        fault.exit_code = self.exit_code  # type: ignore[misc]
        return fault


def cut(folder: RunFolder, settings: AskSettings, epoch: int, *, spent_usd: float) -> None:
    """Divide an epoch's limits anew; earlier parts are worth nothing from then on.

    Raises:
        RunFault: Everybody was told to stop since the run was started.
    """
    if folder.share.exists() and (fault := read(folder).fault) is not None:
        raise fault
    share = Share.of(folder, settings, epoch, spent_usd)
    shards.write_json(share.model_dump(), folder.share)


def forget(folder: RunFolder) -> None:
    """Remove what an earlier start of the run left: whoever was told to stop then may go on."""
    folder.share.unlink(missing_ok=True)


def read(folder: RunFolder) -> Share:
    """Return what a process may use now.

    Raises:
        RunFault: Nothing was divided: a task ran outside its flow.
    """
    if not folder.share.exists():
        raise RunFault("no engine is open; run the flow `evolution`, not one of its tasks alone")
    return Share.model_validate(shards.read_json(folder.share))


def stop_of(folder: RunFolder, mine: Share) -> RunFault | None:
    """Return why a process that carries a shard shall stop; None while it may go on.

    Args:
        folder: The run's.
        mine: What it was given when it began.
    """
    if not folder.share.exists():
        return Interrupted(_GONE)
    now = read(folder)
    if now.fault is not None:
        return now.fault
    is_mine = now.id == mine.id and lock.is_still(folder.lock, mine.by)
    return None if is_mine else Interrupted(_GONE)


def halt(folder: RunFolder, fault: RunFault) -> None:
    """Tell every process to stop; each hears it within some seconds."""
    told = {"stop": str(fault), "exit_code": fault.exit_code}
    shards.write_json(read(folder).model_copy(update=told).model_dump(), folder.share)


def part_of(settings: AskSettings, engines: int) -> AskSettings:
    """Return the settings of one of so many processes; the budget is divided by shards instead."""
    rates = {name: getattr(settings, name) for name in ("concurrency", "rpm", "tpm")}
    parts = {name: rate // engines for name, rate in rates.items() if rate is not None}
    return settings.model_copy(update={**parts, "budget_usd": None})
