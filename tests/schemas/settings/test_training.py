"""Knobs of mixes, fine-tunings and predictions: bounded, read by something, said in one group."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.settings.knobs import Settings, is_fixed
from schemas.settings.mixing import MixSettings
from schemas.settings.prediction import PredictionForm, PredictionSettings
from schemas.settings.training import TrainingForm, TrainingSettings
from tests.schemas.settings.test_evolution import read_by_the_program

ALL: list[type[Settings]] = [MixSettings, TrainingSettings, PredictionSettings]
LEAST: dict[type[Settings], dict[str, Any]] = {
    MixSettings: {"runs": ("runs/a",), "out": "mix"},
    TrainingSettings: {"data": "mix", "out": "model"},
    PredictionSettings: {"model": "m/m", "out": "answers"},
}
FIELDS = sorted({name for settings in ALL for name in settings.model_fields})


@pytest.mark.parametrize("field", FIELDS)
def test_every_setting_is_read_somewhere(field: str) -> None:
    assert field in read_by_the_program()


@pytest.mark.parametrize("settings", ALL)
def test_every_setting_says_what_it_does_and_stands_in_one_group(settings: type[Settings]) -> None:
    for name, info in settings.model_fields.items():
        assert info.description and info.description.endswith("."), name
        there = [name in model.model_fields for model in settings.groups.values()]
        assert there.count(True) == 1, name


@pytest.mark.parametrize(
    ("settings", "field", "refused", "accepted"),
    [
        (MixSettings, "runs", (), ("a", "b")),
        (MixSettings, "runs", ("x/a", "y/a"), ("x/a", "y/b")),
        (MixSettings, "sample", 0, 1),
        (MixSettings, "balance", "epoch", "none"),
        (MixSettings, "near_duplicate_similarity", 0, 1),
        (MixSettings, "semantic_similarity", 1.1, 1),
        (MixSettings, "contaminated_share", 0, 0.1),
        (MixSettings, "select_top", 0, 1),
        (MixSettings, "dedup", "fuzzy", "semantic"),
        (TrainingSettings, "max_length_tokens", 7, 8),
        (TrainingSettings, "max_cut_share", 1.1, 0),
        (TrainingSettings, "learning_rate", 0, 1e-6),
        (TrainingSettings, "epochs", 0, 0.5),
        (TrainingSettings, "batch_rows", 0, 1),
        (TrainingSettings, "lora_dropout", 1, 0.5),
        (TrainingSettings, "lora_targets", "q_proj,", "q_proj, v_proj"),
        (TrainingSettings, "prompt_format", "chatml", "base"),
        (TrainingSettings, "rng_seed", 2**32, 2**32 - 1),
        (TrainingSettings, "trainer", {"learning_rate": 1}, {"neftune_noise_alpha": 5}),
        (TrainingSettings, "trainer", {"output_dir": "x"}, {"optim": "adafactor"}),
        (PredictionSettings, "generator", "null-model", "mine"),
        (PredictionSettings, "limit", 0, 1),
        (PredictionSettings, "max_tokens", 0, 1),
    ],
)
def test_values_out_of_bounds_are_refused(
    settings: type[Settings], field: str, refused: Any, accepted: Any
) -> None:
    with pytest.raises(ValidationError):
        settings.model_validate({**LEAST[settings], field: refused})
    settings.model_validate({**LEAST[settings], field: accepted})


@pytest.mark.parametrize("settings", ALL)
def test_misspelt_settings_are_refused(settings: type[Settings]) -> None:
    with pytest.raises(ValidationError):
        settings.model_validate({**LEAST[settings], "sampel": 1})


def test_settings_come_back_from_their_forms() -> None:
    trained = TrainingSettings(data="m", out="o", method="lora", trainer={"optim": "adafactor"})
    assert TrainingForm.of(trained).settings() == trained
    asked = PredictionSettings(model="local:models/a", out="o", generator="a", rpm=9)
    assert PredictionForm.of(asked).settings() == asked
    for form in (TrainingForm, PredictionForm):
        groups = list(form.of_settings.groups)
        assert [field.title for field in form.model_fields.values()] == groups


def test_a_training_is_held_to_what_makes_its_weights_and_free_in_the_rest() -> None:
    free = {name for name, field in TrainingSettings.model_fields.items() if not is_fixed(field)}
    assert free == {
        "data", "out", "base", "save_every_steps", "keep_checkpoints", "accelerate_config", "preamble",
    }  # fmt: skip


def test_a_model_of_this_machine_is_named_by_its_folder() -> None:
    (one,) = PredictionSettings(model="local:models/tiny", out="o", generator="tiny").those
    assert (one.folder, one.model, one.file) == ("models/tiny", None, None)
    (other,) = PredictionSettings(model="openai/m@http://h/v1", out="o").those
    assert (other.folder, other.model, other.base) == (None, "openai/m", "http://h/v1")
