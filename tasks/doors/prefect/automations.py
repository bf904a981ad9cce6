"""What the control room does by itself: `python -m tasks.doors.prefect.automations` sees to it.

A flow run whose process and worker are gone can say nothing any more; the server notices that it says
nothing and marks it Crashed, so that it can be retried. The only importer of Prefect's automations.
"""

import asyncio
from datetime import timedelta

from prefect.automations import Automation
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture

_NAME = "crash-silent-runs"
_SILENT_S = 90
"""Three heartbeats."""
_HEARTBEAT = "prefect.flow-run.heartbeat"
_ENDINGS = ("Completed", "Failed", "Cancelled", "Crashed")


async def install() -> None:
    """Make the automation where it is not there."""
    try:
        await Automation.aread(name=_NAME)
    except ValueError:
        await _crash_silent_runs().acreate()


def _crash_silent_runs() -> Automation:
    return Automation(
        name=_NAME,
        description="A flow run that has sent no heartbeat for 90 s is marked Crashed.",
        trigger=EventTrigger(
            after={_HEARTBEAT},
            expect={_HEARTBEAT, *(f"prefect.flow-run.{ending}" for ending in _ENDINGS)},
            match={"prefect.resource.id": ["prefect.flow-run.*"]},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=_SILENT_S),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                message="no heartbeat: its process or machine is gone; Retry goes on with it",
            )
        ],
    )


if __name__ == "__main__":
    asyncio.run(install())
