"""Do one job of fine-tuning: `python -m tasks.doors.processes.fine_tuning JOB.json`.

Turns a job into files, and says how it goes in the job's file of records. Ends when its standard input
does: whoever started it is gone then. SIGTERM has it keep a checkpoint and end.
"""

import os
import signal
import sys
import threading
from pathlib import Path

from pydantic import TypeAdapter

from schemas.documents.training import Fault, MergeJob, TrainJob
from schemas.errors import BadInput
from schemas.folders.trained import TrainedFolder
from tasks.doors.processes.fine_tuning.records import Records

_LEFT_ALONE = 137
_JOB: TypeAdapter[TrainJob | MergeJob] = TypeAdapter(TrainJob | MergeJob)


def main(path: Path) -> int:
    """Do the job; returns the exit code."""
    job = _JOB.validate_json(path.read_text(encoding="utf-8"))
    _end_with_parent()
    must_stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: must_stop.set())
    says = job.says if isinstance(job, MergeJob) else TrainedFolder(job.folder).steps
    records = Records(says)
    try:
        if isinstance(job, MergeJob):
            from tasks.doors.processes.fine_tuning.merging import merge

            merge(job)
        else:
            from tasks.doors.processes.fine_tuning.learning import learn

            learn(job, records, must_stop)
    except BadInput as e:
        records.say(Fault(message=str(e)))
        return BadInput.exit_code
    return 0


def _end_with_parent() -> None:
    def watch() -> None:
        # Not through sys.stdin, which this process could then not close at its end.
        while os.read(0, 1):
            pass
        os._exit(_LEFT_ALONE)

    threading.Thread(target=watch, name="parent", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
