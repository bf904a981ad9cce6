"""A finished run that is given more epochs: it goes on, and buys what the new ones need and no more."""

from pathlib import Path

import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import data_bytes, run_flags
from tests.servers.model_server import every_rule, serving

ROWS = 12


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("rules", ["paper", "strict"])
def test_more_epochs_give_the_same_bytes_as_if_they_had_been_asked_for_at_once(
    evolflow: Evolflow, tmp_path: Path, rules: str
) -> None:
    """Takes five runs of the real command."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    run, whole = tmp_path / "run", tmp_path / "whole"
    with serving(every_rule) as server:
        flags = run_flags(server, seeds, whole, rules=rules)
        assert evolflow(*flags, "--epochs", 4).returncode == 0
        bill = server.answered
    with serving(every_rule) as server:
        flags = run_flags(server, seeds, run, rules=rules)
        assert evolflow(*flags, "--epochs", 2).returncode == 0
        for epochs in (3, 4):
            done = evolflow(*flags, "--epochs", epochs)
            assert done.returncode == 0, done.stderr
        assert server.answered == bill
        asked = server.requests
        fewer = evolflow(*flags, "--epochs", 3)
        assert fewer.returncode == 2 and "has 4 already, given 3" in fewer.stderr
        assert len(fewer.stderr.splitlines()) == 1
        assert server.requests == asked
    assert data_bytes(run) == data_bytes(whole)
    verified = evolflow("verify", run)
    assert verified.returncode == 0, verified.stdout
