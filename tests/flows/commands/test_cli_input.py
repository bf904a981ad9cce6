"""Bad input costs nothing: exit code 2, one line that names the remedy, and not a byte written."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flows.cli import cli
from schemas.errors import BadInput, RunFault
from schemas.settings.evolution import RunSettings
from tasks.evolution.kind import EVOLUTION
from tasks.packs.pack import pack_folder
from tests.conftest import ROOT, Evolflow, own_seeds, write_seeds

BROKEN_ARRAY = '[\n{"instruction": "Name a tide."},\n{"instruction": "Name \n'


def arguments(seeds: Path, **more: Any) -> list[str]:
    given = {"seeds": seeds, "out": seeds.parent / "run", "model": "offline/rewriter", **more}
    return ["run", *(str(part) for name, value in given.items() for part in (f"--{name}", value))]


def invoke(given: list[str]) -> Result:
    return CliRunner().invoke(cli, given, standalone_mode=False)


def refusal(given: list[str]) -> str:
    fault = invoke(given).exception
    assert isinstance(fault, BadInput), fault
    assert fault.exit_code == 2
    assert len(str(fault).splitlines()) == 1
    return str(fault)


def seed_file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.json", "", "is empty"),
        ("blank.jsonl", "\n \n", "is empty"),
        ("none.json", "[]", "is empty"),
        ("array.json", BROKEN_ARRAY, "near line 3"),
        ("torn.json", '[{"instruction": "Name a tide."}', "near line 1"),
        ("notes.txt", "Name a tide.", "'.txt'"),
        ("bare", "Name a tide.", "known are"),
        ("latin.jsonl", '{"instruction": "Gezeit erklären"}'.encode("latin-1"), "not UTF-8"),
        ("latin.json", '[{"instruction": "erklären"}]'.encode("latin-1"), "not UTF-8"),
        ("latin.csv", "instruction\nGezeit erklären\n".encode("latin-1"), "not UTF-8"),
        ("false.parquet", "PAR1 no more", "Parquet"),
        ("other.jsonl", '{"title": "Tides"}\n{"title": "Winds"}\n', "2 seed_empty"),
        ("lines.jsonl", "no\njson\nat all\n", "3 seed_not_text"),
        ("numbers.json", "[1, 2, 3]", "3 seed_not_text"),
    ],
)
def test_a_seed_file_that_cannot_be_used_is_refused_before_anything_is_written(
    tmp_path: Path, name: str, content: str | bytes, told: str
) -> None:
    seeds = seed_file(tmp_path, name, content)
    message = refusal(arguments(seeds))
    assert str(seeds) in message
    assert told in message
    assert list(tmp_path.iterdir()) == [seeds]


def test_a_seed_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "is not a file" in refusal(arguments(tmp_path / "none.json"))
    folder = tmp_path / "folder.json"
    folder.mkdir()
    assert "is not a file" in refusal(arguments(folder))


def test_fields_that_no_row_has_are_refused(three_seeds: Path) -> None:
    message = refusal([*arguments(three_seeds), "--instruction-field", "text"])
    assert "no record has a field 'text'" in message


def test_a_pack_that_is_not_there_is_refused_with_those_that_are(three_seeds: Path) -> None:
    message = refusal([*arguments(three_seeds), "--pack", "nowhere"])
    assert "'nowhere'" in message
    assert "general" in message


def test_a_folder_with_other_things_in_it_is_left_alone(three_seeds: Path, tmp_path: Path) -> None:
    """Somebody's home folder given by mistake must not fill with shards."""
    out = tmp_path / "photos"
    out.mkdir()
    kept = seed_file(out, "holiday.jpg", b"\xff\xd8")
    assert "not empty and no run folder" in refusal(arguments(three_seeds, out=out))
    assert list(out.iterdir()) == [kept]


def test_a_file_in_the_place_of_the_run_folder_is_refused(
    three_seeds: Path, tmp_path: Path
) -> None:
    file = seed_file(tmp_path, "out", "text")
    assert str(file) in refusal(arguments(three_seeds, out=file))


@pytest.mark.parametrize("command", ["run", "plan"])
def test_all_that_is_missing_is_named_when_nothing_is_given(command: str) -> None:
    assert refusal([command]).startswith("--seeds, --out and --model: missing")


def run_toml(folder: Path, text: str) -> Path:
    return seed_file(folder, "run.toml", text)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("x" * 300, "too long a name"),
        ("x" * 300 + "/run", "too long a name"),
        ("half\udcff", "no name in UTF-8"),
        ("seeds.json", "Not a directory"),
        ("seeds.json/run", "Not a directory"),
        ("/proc/run", "cannot be written"),
    ],
)
def test_a_name_that_no_folder_can_have_is_refused(
    three_seeds: Path, tmp_path: Path, name: str, told: str
) -> None:
    message = refusal(arguments(three_seeds, out=tmp_path / name))
    assert message.startswith("out: ")
    assert told in message
    assert list(tmp_path.iterdir()) == [three_seeds]


@pytest.mark.parametrize("name", ["seeds", "out", "pack"])
def test_a_name_with_a_nul_is_refused(three_seeds: Path, tmp_path: Path, name: str) -> None:
    """No shell can say one, but a TOML file can."""
    values = {"seeds": str(three_seeds), "out": str(tmp_path / "run"), "pack": "general"}
    values[name] += "\0x"
    config = run_toml(tmp_path, "".join(f"{n} = {json.dumps(v)}\n" for n, v in values.items()))
    message = refusal(["run", str(config), "--model", "offline/rewriter"])
    assert message.startswith(f"{name}: ")
    assert "\0" not in message


@pytest.mark.parametrize("name", ["CON", "a b", "-rf", "..run", "{settings.model}", "潮汐", "a\nb"])
def test_a_name_that_other_systems_dislike_is_a_name(three_seeds: Path, name: str) -> None:
    EVOLUTION.check(settings(three_seeds, out=three_seeds.parent / name))
    assert EVOLUTION.start(settings(three_seeds, out=three_seeds.parent / name)).run_json.exists()


def test_a_run_folder_may_be_a_link_of_its_user(three_seeds: Path, tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "run"
    real.mkdir()
    link.symlink_to(real)
    EVOLUTION.check(settings(three_seeds))
    EVOLUTION.start(settings(three_seeds))
    assert (real / "run.json").exists()
    EVOLUTION.check(settings(three_seeds))


@pytest.mark.parametrize(
    "inside",
    ["dataset", "work", "work/epoch-1", "work/lock", "work/run.log", "run.json", "manifest.json",
     "report", "dataset/epoch-1/part-00000.parquet"],
)  # fmt: skip
def test_a_link_inside_a_run_folder_is_refused_and_nothing_behind_it_is_touched(
    three_seeds: Path, tmp_path: Path, inside: str
) -> None:
    """What a run sweeps, replaces and goes on with there may be somebody's other files."""
    run = EVOLUTION.start(settings(three_seeds)).root
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    kept = [seed_file(elsewhere, name, "kept") for name in (".draft-1-x", "part-00000.parquet")]
    link = run / inside
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.exists():
        link.rename(elsewhere / "moved")
        link.symlink_to(elsewhere / "moved")
    else:
        link.symlink_to(elsewhere)
    message = refusal(arguments(three_seeds, epochs=4, model="openai/m"))
    assert message.startswith(f"out: {link} is a link to {elsewhere}")
    assert all(path.read_text() == "kept" for path in kept)


def test_a_folder_with_nothing_but_a_linked_work_folder_is_refused(
    three_seeds: Path, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "work").symlink_to(tmp_path)
    assert "is a link" in refusal(arguments(three_seeds))
    assert not (tmp_path / "lock").exists()


def test_a_run_json_of_another_make_is_refused_with_its_place(three_seeds: Path) -> None:
    record = EVOLUTION.start(settings(three_seeds)).run_json
    record.write_text(json.dumps({**json.loads(record.read_text()), "fixed": None}))
    with pytest.raises(RunFault, match=r"run\.json: fixed: "):
        EVOLUTION.check(settings(three_seeds))


# The real command from here on: it alone turns faults into exit codes and lines.


def assert_refused(evolflow: Evolflow, given: list[Any], told: str) -> None:
    done = evolflow(*given)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "near line 3"),
        ({"epochs": 0}, "--epochs: "),
        ({"api-base": "https://me:word@host/v1"}, "--api-base: "),
    ],
)
def test_a_refusal_is_one_line_and_exit_code_2(
    evolflow: Evolflow, tmp_path: Path, more: dict[str, Any], told: str
) -> None:
    seeds = seed_file(tmp_path, "array.json", BROKEN_ARRAY)
    assert_refused(evolflow, arguments(seeds, **more), told)
    assert list(tmp_path.iterdir()) == [seeds]


def test_a_secret_in_the_file_is_refused_by_the_command(
    evolflow: Evolflow, three_seeds: Path, tmp_path: Path
) -> None:
    config = seed_file(tmp_path, "run.toml", 'api_key = "sk-1234567890"\n')
    assert_refused(evolflow, [*arguments(three_seeds), config], "api_key is a secret")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("more", [["--epoch", "3"], ["--epochs"], ["a.toml", "b.toml"]])
def test_a_command_line_that_cannot_be_read_is_one_line_too(
    evolflow: Evolflow, three_seeds: Path, more: list[str]
) -> None:
    assert_refused(evolflow, [*arguments(three_seeds), *more], "evolflow: ")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"model": "nonsense"}, "model: 'nonsense' names no provider"),
        ({"judge": "foo"}, "judge: 'foo' names no provider"),
        ({"model": "anthropic/claude-x"}, "model: anthropic/claude-x needs ANTHROPIC_API_KEY"),
        ({"model": "hosted_vllm/own", "budget-usd": 3}, 'add [prices."hosted_vllm/own"]'),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_before_anything_is_written(
    evolflow: Evolflow, three_seeds: Path, tmp_path: Path, more: dict[str, Any], told: str
) -> None:
    """A run folder left behind would refuse the corrected command for its other settings."""
    assert_refused(evolflow, arguments(three_seeds, **more), told)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_run_folder_below_a_file_is_refused(
    evolflow: Evolflow, three_seeds: Path, tmp_path: Path
) -> None:
    file = seed_file(tmp_path, "out", "text")
    assert_refused(evolflow, arguments(three_seeds, out=file / "run"), "out: ")


# Continuing: the folder's own settings, or none.


def settings(seeds: Path, **more: Any) -> RunSettings:
    given = {"seeds": seeds, "out": seeds.parent / "run", "model": "openai/m", **more}
    return RunSettings.model_validate(given)


def test_a_run_goes_on_with_other_limits(three_seeds: Path) -> None:
    """Whoever was stopped by a limit must be able to raise it."""
    first = EVOLUTION.start(settings(three_seeds))
    before = json.loads(first.run_json.read_text())
    more = {"concurrency": 2, "rpm": 5, "budget_usd": 9, "api_base": "http://localhost:1/v1"}
    EVOLUTION.start(settings(three_seeds, **more))
    after = json.loads(first.run_json.read_text())
    assert after["run_id"] == before["run_id"]
    assert after["settings"]["concurrency"] == 2


def test_a_run_does_not_go_on_with_other_rows_and_says_which_settings_differ(
    three_seeds: Path,
) -> None:
    """Half a dataset by one model and half by another would look like one experiment."""
    first = EVOLUTION.start(settings(three_seeds))
    before = first.run_json.read_bytes()
    with pytest.raises(BadInput) as refused:
        EVOLUTION.start(settings(three_seeds, rng_seed=9, temperature=0.5, concurrency=2))
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    assert "rng_seed: run has 0, given 9" in message
    assert "temperature: run has 1.0, given 0.5" in message
    assert "concurrency" not in message
    assert first.run_json.read_bytes() == before


def test_a_run_does_not_go_on_with_a_changed_seed_file(three_seeds: Path, tmp_path: Path) -> None:
    EVOLUTION.start(settings(three_seeds))
    write_seeds(three_seeds, own_seeds(4))
    with pytest.raises(BadInput, match="other content"):
        EVOLUTION.start(settings(three_seeds))
    moved = write_seeds(tmp_path / "moved.json", own_seeds(3))
    EVOLUTION.start(settings(moved, out=tmp_path / "run"))


def test_a_run_does_not_go_on_with_a_changed_pack(three_seeds: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    for path in pack_folder("general").rglob("*.txt"):
        copy = own / path.relative_to(pack_folder("general"))
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    EVOLUTION.start(settings(three_seeds, pack=str(own)))
    (own / "deepen.txt").write_text("Deepen: $instruction\n", encoding="utf-8")
    with pytest.raises(BadInput, match="other prompts"):
        EVOLUTION.start(settings(three_seeds, pack=str(own)))


def test_what_a_command_checks_first_imports_no_prefect() -> None:
    """Prefect, imported before its server is ours, brings one of its own that outlives kill -9."""
    modules = (
        "flows.cli", "flows.commands.terminal", "tasks.evolution.kind",
        "tasks.evaluation.judging.kind", "tasks.scoring.kind",
    )  # fmt: skip
    code = f"import sys, {', '.join(modules)}; assert 'prefect' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
