"""Nothing calls out at run time but to the model endpoint that the user named."""

from pathlib import Path

import pytest

from tests.conftest import ROOT, Evolflow, own_seeds, write_seeds
from tests.servers.model_server import plain, serving

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@pytest.mark.slow
def test_a_run_contacts_the_endpoint_and_its_own_server_alone(
    evolflow_embedded: Evolflow, tmp_path: Path
) -> None:
    """Watched in every Python process of the run: the flow's and the embedded server's."""
    seen = tmp_path / "seen.txt"
    spy = {"PYTHONPATH": str(ROOT / "tests" / "spy"), "SPY_FILE": str(seen)}
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(3))
    with serving(plain) as server:
        flags = ["--model", "openai/stand-in", "--api-base", server.address, "--epochs", 2]
        done = evolflow_embedded("run", "--seeds", seeds, "--out", tmp_path / "run", *flags, **spy)
        port = server.address.rpartition(":")[2].removesuffix("/v1")
    assert done.returncode == 0, done.stderr
    lines = seen.read_text().splitlines()
    outside = [line for line in lines if not any(address in line for address in _LOOPBACK)]
    assert [line for line in outside if "connect '" not in line] == []
    # The spy sees what it should: the calls to the endpoint are among the lines.
    assert any(port in line for line in lines)
