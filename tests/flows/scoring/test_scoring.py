"""Scores of a run and of a file: the real command, against a real server that can be predicted."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import kill, start_run, state_of, wait_for
from tests.servers.model_server import ModelServer, Reply, digest, serving

SEEDS = 30
PER_EPOCH = 20
LINES = 10

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def grown(evolflow: Evolflow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two epochs that the tests of this file copy."""
    place = tmp_path_factory.mktemp("grown")
    seeds = write_seeds(place / "seeds.json", own_seeds(SEEDS))
    flags = {"seeds": seeds, "out": place / "run", "model": "offline/rewriter", "epochs": 2}
    done = evolflow("run", *(part for name, v in flags.items() for part in (f"--{name}", v)))
    assert done.returncode == 0, done.stderr
    return place / "run"


@pytest.fixture
def run(grown: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(grown, tmp_path / "run"))


def fair(prompt: str, _before: int) -> Reply:
    """Give each instruction the score that `due` gives it, and rank versions by the same."""
    if prompt.endswith("#Score#:"):
        return Reply(f"It needs some knowledge.\n#Score#: {due(shown(prompt)[0])}")
    ranked = sorted(shown(prompt), key=order)
    return Reply(json.dumps([ranked.index(text) + 1 for text in shown(prompt)]))


def shown(prompt: str) -> list[str]:
    """Return the instructions in a prompt, in the order in which they are shown."""
    return re.findall(
        r"^--- [0-9a-f]{12}(?: (?:version|pair) \d+)?\n(.*?)\n(?=(?:---|===) [0-9a-f]{12})",
        prompt, re.DOTALL | re.MULTILINE,
    )  # fmt: skip


def due(instruction: str) -> int:
    return int(digest(instruction), 16) % 10 + 1


def order(instruction: str) -> str:
    return digest(f"order of {instruction}")


@contextmanager
def judging(script: Any = fair, **more: Any) -> Iterator[ModelServer]:
    with serving(script, **more) as server:
        yield server


def flags_of(source: Path | str, server: ModelServer, **more: Any) -> list[Any]:
    flags = {"judge": "openai/judge", "api-base": server.address, "per-epoch": PER_EPOCH,
             "lines": LINES, **more}  # fmt: skip
    pairs = [(f"--{name.replace('_', '-')}", value) for name, value in flags.items()]
    return ["score", source, *(part for pair in pairs for part in pair)]


def assert_scored_as_due(run: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every scored row has the score that is due to its text; returns both tables."""
    difficulty = pd.read_parquet(run / "scores" / "difficulty.parquet")
    versions = pd.read_parquet(run / "scores" / "versions.parquet")
    assert len(difficulty) == 3 * PER_EPOCH
    assert difficulty["id"].is_unique
    assert versions["seed_id"].nunique() == LINES
    known = difficulty[difficulty["score"].notna()]
    assert (known["score"] == known["instruction"].map(due)).all()
    for _, line in versions.groupby("seed_id"):
        rank = line["instruction"].map(order).rank()
        for score in ("complexity", "quality"):
            assert line[score].isna().all() or (line[score] == rank).all()
    return difficulty, versions


def test_a_run_is_scored_and_its_report_shows_it(evolflow: Evolflow, run: Path) -> None:
    with judging() as server:
        done = evolflow(*flags_of(run, server))
        assert done.returncode == 0, done.stderr
        assert server.requests == 3 * PER_EPOCH + 2 * LINES
        assert max(server.asked.values()) == 1
        again = evolflow(*flags_of(run, server))
        assert again.returncode == 0, again.stderr
        assert server.requests == 3 * PER_EPOCH + 2 * LINES
    difficulty, versions = assert_scored_as_due(run)
    assert difficulty["score"].notna().all()
    assert versions[["complexity", "quality"]].notna().all(axis=None)
    dataset = pd.read_parquet(run / "dataset").set_index("id")["instruction"]
    assert (difficulty["instruction"] == difficulty["id"].map(dataset)).all()
    mean = difficulty[difficulty["epoch"] == 1]["score"].mean()
    assert f"mean {mean:.2f}" in done.stdout
    page = (run / "report" / "index.html").read_text()
    assert f"{mean:.2f}" in page
    assert "Scored by openai/judge" in page
    assert len(pd.read_parquet(run / "scores" / "calls.parquet")) == 3 * PER_EPOCH + 2 * LINES
    assert "done, " in evolflow("status", run / "scores").stdout
    assert evolflow("verify", run).returncode == 0
    checked = evolflow("verify", run / "scores")
    assert checked.returncode == 0, checked.stdout
    assert f"{3 * PER_EPOCH} instructions, {LINES} lines" in checked.stdout
    assert "sk-CANARY" not in "".join(
        path.read_text(errors="replace") for path in run.rglob("*") if path.is_file()
    )


def test_a_folder_of_scores_is_no_run_and_says_so(evolflow: Evolflow, run: Path) -> None:
    assert evolflow("score", run, "--per-epoch", 3, "--lines", 0).returncode == 0
    for command in (("report",), ("show", "abcd"), ("score",)):
        done = evolflow(command[0], run / "scores", *command[1:])
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_the_run_s_own_judge_scores_where_none_is_named(evolflow: Evolflow, run: Path) -> None:
    done = evolflow("score", run, "--per-epoch", PER_EPOCH, "--lines", LINES)
    assert done.returncode == 0, done.stderr
    difficulty = pd.read_parquet(run / "scores" / "difficulty.parquet")
    assert set(difficulty["judge"]) == {"offline/rewriter"}
    assert difficulty["score"].between(1, 10).all()
    versions = pd.read_parquet(run / "scores" / "versions.parquet")
    assert versions["complexity"].between(1, versions["versions"]).all()


def troubled(prompt: str, before: int) -> Reply:
    """Refuse and break off at first, for some questions; babble for ever for others."""
    fate = due(shown(prompt)[0])
    if fate == 1 and before == 0:
        return Reply(status=429, error="Rate limit reached", headers={"Retry-After": "0"})
    if fate == 2 and before == 0:
        return Reply("half an answer", breaks="cut")
    if fate in (3, 4):
        return Reply("Score: 11. [9, 9, 9, 9, 9, 9]")
    return fair(prompt, before)


def test_refusals_cut_answers_and_unreadable_scores_lose_nothing(
    evolflow: Evolflow, run: Path
) -> None:
    """What cannot be read is unscored, with its reason and the judge's words, and never a 1."""
    with judging(troubled) as server:
        done = evolflow(*flags_of(run, server))
        assert done.returncode == 0, done.stderr
    difficulty, _ = assert_scored_as_due(run)
    unread = difficulty[difficulty["instruction"].map(due).isin([3, 4])]
    assert 0 < len(unread) < len(difficulty)
    assert unread["score"].isna().all()
    assert difficulty["score"].isna().sum() == len(unread)
    assert unread["why_unscored"].str.startswith("no score that could be read").all()
    assert unread["verdict"].str.startswith("Score: 11").all()
    assert f"unscored {(unread['epoch'] == 0).sum()}" in done.stdout


def test_a_killed_scoring_goes_on_and_buys_at_most_what_was_in_flight_again(
    environment: dict[str, str], evolflow: Evolflow, run: Path
) -> None:
    with judging(latency_s=0.1) as server:
        flags = flags_of(run, server, concurrency=4)
        for answers in (10, 40):
            process = start_run(environment, *flags)
            wait_for(lambda n=answers: server.answered.total() >= n, process=process)
            kill(process)
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        assert server.answered.total() - (3 * PER_EPOCH + 2 * LINES) <= 2 * 4
    difficulty, versions = assert_scored_as_due(run)
    assert difficulty["score"].notna().all()
    assert versions["quality"].notna().all()
    assert state_of(run / "scores") == "done"


def test_the_budget_stops_a_scoring_and_a_larger_one_ends_it(
    evolflow: Evolflow, run: Path, tmp_path: Path
) -> None:
    config = tmp_path / "prices.toml"
    config.write_text('judge_max_tokens = 64\n[prices."openai/judge"]\ninput = 10\noutput = 10\n')
    with judging() as server:
        small = flags_of(run, server, config=config, budget_usd=0.1, concurrency=2)
        done = evolflow(*small)
        assert done.returncode == 3, done.stderr
        assert state_of(run / "scores") == "stopped: BudgetReached"
        assert 0 < (server.prompt_tokens + server.completion_tokens) * 10 / 1e6 <= 0.1
        done = evolflow(*flags_of(run, server, config=config, budget_usd=5, concurrency=2))
        assert done.returncode == 0, done.stderr
        assert max(server.answered.values()) == 1
    assert_scored_as_due(run)


def test_a_judge_that_is_not_there_stops_it_and_it_goes_on_when_it_is(
    evolflow: Evolflow, run: Path
) -> None:
    with judging() as gone:
        flags = flags_of(run, gone)
    done = evolflow(*flags)
    assert done.returncode == 4, done.stderr
    assert not (run / "scores" / "difficulty.parquet").exists()
    with judging() as server:
        done = evolflow(*flags_of(run, server))
        assert done.returncode == 0, done.stderr
    assert_scored_as_due(run)


@pytest.mark.long
def test_processes_of_this_machine_carry_the_shards_to_the_same_scores(
    evolflow: Evolflow, run: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(run, tmp_path / "other"))
    with judging() as server:
        for one, more in ((run, {}), (other, {"task_runner": "processes", "engines": 2})):
            done = evolflow(*flags_of(one, server, **more))
            assert done.returncode == 0, done.stderr
    for table in ("difficulty", "versions"):
        first, second = (
            pd.read_parquet(one / "scores" / f"{table}.parquet") for one in (run, other)
        )
        pd.testing.assert_frame_equal(first, second)


def test_a_file_of_instructions_gets_difficulties_beside_it(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    path = tmp_path / "tests.jsonl"
    texts = [f"Say why knot number {n} holds." for n in range(6)]
    path.write_text("".join(json.dumps({"idx": 1, "Instruction": text}) + "\n" for text in texts))
    with judging() as server:
        done = evolflow(*flags_of(path, server))
        assert done.returncode == 0, done.stderr
        assert server.requests == 6
        found = pd.read_parquet(tmp_path / "tests.jsonl.scores" / "difficulty.parquet")
        assert list(found["instruction"]) == texts
        assert list(found["score"]) == [due(text) for text in texts]
        path.write_text(json.dumps({"Instruction": "Another one."}))
        changed = evolflow(*flags_of(path, server))
    assert changed.returncode == 2
    assert "is another run, or has other content" in changed.stderr


def test_what_cannot_be_scored_is_refused_in_one_line_before_anything_is_bought(
    evolflow: Evolflow, run: Path, tmp_path: Path
) -> None:
    (tmp_path / "t.json").write_text('["Name a knot."]')
    with judging() as server:
        cases: dict[str, list[Any]] = {
            "source: .* is neither a run folder nor a file": [tmp_path / "none"],
            "--judge: missing": [tmp_path / "t.json"],
            "--per-epoch: .* greater than or equal to 1": [run, "--per-epoch", 0],
            "embeddings: 'glove' is not known": [run, "--embeddings", "glove"],
            "embeddings: .*(is not installed|is no folder)": [
                run,
                "--embeddings",
                "sentences:/none",
            ],
            "judge: ": [run, "--judge", "nobody/nothing"],
        }
        for said, arguments in cases.items():
            done = evolflow("score", *arguments)
            assert done.returncode == 2, done.stderr
            assert re.search(said, done.stderr), done.stderr
            assert len(done.stderr.strip().splitlines()) == 1
        assert server.requests == 0
    assert not (run / "scores" / "run.json").exists()


MODEL = """
class SentenceTransformer:
    def __init__(self, folder, local_files_only):
        assert local_files_only
        self.size = int(open(folder + "/size").read())

    def encode(self, texts, batch_size, show_progress_bar):
        return [[float(len(text) % (n + 2)) + 0.5 for n in range(self.size)] for text in texts]
"""


def test_a_sentence_model_of_one_s_own_places_the_map_without_buying_scores_again(
    evolflow: Evolflow, run: Path, tmp_path: Path
) -> None:
    (tmp_path / "sentence_transformers.py").write_text(MODEL)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "size").write_text("8")
    with judging() as server:
        assert evolflow(*flags_of(run, server)).returncode == 0
        bought = server.requests
        flags = flags_of(run, server, embeddings=f"sentences:{tmp_path / 'model'}")
        done = evolflow(*flags, PYTHONPATH=str(tmp_path))
        assert done.returncode == 0, done.stderr
        assert server.requests == bought
        found = pd.read_parquet(run / "scores" / "embeddings.parquet")
        assert set(found["vector"].map(len)) == {8}
        dataset = pd.read_parquet(run / "dataset")
        assert set(found["id"]) <= set(dataset["id"])
        assert "Placed by sentences:" in (run / "report" / "index.html").read_text()
        done = evolflow(*flags_of(run, server))
        assert done.returncode == 0, done.stderr
        assert server.requests == bought
    assert not (run / "scores" / "embeddings.parquet").exists()
    assert "Placed by sentences:" not in (run / "report" / "index.html").read_text()
