"""The set-up: locks that fit each other, and environments that are never believed by halves."""

import hashlib
import os
import re
import runpy
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPT = ROOT / "deployments" / "make_venv.py"
LOCKS = {name: ROOT / f"requirements{name}.lock" for name in ("", "-dev", "-train")}
COUNT = 100
# Builds what `pip install --editable` asks for, with no package to help.
BACKEND = """
import pathlib, zipfile

def build_editable(wheels, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(pathlib.Path(wheels, "ours-1-py3-none-any.whl"), "w") as wheel:
        about = "Metadata-Version: 2.1\\nName: ours\\nVersion: 1\\n"
        wheel.writestr("ours-1.dist-info/METADATA", about)
        wheel.writestr("ours-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr("ours-1.dist-info/RECORD", "")
    return "ours-1-py3-none-any.whl"
"""


class Project:
    """A small project with wheels of its own, for the real pip."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / ".venv"
        self.wheels = folder / "wheels"
        self.wheels.mkdir(parents=True)
        shutil.copy(SCRIPT, folder)
        (folder / "backend.py").write_text(BACKEND)
        (folder / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        )
        self.lock("all.lock", {f"part{n}": "1" for n in range(COUNT)})

    def lock(self, name: str, versions: dict[str, str], spoilt: bool = False) -> None:
        """Make wheels and a lock of them; a spoilt one has another hash than its wheel."""
        text = ""
        for package, version in versions.items():
            wheel = self.wheels / f"{package}-{version}-py3-none-any.whl"
            info = f"{package}-{version}.dist-info"
            with zipfile.ZipFile(wheel, "w") as file:
                file.writestr(f"{package}.py", f"version = {version}\n")
                named = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
                file.writestr(f"{info}/METADATA", named)
                file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
                file.writestr(f"{info}/RECORD", "")
            digest = hashlib.sha256(b"" if spoilt else wheel.read_bytes()).hexdigest()
            text += f"{package}=={version} \\\n    --hash=sha256:{digest}\n    # via us\n"
        (self.folder / name).write_text(text)

    def start(self, *locks: str) -> subprocess.Popen[str]:
        """Start the set-up with no index and no other installer at hand."""
        return subprocess.Popen(
            [sys.executable, "make_venv.py", ".venv", *locks],
            cwd=self.folder,
            env={
                "PATH": os.defpath,
                "HOME": str(self.folder),
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": str(self.wheels),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def set_up(self, *locks: str) -> tuple[int, str]:
        """Run the set-up to its end."""
        with self.start(*locks) as process:
            output, _ = process.communicate()
        return process.returncode, output

    def imports(self, *modules: str) -> bool:
        """Tell whether the environment has these."""
        command = [str(self.venv / "bin/python"), "-c", f"import {', '.join(modules)}"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def said(self, begun: bool) -> set[str]:
        """Return the names that are said to be begun, or whole."""
        lines = (self.venv / ".made").read_text().splitlines()
        return {line.removeprefix("? ") for line in lines if line.startswith("? ") == begun}

    def file(self, pattern: str) -> Path:
        """Return the one installed file or folder of that name."""
        (found,) = self.venv.glob(f"lib/*/site-packages/{pattern}")
        return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose set-up was killed midway, left a half package, and was taken up again."""
    project = Project(tmp_path_factory.mktemp("setup") / "project")
    with project.start("all.lock") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if " of 100 packages, " in line:
                break
        process.kill()
    whole = project.said(begun=False)
    half = sorted(project.said(begun=True) - whole)[0].split("==")[0]
    for part in project.venv.glob(f"lib/*/site-packages/{half}*"):
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    info = project.venv / f"lib/{_python()}/site-packages/{half}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {half}\nVersion: 1\n")

    first = project.file(f"{min(whole).split('==')[0]}.py")
    before = first.stat()
    code, output = project.set_up("all.lock")
    assert code == 0, output
    assert f"{len(whole)} are there" in output
    assert first.stat().st_ino == before.st_ino
    assert project.imports(half)
    return project


def test_what_was_killed_midway_is_taken_up_again_and_half_a_package_repaired(
    project: Project,
) -> None:
    assert project.imports(*(f"part{n}" for n in range(COUNT)))


def test_a_finished_setup_says_and_does_nothing(project: Project) -> None:
    assert project.set_up("all.lock") == (0, "")


def test_a_setup_that_fails_shows_what_pip_printed_and_is_not_believed(project: Project) -> None:
    project.lock("spoilt.lock", {"spoilt": "1"}, spoilt=True)
    for _ in range(2):
        code, output = project.set_up("all.lock", "spoilt.lock")
        assert code == 1
        assert "DO NOT MATCH THE HASHES" in output
        assert "not ready; the same command goes on" in output.splitlines()[-1]
    assert project.imports("part0")


@pytest.mark.slow
def test_another_version_in_the_lock_has_all_made_anew(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.lock("all.lock", {"kept": "1", "moved": "1"})
    assert project.set_up("all.lock")[0] == 0
    left = project.file("kept.py").with_name("left.py")
    left.touch()
    project.lock("more.lock", {"more": "1"})
    assert "2 are there" in project.set_up("all.lock", "more.lock")[1]
    assert left.exists()

    project.lock("all.lock", {"kept": "1", "moved": "2"})
    code, output = project.set_up("all.lock")
    assert code == 0, output
    assert "are there" not in output
    assert project.file("moved.py").read_text() == "version = 2\n"
    assert not left.exists()
    assert not project.imports("more")


def test_another_python_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "all.lock").touch()
    (tmp_path / "pyproject.toml").touch()
    older = (
        "import runpy, sys; sys.version_info = (3, 10, 4); sys.argv = ['make_venv.py', '.venv', "
        f"'all.lock']; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", older], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert line.startswith("Python 3.11 to 3.13 is needed, not 3.10;")
    assert not (tmp_path / ".venv").exists()


def test_the_locks_hold_the_same_versions_each_all_of_the_smaller() -> None:
    assert _pins("") < _pins("-dev") < _pins("-train")


def test_what_is_for_running_has_nothing_of_what_is_for_testing() -> None:
    names = {pin.split("==")[0] for pin in _pins("")}
    heavy = {"ray", "dask", "distributed", "playwright", "moto", "flask", "mypy", "ruff", "torch"}
    assert names & {*heavy, "hypothesis", "pytest", "ipykernel", "grpcio", "obstore"} == set()
    assert {"prefect", "litellm", "great-expectations"} < names


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_hashes_everything(name: str) -> None:
    text = LOCKS[name].read_text()
    assert "://" not in text
    blocks = re.split(r"\n(?=[^\s#])", text)
    assert len(blocks) > 100
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_help_names_what_one_needs_most_first() -> None:
    first = ["demo", "test", "test-all", "test-train", "lint", "bench", "serve", "lock", "help"]
    assert _targets("help") == first
    assert set(first) < set(_targets("help-all"))


def _targets(of: str) -> list[str]:
    make = shutil.which("make") or "make"
    ran = subprocess.run([make, of], cwd=ROOT, capture_output=True, text=True, check=True)
    return re.findall(r"^(\S+)  ", ran.stdout, re.MULTILINE)


def _pins(name: str) -> set[str]:
    return set(
        re.findall(r"^([\w.-]+(?:\[[^]]+\])?==[\w.]+)", LOCKS[name].read_text(), re.MULTILINE)
    )


def _python() -> str:
    return f"python{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.mark.parametrize(
    "lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: str(path.name)
)
def test_every_package_of_a_lock_is_read_with_its_extras_or_without(lock: Path) -> None:
    """One that is passed over would be missed at the first import, hours later."""
    read_locks = runpy.run_path(str(SCRIPT))["read_locks"]
    pinned = re.findall(r"^([\w.-]+)(?:\[.*\])?==([^\s;]+)", lock.read_text(), re.MULTILINE)
    assert set(read_locks([lock])) == {f"{name}=={version}" for name, version in pinned}
