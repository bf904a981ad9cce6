"""The card: a head that the Hub's own reader accepts, counts that add up, names that break nothing."""

from pathlib import Path

import pytest

from schemas.documents.run_json import EvolutionRecord, PackRecord
from schemas.text import visible
from tasks.doors.files.yaml_text import yaml_text
from tasks.export.card import About, card_head, card_text
from tasks.export.export import Wanted, hand_on
from tests.tasks.exported import finished_run

HOSTILE = "a|b\n# c `d` <script>alert(1)</script> [x](y) 你好\x1b[31m"
RECORD = EvolutionRecord(
    run_id="run", state="done", created_at="", changed_at="", fixed={}, versions={"python": "3"},
    settings={"model": HOSTILE, "rules": "paper", "epochs": 2, "rng_seed": 0},
    pack=PackRecord(name=HOSTILE, sha256="0" * 64), seeds_sha256="1" * 64,
)  # fmt: skip


def about(license: str | None = None) -> About:
    counts = {0: {"seed": 3}, 1: {"deepen": 2}, 2: {"deepen": 1}}
    gone = {1: {"no_gain": 1}, 2: {"refused": 2}}
    return About(HOSTILE, "alpaca", RECORD, counts, gone, 6, {"without response": 4}, license)


def test_names_of_users_break_no_table_and_bring_no_markup() -> None:
    text = card_text(about(), yaml_text(card_head(about())))
    body = text.split("---\n")[2]
    assert "<script>" not in body.replace("\\<", "")
    assert "\x1b" not in text
    assert body.count("\n# ") == 1
    rows = [line for line in body.splitlines() if line.startswith("| rewrites by")]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 3


def test_the_hubs_own_reader_accepts_the_head() -> None:
    hub = pytest.importorskip("huggingface_hub")
    card = hub.DatasetCard(card_text(about("cc-by-4.0"), yaml_text(card_head(about("cc-by-4.0")))))
    assert card.data.license == "cc-by-4.0"
    assert card.data.pretty_name == visible(HOSTILE)
    assert card.data.configs[0]["data_files"] == [{"split": "train", "path": "train/*"}]


def test_a_card_says_counts_by_epoch_operation_and_reason(tmp_path: Path) -> None:
    run = finished_run(tmp_path, [("a", "b"), ("c", "d"), ("e", None)])
    hand_on(run.root, Wanted("alpaca", tmp_path / "out", card=True))
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert text.startswith("---\npretty_name: run\n")
    for line in (
        "| 0 | seed | 3 |",
        "| 2 | deepen | 3 |",
        "| 1 | no\\_gain | 1 |",
        "| without response | 3 |",
    ):
        assert line in text
    assert "Licence\n\nNone was given" in text
