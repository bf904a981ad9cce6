"""How fast a stage was: calls a second, from when the first was sent until the last was answered."""

from pathlib import Path

import pytest

from schemas.calls.call import Answer, Call
from schemas.folders.run import RunFolder
from schemas.stages import Stage
from tasks.doors.storage.ledger import Ledger
from tasks.runs.standing import stages_of


@pytest.mark.parametrize(
    ("ends_s", "latency_s", "calls_per_s"),
    [
        # One flight: all are answered within a millisecond of each other.
        ((10.0, 10.001, 10.0), 0.3, 9.97),
        ((10.0, 10.0), 0.5, 4.0),
        # One after the other.
        ((1.0, 2.0, 3.0, 4.0), 1.0, 1.0),
        ((1.0,), 2.0, 0.5),
        ((1.0,), 0.0, None),
    ],
)
def test_calls_a_second_begin_when_the_first_call_was_sent(
    tmp_path: Path, ends_s: tuple[float, ...], latency_s: float, calls_per_s: float | None
) -> None:
    folder = RunFolder(tmp_path)
    with Ledger(folder.ledger(1, 0)) as ledger:
        for number, end_s in enumerate(ends_s):
            answer = Answer("text", "stop", "m", "m", 1, 1, 0.0, latency_s, 1, end_s)
            ledger.append(Call(f"k{number}", f"r{number}", 1, "evolve", 1, "h", answer).record())
    assert stages_of(folder, 1, [Stage.EVOLVE])["evolve"].calls_per_s == calls_per_s
