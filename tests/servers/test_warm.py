"""A fork of the warm process is a process as any other: tests must not see a difference."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import Evolflow
from tests.flows.runs import end, kill, run_flags, start_run, wait_for
from tests.servers import warm
from tests.servers.model_server import plain, serving
from tests.servers.warm import ANEW, Fork, is_late

PROBE = """
import json, os, random, sys, threading
import numpy
known = sorted(one for one in sys.modules if one.partition('.')[0] in ('flows', 'tasks', 'schemas'))
is_fresh = 'prefect' not in sys.modules
import prefect
from prefect.settings import get_current_settings
settings = get_current_settings()
print(json.dumps({
    'argv': sys.argv[1:], 'cwd': os.getcwd(), 'path': sys.path[0], 'env': dict(os.environ),
    'threads': threading.active_count(), 'known': known, 'is_fresh': is_fresh, 'pid': os.getpid(),
    'drawn': [random.random(), numpy.random.random()], 'leads': os.getsid(0) == os.getpid(),
    'api': settings.api.url, 'home': str(settings.home),
    'files': sorted(os.listdir('/proc/self/fd'), key=int), 'main': __name__,
}))
sys.exit(int(os.environ.get('EVOLFLOW_CODE', '0')))
"""


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program that tells about itself, which forks become instead of the command."""
    (tmp_path / "told.py").write_text(PROBE)
    monkeypatch.setattr(warm, "COMMAND", "told")
    return tmp_path


def told(probe: Path, env: Mapping[str, str], *arguments: str, **more: Any) -> dict[str, Any]:
    process = warm.start({"PREFECT_HOME": str(probe), **env}, *arguments, cwd=probe, **more)
    assert isinstance(process, Fork)
    out, errors = process.communicate(timeout=60)
    assert errors == ""
    found: dict[str, Any] = json.loads(out)
    assert found["pid"] == process.pid
    return {**found, "code": process.returncode}


def test_arguments_environment_and_working_folder_are_its_own(
    probe: Path, embedded: dict[str, str]
) -> None:
    env = {**embedded, "EVOLFLOW_CODE": "3"}
    found = told(probe, env, "a b", "--c", "绳")
    assert found["argv"] == ["a b", "--c", "绳"]
    assert found["env"] == {"PREFECT_HOME": str(probe), **env}
    assert found["cwd"] == found["path"] == str(probe)
    assert found["main"] == "__main__"
    assert found["code"] == 3
    assert told(probe, embedded, leads_session=True)["leads"]


def test_nothing_of_ours_is_imported_before_and_prefect_reads_its_settings_anew(
    probe: Path, embedded: dict[str, str]
) -> None:
    """Else a fork would have the settings of another test, and a lazy import would go unseen."""
    for port in (4711, 4712):
        home = str(probe / str(port))
        env = {**embedded, "PREFECT_API_URL": f"http://127.0.0.1:{port}/api", "PREFECT_HOME": home}
        found = told(probe, env)
        assert found["known"] == []
        assert found["is_fresh"]
        assert found["api"] == f"http://127.0.0.1:{port}/api"
        assert found["home"] == home


def test_forks_draw_other_numbers_and_inherit_no_threads_and_no_files(
    probe: Path, embedded: dict[str, str]
) -> None:
    one, other = (told(probe, embedded) for _ in range(2))
    assert not set(one["drawn"]) & set(other["drawn"])
    assert one["threads"] == 1
    # The last one is the listing itself.
    assert set(one["files"][:3]) == {"0", "1", "2"}
    assert len(one["files"]) <= len(_of_a_new_one(probe, embedded)["files"]) + 2


def _of_a_new_one(probe: Path, env: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        warm.run({**env, "PREFECT_HOME": str(probe), "PYTHONHASHSEED": "1"}, cwd=probe).stdout
    )
    return found


def test_a_variable_that_is_read_at_import_needs_a_new_process(embedded: dict[str, str]) -> None:
    assert is_late(embedded)
    assert is_late({**embedded, "PREFECT_API_URL": "http://mine", "OTHER_API_KEY": "k"})
    for name in ("PYTHONPATH", "PREFECT_PROFILE", "LITELLM_LOG", "LC_ALL", "HF_HOME", "SPY_FILE"):
        assert not is_late({**embedded, name: "x"}), name
    assert not is_late({**embedded, "HOME": "/elsewhere"})
    new = warm.start({**embedded, **ANEW}, "--help")
    assert isinstance(new, subprocess.Popen)
    new.communicate()


def test_a_fork_says_what_a_new_process_says(
    evolflow: Evolflow, embedded: dict[str, str], tmp_path: Path
) -> None:
    """Text, errors and exit codes alike."""
    for arguments in (["--help"], ["status", tmp_path], ["run", "--seeds", tmp_path / "none"]):
        fork, new = evolflow(*arguments), evolflow(*arguments, **ANEW)
        assert (fork.returncode, fork.stdout, fork.stderr) == (
            new.returncode, new.stdout, new.stderr,
        )  # fmt: skip


@pytest.mark.slow
def test_signals_reach_it_and_kill_9_leaves_no_process(
    environment: dict[str, str], three_seeds: Path, tmp_path: Path
) -> None:
    with serving(plain, latency_s=30) as server:
        flags = run_flags(server, three_seeds, tmp_path / "run", drain_s=0)
        stopped = start_run(environment, *flags)
        wait_for(lambda: server.requests > 0, process=stopped)
        assert stopped.poll() is None
        errors, _ = end(stopped, signal.SIGINT)
        assert stopped.returncode == 130, errors
        killed = start_run(environment, *flags)
        asked = server.requests
        wait_for(lambda: server.requests > asked, process=killed)
        alive = psutil.Process(killed.pid)
        kill(killed)
        assert killed.returncode == -signal.SIGKILL
        assert not alive.is_running()
        # A signal to what has ended goes to nobody.
        killed.send_signal(signal.SIGTERM)
        assert killed.poll() == -signal.SIGKILL


def test_a_wait_that_is_too_long_is_told_and_can_be_taken_up_again(
    probe: Path, embedded: dict[str, str]
) -> None:
    (probe / "told.py").write_text("import sys; print('a', flush=True); sys.stdin; input()")
    read, write = os.pipe()
    kept = os.dup(0)
    os.dup2(read, 0)
    try:
        process = warm.start(embedded, cwd=probe)
    finally:
        os.dup2(kept, 0)
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=1)
    assert process.poll() is None
    os.write(write, b"\n")
    assert process.communicate(timeout=60) == ("a\n", "")
    assert process.returncode == 0
    for one in (read, write, kept):
        os.close(one)
