"""Two commands on one folder: one works, the other is refused or waits, and nothing is bought twice."""

from pathlib import Path

import pytest

from tests.flows.evaluations import flags_of, three, write_tests
from tests.flows.runs import start_run, wait_for

ITEMS = 6


@pytest.mark.long
@pytest.mark.slow
def test_a_second_evaluation_on_a_folder_is_refused_while_the_first_works(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """Takes two real commands at once, and a judge that takes its time."""
    with three(latency_s=0.3) as servers:
        flags = flags_of(servers, write_tests(tmp_path / "t.jsonl", ITEMS), tmp_path / "run")
        both = [start_run(environment, *flags, "--concurrency", 2) for _ in range(2)]
        wait_for(lambda: all(one.poll() is not None for one in both), 120)
        ends = [(one.returncode, one.communicate()[1][-300:]) for one in both]
        asked = [servers.strong.asked, servers.weak.asked, servers.judge.asked]
        assert max(count for one in asked for count in one.values()) == 1, ends
    assert sorted(code for code, _ in ends) == [0, 2], ends
