"""A working folder from a stranger: its settings files and modules steer and run nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import own_seeds, write_seeds
from tests.flows.installed import call
from tests.flows.runs import state_of
from tests.servers.listener import Listener, listening

TRAP = "from pathlib import Path\nPath({mark!r}).touch()\n"
MODULES = ("sitecustomize", "usercustomize", "socket", "platformdirs", "prefect", "uvicorn", "yaml",
           "litellm", "great_expectations", "matplotlib", "tasks", "flows", "schemas")  # fmt: skip
LOGGING_YML = """
version: 1
handlers:
  console: {{"()": subprocess.run, args: [touch, {mark}]}}
root: {{handlers: [console]}}
"""
PREFECT_TOML = """
[api]
url = "{address}"
[logging]
config_path = "{folder}/logging.yml"
[results]
default_serializer = "pickle"
[server.database]
connection_url = "sqlite+aiosqlite:///{folder}/evil.db"
"""
DOTENV = """
PREFECT_API_URL={address}
PREFECT_LOGGING_CONFIG_PATH={folder}/logging.yml
PREFECT_HOME={folder}/evil
EVOLFLOW_HOME={folder}/evil
PYTHONPATH={folder}
"""
GX_YML = (
    "config_version: 4\nplugins_directory: .\nx: !!python/object/apply:os.system [touch {mark}]"
)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path, listener: Listener) -> Path:
    """Every file that Prefect, Great Expectations, matplotlib or Python might look for."""
    made, mark = tmp_path / "sent", tmp_path / "sent" / "MARK"
    made.mkdir()
    values = {"address": listener.address, "folder": made, "mark": mark}
    for name in MODULES:
        (made / f"{name}.py").write_text(TRAP.format(mark=str(mark)))
    texts = {
        "logging.yml": LOGGING_YML,
        "prefect.toml": PREFECT_TOML,
        "pyproject.toml": PREFECT_TOML.replace("\n[", "\n[tool.prefect."),
        ".env": DOTENV,
        "great_expectations.yml": GX_YML,
        "gx/great_expectations.yml": GX_YML,
        "great_expectations/great_expectations.yml": GX_YML,
        "litellm_config.yaml": "litellm_settings:\n  callbacks: socket.trap",
        "matplotlibrc": "backend: module://socket\ntext.usetex: True\nfont.size: 90",
        "prefect.yaml": "build:\n- prefect.deployments.steps.run_shell_script: {{script: ls}}",
        ".prefectignore": "*",
    }
    for name, text in texts.items():
        path = made / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.format(**values))
    write_seeds(made / "seeds.json", own_seeds(3))
    return made


def test_the_traps_work_where_nobody_guards(folder: Path, environment: dict[str, str]) -> None:
    """Else the next test could not fail: Prefect alone takes its logging from such a folder."""
    subprocess.run(
        [sys.executable, "-P", "-c", "import prefect.main"], cwd=folder, env=environment,
        capture_output=True, check=False,
    )  # fmt: skip
    assert (folder / "MARK").exists()


@pytest.mark.long
def test_a_run_in_a_strangers_folder_obeys_none_of_its_files(
    folder: Path, embedded: dict[str, str], listener: Listener, tmp_path: Path
) -> None:
    before = sorted(path.name for path in folder.iterdir())
    env = {**embedded, "HOME": str(tmp_path / "fresh")}
    flags = ["--seeds", "seeds.json", "--out", "run", "--model", "offline/rewriter", "--epochs", 2]
    done = call(folder, env, "run", *flags)
    assert done.returncode == 0, done.stderr
    assert state_of(folder / "run") == "done"
    for command in (["plan", *flags], ["status", "run"], ["report", "run"]):
        assert call(folder, env, *command).returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted([*before, "run"])
    assert listener.connections == 0
    assert ".env: PREFECT_API_URL is not taken from a file" in done.stderr
    # What its matplotlibrc asks for would be in every picture.
    assert 'font-size="90' not in (folder / "run" / "report" / "index.html").read_text()
    # Matplotlib's own folders are all that is kept for the user.
    kept = [*(tmp_path / "fresh").glob("*/*")]
    assert {path.name for path in kept} == {"matplotlib"}
    assert {path.parent.name for path in kept} <= {".cache", ".config"}
