"""Flags and TOML become settings: the same bounds, the same words, flags first, help complete."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flows.cli import cli
from flows.commands.options import load_keys, settings_from
from schemas.errors import BadInput
from schemas.settings.evolution import RunSettings

NEEDED = {"seeds": "s.json", "out": "run", "model": "openai/m"}
FLAGS = sorted(set(RunSettings.model_fields) - {"prices", "roles"})


def toml(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(config: Path | None, flags: dict[str, Any]) -> str:
    with pytest.raises(BadInput) as refused:
        settings_from(RunSettings, config, flags)
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    return message


@pytest.fixture(scope="module")
def helped() -> dict[str, str]:
    """What `evolflow run --help` says of each flag, on one line."""
    shown = CliRunner().invoke(cli, ["run", "--help"], terminal_width=100)
    assert shown.exit_code == 0
    parts = re.split(r"\n +(?=--)", shown.output)[1:]
    texts = (" ".join(part.split("\n\n")[0].split()) for part in parts)
    return {re.split(r"[ /]", text)[0].removeprefix("--").replace("-", "_"): text for text in texts}


@pytest.mark.parametrize("name", FLAGS)
def test_help_tells_of_every_setting_what_it_does_and_its_default(
    helped: dict[str, str], name: str
) -> None:
    field = RunSettings.model_fields[name]
    text = helped[name].replace(" ", "")
    assert str(field.description).replace(" ", "") in text
    if field.is_required():
        assert "[required]" in text
    elif isinstance(field.default, bool) or field.default is None:
        assert f"default:{str(field.default).lower()}]" in text
    else:
        assert f"default:{field.default}]" in text


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("epochs", ">= 1; <= 50; default: 4"),
        ("top_p", "> 0; <= 1; default: none"),
        ("frequency_penalty", ">= -2; <= 2; default: none"),
        ("part_rows", ">= 1; <= 1,000,000; default: 10000"),
        ("budget_usd", "> 0; default: none"),
        ("rpm", ">= 1; default: none"),
    ],
)
def test_help_tells_the_bounds(helped: dict[str, str], name: str, bounds: str) -> None:
    assert helped[name].endswith(f"[{bounds}]")


def test_help_names_the_choices_and_both_forms_of_a_switch(helped: dict[str, str]) -> None:
    assert "paper|strict" in helped["rules"]
    assert "keep|missing|all|none" in helped["seed_responses"]
    assert helped["gain_check"].startswith("--gain-check / --no-gain-check")


def test_help_tells_of_prices_although_they_have_no_flag() -> None:
    assert "[prices." in CliRunner().invoke(cli, ["run", "--help"]).output


def test_run_and_plan_take_the_same_flags() -> None:
    """A plan that cannot be given the run's own settings plans another run."""
    run, plan = ({p.name for p in cli.commands[name].params} for name in ("run", "plan"))
    assert run == plan
    assert set(FLAGS) <= run


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    config = toml(
        tmp_path, 'model = "openai/m"\nseeds = "a.json"\nout = "run"\nepochs = 3\nrpm = 9\n'
    )
    settings = settings_from(RunSettings, config, {"epochs": "2", "seeds": "b.json", "rpm": None})
    assert (settings.epochs, settings.seeds, settings.rpm) == (2, Path("b.json"), 9)


def test_a_switch_turned_off_by_flag_wins_over_the_file(tmp_path: Path) -> None:
    """False is a value that was given, not the absence of one."""
    config = toml(tmp_path, "gain_check = true\n")
    assert settings_from(RunSettings, config, {**NEEDED, "gain_check": False}).gain_check is False


def test_prices_come_from_the_file(tmp_path: Path) -> None:
    config = toml(tmp_path, '[prices."openai/m"]\ninput = 0.5\noutput = 2\n')
    assert settings_from(RunSettings, config, NEEDED).prices["openai/m"].output == 2


def test_what_no_one_gives_has_its_default() -> None:
    assert settings_from(RunSettings, None, NEEDED) == RunSettings.model_validate(NEEDED)


def test_an_unknown_key_is_named_with_its_file(tmp_path: Path) -> None:
    config = toml(tmp_path, "epoch = 3\n")
    message = refusal(config, NEEDED)
    assert f"{config}: epoch: unknown setting" in message
    assert message.endswith("did you mean epochs?")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('modle = "openai/m"', "modle: unknown setting; did you mean model?"),
        ("budget-usd = 3", "budget-usd: unknown setting; write budget_usd"),
        ("Epochs = 3", "Epochs: unknown setting; write epochs"),
        ('colour = "red"', "colour: unknown setting; --help lists them all"),
    ],
)
def test_a_misspelt_key_comes_before_what_it_leaves_missing(
    tmp_path: Path, text: str, told: str
) -> None:
    config = toml(tmp_path, f"{text}\nmax_tokens = 0\n")
    assert refusal(config, {}) == f"{config}: {told}"


def test_all_that_is_missing_is_said_at_once_with_a_line_that_works() -> None:
    message = refusal(None, {})
    assert message.startswith("--seeds, --out and --model: missing; ")
    line = message.partition(", as in ")[2].split()
    given = dict(zip([one.removeprefix("--") for one in line[::2]], line[1::2], strict=True))
    assert settings_from(RunSettings, None, given)
    two = refusal(None, {"seeds": "s.json"})
    assert two.startswith("--out and --model: missing; ") and "--seeds seeds.json" in two
    one = refusal(None, {"seeds": "s.json", "out": "run"})
    assert one.startswith("--model: missing; ") and "--model openai/" in one


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("epochs", 0, "greater than or equal to 1"),
        ("epochs", 51, "less than or equal to 50"),
        ("top_p", 1.5, "less than or equal to 1"),
        ("rules", "lenient", "'paper' or 'strict'"),
        ("budget_usd", -1, "greater than 0"),
        ("api_base", "localhost:1", "http:// or https://"),
    ],
)
def test_flag_and_file_are_refused_in_the_same_words(
    tmp_path: Path, name: str, value: Any, told: str
) -> None:
    by_flag = refusal(None, {**NEEDED, name: str(value)})
    written = f'"{value}"' if isinstance(value, str) else str(value)
    config = toml(tmp_path, f"{name} = {written}\n")
    by_file = refusal(config, NEEDED)
    assert by_flag.startswith(f"--{name.replace('_', '-')}: ")
    assert by_file.startswith(f"{config}: {name}: ")
    assert told in by_flag
    assert told in by_file
    # An address is not repeated: it may hold a password.
    assert str(value) in by_flag or name == "api_base"


def test_a_flag_that_is_no_number_is_refused() -> None:
    assert refusal(None, {**NEEDED, "epochs": "three"}).startswith("--epochs: ")


@pytest.mark.parametrize("name", ["seeds", "out", "model"])
def test_what_is_missing_is_named_with_both_ways_to_give_it(name: str) -> None:
    message = refusal(None, {key: value for key, value in NEEDED.items() if key != name})
    assert message.startswith(f"--{name}: missing")
    assert "TOML" in message


@pytest.mark.parametrize("name", ["api_key", "OPENAI_API_KEY", "hf_token", "password", "apikey"])
def test_a_secret_in_the_file_is_refused_with_a_remedy_and_not_repeated(
    tmp_path: Path, name: str
) -> None:
    """Whatever stands in settings ends in run.json, and that is handed around."""
    message = refusal(toml(tmp_path, f'{name} = "sk-canary-123"\n'), NEEDED)
    assert name in message
    assert "environment" in message
    assert "canary" not in message


def test_max_tokens_is_no_secret(tmp_path: Path) -> None:
    assert settings_from(RunSettings, toml(tmp_path, "max_tokens = 7\n"), NEEDED).max_tokens == 7


@pytest.mark.parametrize("address", ["https://me:canary@host/v1", "https://host/v1?key=canary"])
def test_an_address_with_a_password_is_refused_and_not_repeated(
    tmp_path: Path, address: str
) -> None:
    """A refusal stands in the logs of whatever started the command."""
    for message in (
        refusal(None, {**NEEDED, "api_base": address}),
        refusal(toml(tmp_path, f'api_base = "{address}"\n'), NEEDED),
    ):
        assert "environment" in message
        assert "canary" not in message


def test_a_price_with_a_part_missing_is_told_by_its_place_in_the_file(tmp_path: Path) -> None:
    """There is no flag for prices, so a message must not send anybody to look for one."""
    config = toml(tmp_path, '[prices."openai/m"]\ninput = 1\n')
    message = refusal(config, NEEDED)
    assert f"{config}: prices.openai/m.output" in message
    assert "--prices" not in message


def test_a_file_that_is_no_toml_is_named_with_the_place(tmp_path: Path) -> None:
    config = toml(tmp_path, "epochs = 3\nmodel = \n")
    assert "line 2" in refusal(config, NEEDED)
    assert str(config) in refusal(config, NEEDED)


def test_a_config_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        message = refusal(path, NEEDED)
        assert message.startswith(f"{path}: ")
        assert "TOML" in message
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert str(binary) in refusal(binary, NEEDED)


def test_a_dotenv_file_gives_keys_but_steers_neither_prefect_nor_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that somebody sent may bring one."""
    names = ("PREFECT_API_URL", "EVOLFLOW_HOME", "PYTHONPATH", "LD_PRELOAD", "SOME_API_KEY",
             "SOME_API_BASE")  # fmt: skip
    for name in names:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    path = tmp_path / ".env"
    path.write_text("".join(f"{name}=/from/file\n" for name in names))
    assert load_keys(path) == ["PREFECT_API_URL", "EVOLFLOW_HOME"]
    assert {name for name in names if name in os.environ} == {"SOME_API_KEY", "SOME_API_BASE"}
    monkeypatch.setenv("PREFECT_API_URL", "http://mine")
    assert load_keys(path) == ["EVOLFLOW_HOME"]


def test_a_dotenv_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"KEY=\xff\xfe\n")
    with pytest.raises(BadInput) as refused:
        load_keys(path)
    assert str(refused.value).startswith(f"{path}: not UTF-8")
    assert len(str(refused.value).splitlines()) == 1


def test_a_long_value_is_quoted_in_part(tmp_path: Path) -> None:
    message = refusal(toml(tmp_path, f'epochs = "{"9" * 100_000}"\n'), NEEDED)
    assert len(message) < 500
