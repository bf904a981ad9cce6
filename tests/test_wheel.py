"""What is installed from a wheel has all that a clone has: deployments, prompts, pages."""

import signal
import subprocess
import sys
import zipfile
from itertools import takewhile
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT
from tests.servers.loopback import free_port


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    [made] = folder.glob("*.whl")
    return made


def test_a_wheel_holds_what_is_read_beside_the_code(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "flows/deployments/prefect.yaml" in names
    for room in ("tasks/packs", "tasks/doors/pages/templates"):
        texts = [path for path in (ROOT / room).rglob("*") if path.is_file()]
        ours = {p.relative_to(ROOT).as_posix() for p in texts if "__pycache__" not in p.parts}
        assert ours and ours <= names


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_control_room_is_served_from_a_wheel(
    wheel: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """Takes the start of server, worker and all deployments."""
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    port = free_port()
    own = {name: value for name, value in environment.items() if name != "PREFECT_API_URL"}
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", "from flows.cli import main; main()", "serve",
         "--port", str(port), "--data", str(tmp_path / "data")],
        cwd=tmp_path, env={**own, "PYTHONPATH": str(tmp_path / "site")},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        said = list(takewhile(lambda line: not line.startswith("stop:"), process.stdout or ()))
        assert process.poll() is None, said
        address = f"http://127.0.0.1:{port}/api/deployments/filter"
        assert "smoke" in {one["name"] for one in httpx.post(address, json={}).json()}
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
