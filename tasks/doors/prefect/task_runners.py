"""What carries an epoch's tasks: the one importer of Prefect's task runners and their clusters.

Knows how many tasks may run at once and where, and nothing of what a task does.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any

from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from schemas.errors import BadInput
from schemas.settings.asking import EngineSettings

_EXTRAS = {"dask": "prefect_dask", "ray": "prefect_ray"}


def require(settings: EngineSettings) -> None:
    """Make sure that what the settings ask for is installed.

    Raises:
        BadInput: It is not; the message names the extra.
    """
    kind = settings.task_runner
    if kind not in _EXTRAS:
        return
    # Ray would report its use to its makers.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import_module(_EXTRAS[kind])
    except ImportError as e:
        raise BadInput(
            f"task_runner: {kind} needs the extra of that name ({e.name} is not installed); "
            f"pip install 'evolflow[{kind}]'"
        ) from e


@contextmanager
def opened(settings: EngineSettings, shards_at_once: int) -> Iterator[TaskRunner[Any]]:
    """Have what runs the tasks of all epochs; a cluster of our own lasts as long as the block.

    Args:
        settings: Kind, number of processes, address of a cluster.
        shards_at_once: Shards that one process carries at once, where it can carry several.

    Raises:
        BadInput: What the settings ask for is not installed.
    """
    require(settings)
    with _OPENERS[settings.task_runner](settings, shards_at_once) as runner:
        yield runner


@contextmanager
def _threads(_settings: EngineSettings, shards_at_once: int) -> Iterator[TaskRunner[Any]]:
    yield ThreadPoolTaskRunner(max_workers=shards_at_once)


@contextmanager
def _processes(settings: EngineSettings, _shards_at_once: int) -> Iterator[TaskRunner[Any]]:
    yield ProcessPoolTaskRunner(max_workers=settings.engines)


@contextmanager
def _dask(settings: EngineSettings, shards_at_once: int) -> Iterator[TaskRunner[Any]]:
    from distributed import LocalCluster
    from prefect_dask.task_runners import DaskTaskRunner

    if settings.cluster is not None:
        yield DaskTaskRunner(address=settings.cluster)
        return
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=settings.engines, threads_per_worker=shards_at_once, dashboard_address=None
    ) as cluster:
        yield DaskTaskRunner(address=cluster.scheduler_address)


@contextmanager
def _ray(settings: EngineSettings, _shards_at_once: int) -> Iterator[TaskRunner[Any]]:
    import ray
    from prefect_ray.task_runners import RayTaskRunner

    own: dict[str, Any] = {"num_cpus": settings.engines, "include_dashboard": False}
    with ray.init(
        settings.cluster, log_to_driver=False, logging_level=logging.ERROR,
        **({} if settings.cluster else own),
    ):  # fmt: skip
        # It uses the cluster that this process is in.
        yield RayTaskRunner()


_OPENERS: dict[str, Callable[[EngineSettings, int], AbstractContextManager[TaskRunner[Any]]]] = {
    "threads": _threads,
    "processes": _processes,
    "dask": _dask,
    "ray": _ray,
}
