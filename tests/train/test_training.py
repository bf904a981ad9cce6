"""Fine-tuning by the real command, TRL and PyTorch: what it leaves, goes on from, and refuses."""

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

torch = pytest.importorskip("torch")

from schemas.documents.training import HELD_OUT, TRAINING  # noqa: E402
from schemas.folders.trained import ModelCard, TrainedFolder  # noqa: E402
from tests.conftest import Evolflow  # noqa: E402
from tests.flows.runs import end, kill, start_run, wait_for  # noqa: E402
from tests.tasks.exported import finished_run  # noqa: E402
from tests.train.conftest import LINES, QUICK  # noqa: E402

PICKLES = {".bin", ".pt", ".pth", ".pkl", ".pickle"}
LONG = ["--epochs", "30", "--save-every-steps", "20", *QUICK]


def weights(out: Path) -> bytes:
    return (out / "model" / "model.safetensors").read_bytes()


def figures(out: Path) -> Any:
    return json.loads((out / "results.json").read_text())


def test_a_fine_tuning_leaves_a_model_its_losses_and_nothing_pickled(trained: Path) -> None:
    assert not {path for path in trained.rglob("*") if path.suffix in PICKLES}
    assert not TrainedFolder(trained).checkpoints.exists()
    losses = pd.read_parquet(trained / "losses.parquet")
    learned = losses[losses.part == TRAINING].loss
    assert learned.iloc[-1] < learned.iloc[0] - 1
    assert len(losses[losses.part == HELD_OUT]) == 2
    found = figures(trained)
    assert found["counts"]["rows"] == 3 * LINES - 8
    assert found["done"]["steps"] == found["begun"]["steps"] == 2 * -(-(3 * LINES - 8) // 8)
    assert found["begun"]["prompt"].endswith("\n\n### Response:")


def test_the_page_shows_the_losses_and_status_and_verify_find_it_sound(
    trained: Path, evolflow: Evolflow
) -> None:
    page = (trained / "report" / "index.html").read_text()
    assert "<svg" in page
    assert f"{figures(trained)['last_loss']:.3f}" in page
    assert "done" in evolflow("status", trained).stdout
    assert evolflow("verify", trained).returncode == 0


def test_a_changed_weight_is_found_by_verify(
    trained: Path, evolflow: Evolflow, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(trained, copy)
    path = copy / "model" / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    found = evolflow("verify", copy)
    assert found.returncode == 1
    assert "model.safetensors" in found.stdout


def test_the_card_says_how_the_model_must_be_asked(trained: Path) -> None:
    transformers = pytest.importorskip("transformers")
    card = ModelCard.model_validate_json((trained / "model" / "evolflow-model.json").read_bytes())
    tokenizer = transformers.AutoTokenizer.from_pretrained(trained / "model")
    message = [{"role": "user", "content": card.probe.message}]
    asked = tokenizer.apply_chat_template(message, add_generation_prompt=True)["input_ids"]
    assert len(asked) == card.probe.prompt_tokens
    assert tokenizer.decode(asked).endswith(f"{card.probe.message}\n\n### Response:")


def test_the_same_command_again_finds_it_done_and_another_is_refused(
    trained: Path, grown: Path, evolflow: Evolflow
) -> None:
    before = (trained / "model" / "model.safetensors").stat().st_mtime_ns
    flags = ["train", "--data", grown, "--out", trained, "--held-out-rows", 8, *QUICK]
    again = evolflow(*flags, "--epochs", 2)
    assert again.returncode == 0, again.stderr
    assert (trained / "model" / "model.safetensors").stat().st_mtime_ns == before
    other = evolflow(*flags, "--epochs", 3)
    assert other.returncode == 2
    assert "epochs: run has 2.0, given 3.0" in other.stderr


@pytest.mark.slow
def test_a_killed_and_a_stopped_training_end_with_the_bytes_of_one_in_peace(
    grown: Path, evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    assert evolflow("train", "--data", grown, "--out", whole, *LONG).returncode == 0
    command = ["train", "--data", grown, "--out", torn, *LONG]
    process = start_run(environment, *command)
    checkpoints = TrainedFolder(torn).checkpoints
    wait_for(
        lambda: (checkpoints / "checkpoint-40" / "trainer_state.json").exists(), process=process
    )
    kill(process)
    stopped = start_run(environment, *command)
    steps = TrainedFolder(torn).steps
    wait_for(lambda: steps.exists() and '"from_step":' in steps.read_text(), process=stopped)
    wait_for(lambda: '"kind":"step","step":6' in steps.read_text(), process=stopped)
    said, _ = end(stopped, signal.SIGINT)
    assert stopped.returncode == 130, said
    assert "run the same command again" in said
    begun = next(json.loads(line) for line in steps.read_text().splitlines() if "from_step" in line)
    assert begun["from_step"] >= 40
    done = evolflow(*command)
    assert done.returncode == 0, done.stderr
    assert weights(torn) == weights(whole)
    assert len(pd.read_parquet(torn / "losses.parquet")) == len(
        pd.read_parquet(whole / "losses.parquet")
    )


def test_the_training_process_ends_with_the_command_that_is_killed(
    grown: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    psutil = pytest.importorskip("psutil")
    process = start_run(environment, "train", "--data", grown, "--out", tmp_path / "m", *LONG)
    steps = TrainedFolder(tmp_path / "m").steps
    wait_for(lambda: steps.exists() and "begun" in steps.read_text(), process=process)
    children = psutil.Process(process.pid).children(recursive=True)
    kill(process)
    assert children
    assert not psutil.wait_procs(children, timeout=60)[1]


@pytest.mark.slow
def test_an_adapter_over_a_trained_model_is_merged_into_one_that_answers_like_both(
    trained: Path, grown: Path, evolflow: Evolflow, tmp_path: Path
) -> None:
    peft = pytest.importorskip("peft")
    transformers = pytest.importorskip("transformers")
    out, merged = tmp_path / "lora", tmp_path / "merged"
    done = evolflow("train", "--data", grown, "--out", out, "--base", trained, "--method", "lora",
                    "--epochs", 1, *QUICK)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"evolflow merge {out}" in done.stdout
    adapter = json.loads((out / "adapter" / "adapter_config.json").read_text())
    assert adapter["base_model_name_or_path"] == trained.name
    found = figures(out)["begun"]
    assert 0 < found["trained_parameters"] < found["parameters"]
    refused = evolflow("train", "--data", grown, "--out", tmp_path / "no", "--base", out, *QUICK)
    assert refused.returncode == 2
    assert "evolflow merge" in refused.stderr
    assert evolflow("merge", out, "--out", merged).returncode == 0
    load = transformers.AutoModelForCausalLM.from_pretrained
    tokenizer = transformers.AutoTokenizer.from_pretrained(merged)
    ids = tokenizer("Explain knot 3", return_tensors="pt")
    both = peft.PeftModel.from_pretrained(load(trained / "model"), out / "adapter")
    assert torch.allclose(load(merged)(**ids).logits, both(**ids).logits, atol=1e-4)
    assert not torch.allclose(load(merged)(**ids).logits, load(trained / "model")(**ids).logits)
    assert tokenizer.chat_template.endswith("{% endfor %}")
    again = evolflow("merge", out, "--out", merged)
    assert (again.returncode, "choose another folder" in again.stderr) == (2, True)


@pytest.mark.slow
def test_two_processes_train_through_a_config_of_accelerate(
    grown: Path, evolflow: Evolflow, tmp_path: Path
) -> None:
    config = tmp_path / "two.yaml"
    config.write_text(
        "compute_environment: LOCAL_MACHINE\ndistributed_type: MULTI_GPU\nnum_machines: 1\n"
        "num_processes: 2\nmachine_rank: 0\nuse_cpu: true\nmixed_precision: 'no'\ndebug: false\n"
    )
    out = tmp_path / "two"
    done = evolflow("train", "--data", grown, "--out", out, "--epochs", 1, *QUICK,
                    "--accelerate-config", config)  # fmt: skip
    assert done.returncode == 0, done.stderr
    # Twice the rows a step, half the steps.
    assert figures(out)["done"]["steps"] == -(-3 * LINES // 16)


def test_rows_that_would_be_cut_beyond_the_limit_are_refused_in_one_line(
    grown: Path, evolflow: Evolflow, tmp_path: Path
) -> None:
    """Each start imports PyTorch, which takes its time."""
    flags = ["train", "--data", grown, "--out", tmp_path / "m", "--epochs", 1, *QUICK[:-1]]
    refused = evolflow(*flags, 32)
    assert refused.returncode == 2
    line = refused.stderr.strip().splitlines()[-1]
    assert "lose the end of their response at max_length_tokens 32" in line
    assert "raise max_length_tokens" in line
    allowed = evolflow(*flags, 32, "--max-cut-share", 1, "--out", tmp_path / "n")
    assert allowed.returncode == 0, allowed.stderr
    assert figures(tmp_path / "n")["counts"]["cut"] == 3 * LINES


def test_rows_without_a_response_are_left_out_and_counted(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    texts = [
        ("Name a knot.", "Bowline."),
        ("Name two.", None),
        ("Name three.", "Reef, bend, hitch."),
    ]
    run = finished_run(tmp_path, texts).root
    done = evolflow("train", "--data", run, "--out", tmp_path / "m", "--epochs", 1, *QUICK)
    assert done.returncode == 0, done.stderr
    assert figures(tmp_path / "m")["left_out"] == {"without response": 3}


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--base", "nowhere"], "no folder of a model: config.json is missing"),
        (["--method", "qlora"], "qlora"),
        (["--accelerate-config", "nowhere.yaml"], "accelerate_config: nowhere.yaml is no file"),
        (["--held-out-rows", "72"], "hold out fewer"),
        (["--data", "nowhere"], "neither run.json nor mix.json"),
        (["--prompt-format", "base"], "no chat template of its own"),
        (["--lora-targets", "a,,b"], "must be all-linear, or names"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_leaves_no_model(
    grown: Path, evolflow: Evolflow, tmp_path: Path, flags: list[str], said: str
) -> None:
    refused = evolflow("train", "--data", grown, "--out", tmp_path / "m", *QUICK, *flags)
    assert refused.returncode == 2
    assert said in refused.stderr.strip().splitlines()[-1]
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "m" / "model").exists()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("optim_arguments = 'x'", "trainer.optim_arguments: TRL's SFTConfig has no such setting"),
        ("learning_rate = 1.0", "learning_rate is not set here, but by learning_rate"),
        ("lr_scheduler_kwargs = 3", "trainer"),
    ],
)
def test_the_trainers_own_settings_pass_through_and_wrong_ones_are_named(
    grown: Path, evolflow: Evolflow, tmp_path: Path, table: str, said: str
) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f"[trainer]\n{table}\n")
    refused = evolflow("train", config, "--data", grown, "--out", tmp_path / "m", *QUICK)
    assert refused.returncode in (1, 2)
    assert said in refused.stderr


def test_a_pickled_base_is_refused(
    trained: Path, grown: Path, evolflow: Evolflow, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    shutil.copytree(trained / "model", base)
    (base / "model.safetensors").rename(base / "pytorch_model.bin")
    refused = evolflow("train", "--data", grown, "--out", tmp_path / "m", "--base", base, *QUICK)
    assert refused.returncode == 2
    assert "no weights as safetensors" in refused.stderr


def test_a_model_of_all_weights_has_nothing_to_merge(
    trained: Path, evolflow: Evolflow, tmp_path: Path
) -> None:
    refused = evolflow("merge", trained, "--out", tmp_path / "m")
    assert refused.returncode == 2
    assert "nothing to merge" in refused.stderr
    assert not (tmp_path / "m").exists()
