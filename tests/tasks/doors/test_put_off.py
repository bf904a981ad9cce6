"""What one import puts off must be there, whole, for everybody else."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tasks.doors.put_off import put_off
from tests.conftest import ROOT

LATE, OPTIONAL = "put_off_late", "put_off_optional"


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two modules that nobody has imported."""
    for name in (LATE, OPTIONAL):
        (tmp_path / f"{name}.py").write_text(f"VALUE = {name!r}\n")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)


def test_a_late_module_is_read_when_something_of_it_is_used() -> None:
    with put_off([LATE]):
        import put_off_late  # type: ignore[import-not-found]
    assert LATE not in sys.modules
    assert put_off_late.VALUE == LATE
    assert LATE in sys.modules


def test_a_late_module_may_be_used_within_the_block() -> None:
    with put_off([LATE]):
        import put_off_late

        assert put_off_late.VALUE == LATE


def test_who_imports_it_afterwards_gets_the_real_one() -> None:
    with put_off([LATE]):
        import put_off_late as stand_in
    import put_off_late as real

    assert vars(real)["VALUE"] == LATE
    assert real is not stand_in


def test_an_absent_package_is_absent_for_this_block_only() -> None:
    with put_off([], absent=[OPTIONAL]), pytest.raises(ModuleNotFoundError):
        import put_off_optional  # type: ignore[import-not-found]
    import put_off_optional

    assert put_off_optional.VALUE == OPTIONAL


def test_another_thread_imports_as_ever() -> None:
    found: list[str] = []

    def work() -> None:
        import put_off_late
        import put_off_optional

        found.extend([vars(put_off_late)["VALUE"], vars(put_off_optional)["VALUE"]])

    with put_off([LATE], absent=[OPTIONAL]):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert found == [LATE, OPTIONAL]


def test_the_rules_door_loads_no_statistics_and_no_clouds() -> None:
    """Half of its import was for what no rule uses; what needs SciPy later must still find it."""
    program = (
        "import sys, tasks.doors.expectations\n"
        "assert not {'scipy.stats', 'altair', 'botocore', 'sqlalchemy'} & set(sys.modules)\n"
        "import scipy\n"
        "assert scipy.stats.norm.cdf(0) == 0.5\n"
        "from scipy import stats\n"
        "assert stats is sys.modules['scipy.stats']\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
