"""What each folder of tests may cost: a plugin that measures CPU and fails a suite that grew by half.

tests/budget.toml holds a share for every folder: CPU seconds of its tests and of all processes that
they started, divided by those of a loop that measures the machine. A folder is judged when it is run
whole. `--write-budget` writes the file anew, `--cpu=N` lists the costliest tests. A test that takes
longer than 20 s without a docstring to say why is named at the end.
"""

import json
import resource
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

FILE = Path(__file__).with_name("budget.toml")
GROWN = 1.5
"""By what a folder's share may be multiplied."""
SPARE = 10.0
"""What any folder may have on top: a share as small as this is noise."""
LONG_S = 20.0
_ROUNDS = 3
_HEAD = (
    "# What the tests of a folder cost, in units of a loop: written by `pytest --write-budget`.\n"
)


class Cost(NamedTuple):
    """What the tests of a folder took."""

    tests: int
    share: float


class Measured:
    """What the tests of this process took."""

    def __init__(self) -> None:
        self.tests: Counter[str] = Counter()
        self.cpu_s: defaultdict[str, float] = defaultdict(float)
        self.cpu_s_of_tests: dict[str, float] = {}
        self.unexplained: list[str] = []
        self.unit_s = unit_s()

    def costs(self) -> dict[str, Cost]:
        """Return what every folder cost, in units of the loop."""
        return {name: Cost(n, self.cpu_s[name] / self.unit_s) for name, n in self.tests.items()}


def unit_s() -> float:
    """Return the CPU seconds of a loop that does what Python does all day; the best of some rounds."""
    return min(_loop() for _ in range(_ROUNDS))


def _loop() -> float:
    began = time.process_time()
    words = [f"word {n % 977}" for n in range(60_000)]
    counted = Counter(words)
    json.loads(json.dumps(counted, sort_keys=True))
    sum(len(word) for word in sorted(words))
    return time.process_time() - began


def spent_s() -> float:
    """Return the CPU seconds of this process and of its children, living or not."""
    ours = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in ours) + sum(
        _cpu_s(child) for child in psutil.Process().children()
    )


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def folder_of(nodeid: str) -> str:
    """Return the folder of a test."""
    return nodeid.partition("::")[0].rpartition("/")[0]


def read_budget(path: Path) -> dict[str, Cost]:
    """Return what each folder may cost."""
    if not path.is_file():
        return {}
    return {name: Cost(**one) for name, one in tomllib.loads(path.read_text()).items()}


def written(costs: Mapping[str, Cost]) -> str:
    """Return the text of a budget."""
    lines = (
        f'"{name}" = {{ tests = {cost.tests}, share = {cost.share:.1f} }}\n'
        for name, cost in sorted(costs.items())
    )
    return _HEAD + "".join(lines)


def overdrawn(costs: Mapping[str, Cost], budget: Mapping[str, Cost]) -> list[str]:
    """Return a line for each folder that was run whole and cost too much."""
    return [
        f"{name}: {cost.share:.0f} units of CPU, {budget[name].share:.0f} in {FILE.name}: "
        "make it faster, or say why and run --write-budget"
        for name, cost in sorted(costs.items())
        if name in budget
        and cost.tests >= budget[name].tests
        and cost.share > GROWN * budget[name].share + SPARE
    ]


def joined(parts: list[dict[str, Cost]]) -> dict[str, Cost]:
    """Return the costs of several processes as those of one."""
    names = {name for part in parts for name in part}
    return {
        name: Cost(
            sum(part[name].tests for part in parts if name in part),
            sum(part[name].share for part in parts if name in part),
        )
        for name in names
    }


class Plugin:
    """Measures every test; where there are workers, each measures its own and their parent judges."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._own = Measured()
        self._parts: list[dict[str, Cost]] = []
        self._faults: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[Any]:
        before = spent_s()
        result = yield
        name, cpu_s = folder_of(item.nodeid), max(0.0, spent_s() - before)
        self._own.tests[name] += 1
        self._own.cpu_s[name] += cpu_s
        self._own.cpu_s_of_tests[item.nodeid] = cpu_s
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[Any]:
        began = time.monotonic()
        try:
            return (yield)
        finally:
            function: Any = getattr(item, "function", None)
            if time.monotonic() - began > LONG_S and not getattr(function, "__doc__", None):
                self._own.unexplained.append(item.nodeid)

    def pytest_testnodedown(self, node: Any) -> None:
        told = getattr(node, "workeroutput", {})
        self._parts.append({name: Cost(*one) for name, one in told.get("budget", {}).items()})
        self._own.unexplained += told.get("unexplained", [])
        self._own.cpu_s_of_tests |= told.get("cpu_s", {})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if output is not None:
            output["budget"] = {name: list(one) for name, one in self._own.costs().items()}
            output["unexplained"] = self._own.unexplained
            output["cpu_s"] = self._own.cpu_s_of_tests
            return
        costs = joined([*self._parts, self._own.costs()])
        if self._config.getoption("--write-budget"):
            FILE.write_text(written({**read_budget(FILE), **costs}))
            return
        self._faults = overdrawn(costs, read_budget(FILE))
        if self._faults and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in self._faults:
            terminalreporter.write_line(f"over budget: {line}", red=True)
        for nodeid in self._own.unexplained:
            terminalreporter.write_line(
                f"took over {LONG_S:.0f} s and has no docstring to say why: {nodeid}", yellow=True
            )

        costly = Counter(self._own.cpu_s_of_tests).most_common(self._config.getoption("--cpu"))
        for nodeid, cpu_s in costly:
            terminalreporter.write_line(f"{cpu_s:8.1f} s of CPU  {nodeid}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-budget", action="store_true", help="write what folders cost into tests/budget.toml"
    )
    parser.addoption("--cpu", type=int, default=0, help="list this many of the costliest tests")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Plugin(config), "folders-budget")
