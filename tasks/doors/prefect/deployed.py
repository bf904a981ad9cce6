"""Deploy what a file names: `python -m tasks.doors.prefect.deployed FILE`.

A schedule that a user switched on or off in the UI stays so, whatever the file says: `prefect deploy`
alone would put it back each time. Says on standard error why it cannot.
"""

import subprocess
import sys
from typing import Any

from prefect import get_client


def deploy(file: str) -> int:
    """Deploy; returns the exit code of `prefect deploy`."""
    with get_client(sync_client=True) as client:
        before = {key: schedule.active for key, schedule in _schedules(client)}
        done = subprocess.run(
            [sys.executable, "-P", "-m", "prefect", "--no-prompt", "deploy", "--all",
             "--prefect-file", file],
            check=False,
        )  # fmt: skip
        for key, schedule in _schedules(client):
            if schedule.active != before.get(key, schedule.active):
                client.update_deployment_schedule(key[0], schedule.id, active=before[key])
    return done.returncode


def _schedules(client: Any) -> list[tuple[tuple[Any, str | None], Any]]:
    """Return all schedules by deployment and name."""
    return [
        ((deployment.id, schedule.slug), schedule)
        for deployment in client.read_deployments()
        for schedule in deployment.schedules
    ]


if __name__ == "__main__":
    sys.exit(deploy(sys.argv[1]))
