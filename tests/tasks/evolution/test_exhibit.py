"""What is shown of an epoch: numbers as they are counted, and strangers' texts as nothing but text."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from schemas.documents.status import EpochStatus, StageBill, Waiting
from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.reasons import Reason
from schemas.stages import Stage
from schemas.tables.row import STAGE, Row, to_rows, to_table
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.evolution import exhibit
from tasks.runs import ui_names

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""What Prefect takes as a key."""
DEEPEN, CONCRETIZE = "deepen", "concretize"
BREADTH = "in_breadth"
HOSTILE = [
    "a plain text",
    "",
    "\n\n  \n",
    "```\nout of the fence\n```",
    "`````` six, and ``` three",
    "`" * 700,
    "~~~\n</code></pre><script>alert(1)</script>",
    "    indented\n\tby a tab\n> quoted\n# a heading\n- a list",
    "[a](javascript:alert(1)) ![b](http://127.0.0.1:9/b.png) <http://127.0.0.1:9/>",
    "first\r\nsecond\rthird\u2028fourth \x1b[2J \u202eturned",
    "one " * 100,
    "w" * 599,
    "数" * 300,
]


def folder_of(place: Path, operations: list[tuple[str, str]]) -> RunFolder:
    """A settled epoch 1 in shards of two rows: operation and verdict of each child."""
    folder = RunFolder(place / "run")
    child = Row("s0-1", "s0", 0, 1, "after", parent_id="s0", attempts=1)
    rows = [
        replace(
            child, id=f"s{n}-1", seed_id=f"s{n}", position=n, instruction=f"after {n}",
            parent_instruction=f"before {n}", operation=operation, reason=reason,
        )
        for n, (operation, reason) in enumerate(operations)
    ]  # fmt: skip
    for shard in range(0, len(rows), 2):
        part = to_table(rows[shard : shard + 2], STAGE)
        for stage in ("pool", "eliminate", "advance"):
            shards.write_table(part, folder.stage_shard(1, stage, shard // 2))
    return folder


def kept(*operations: str) -> list[tuple[str, str]]:
    return [(operation, Reason.KEPT.value) for operation in operations]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_fenced_text_is_one_block_of_code_and_nothing_else(text: str) -> None:
    """Read by a parser of CommonMark: whatever it held, no link, picture or HTML comes out."""
    (block,) = MarkdownIt("commonmark").parse(exhibit.fenced(text))
    assert (block.type, block.info) == ("fence", "text")
    shown = "".join(block.content.split())
    for word in text[:590].split():
        assert word.isascii() is False or not word.isprintable() or word in shown
    assert max(len(line) for line in block.content.split("\n")) <= 80
    assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]", block.content) is None


def test_a_long_text_is_cut_and_says_so() -> None:
    (block,) = MarkdownIt("commonmark").parse(exhibit.fenced("long " * 1_000))
    assert len("".join(block.content.split())) <= 600
    assert block.content.rstrip().endswith("…")


def test_texts_that_try_to_leave_their_fences_leave_the_pairs_in_order(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, kept(DEEPEN, CONCRETIZE, BREADTH))
    path = folder.stage_shard(1, "advance", 0)
    rows = [
        replace(row, instruction="`````\n# out\n```") for row in to_rows(shards.read_table(path))
    ]
    shards.write_table(to_table(rows, STAGE), path)
    blocks = MarkdownIt("commonmark").parse(exhibit.pairs_text(folder, 1))
    assert [b.type for b in blocks if b.type in ("fence", "heading_open")] == [
        "heading_open", "fence", "fence",
    ] * 3  # fmt: skip
    assert {b.content for b in blocks if b.type == "inline"} == {
        "Before", "After", f"1. {DEEPEN}", f"2. {CONCRETIZE}", f"3. {BREADTH}",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("children", "shown"),
    [
        (kept(DEEPEN, DEEPEN, CONCRETIZE, BREADTH, DEEPEN), [0, 2, 3]),
        (kept(DEEPEN, DEEPEN, DEEPEN, DEEPEN), [0, 1, 2]),
        (kept(DEEPEN, DEEPEN, CONCRETIZE), [0, 2, 1]),
        ([(DEEPEN, Reason.NO_GAIN.value), *kept(CONCRETIZE, BREADTH)], [1, 2]),
        ([(DEEPEN, Reason.NO_GAIN.value)] * 3, []),
    ],
)
def test_three_kept_children_of_different_operations_stand_beside_their_parents(
    children: list[tuple[str, str]], shown: list[int], tmp_path: Path
) -> None:
    """The same run gives the same pairs, wherever its shards were cut."""
    pairs = exhibit.pairs_of(folder_of(tmp_path, children), 1)
    assert [(pair.before, pair.after) for pair in pairs] == [
        (f"before {n}", f"after {n}") for n in shown
    ]
    assert [pair.operation for pair in pairs] == [children[n][0] for n in shown]


def test_an_epoch_without_a_kept_child_says_so(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [(DEEPEN, Reason.NO_GAIN.value)] * 3)
    assert exhibit.pairs_text(folder, 1) == "No child was kept in this epoch."


def bill_with(cost_usd: float | None) -> StageBill:
    return StageBill(
        rows=9, calls=8, sent=8, failed=1, unknown=0, prompt_tokens=70, completion_tokens=6,
        cost_usd=cost_usd, calls_per_s=None,
    )  # fmt: skip


def epoch_with(cost_usd: float | None) -> EpochStatus:
    bills = {stage: cost_usd if stage is Stage.RESPOND else 0.1 for stage in Stage}
    return EpochStatus(
        epoch=1, rows=9, judged=9, kept=6, kept_by_operation={DEEPEN: 5, BREADTH: 1},
        eliminated={"no_gain": {DEEPEN: 2}, "[a](javascript:b)": {"<img src=x>": 1}},
        stages={stage.value: bill_with(usd) for stage, usd in bills.items()},
        unanswered_yet=Waiting(sent=0, unknown=0, cost_usd=0.0),
    )  # fmt: skip


def test_verdicts_are_counted_by_operation_and_in_all_and_hold_our_words_only() -> None:
    """A damaged or foreign file may hold anything where a verdict belongs."""
    assert exhibit.verdicts(epoch_with(0.1)) == [
        {"verdict": "kept", "·img·src·x·": 0, DEEPEN: 5, BREADTH: 1, "all": 6},
        {"verdict": "no_gain", "·img·src·x·": 0, DEEPEN: 2, BREADTH: 0, "all": 2},
        {"verdict": "·a··javascript·b·", "·img·src·x·": 1, DEEPEN: 0, BREADTH: 0, "all": 1},
    ]


def test_a_bill_has_a_row_a_stage_and_their_sum() -> None:
    found = exhibit.bill(epoch_with(0.25))
    assert [row["stage"] for row in found] == [*(stage.value for stage in Stage), "all"]
    assert [row["USD"] for row in found] == [0.1, 0.1, 0.25, 0.1, 0.55]
    sums = {"rows": 9, "calls": 32, "failed": 4, "prompt tokens": 280, "completion tokens": 24}
    assert found[-1] == {"stage": "all", **sums, "USD": 0.55}


def test_an_unknown_price_is_no_price_of_nothing() -> None:
    found = exhibit.bill(epoch_with(None))
    assert [row["USD"] for row in found] == [0.1, 0.1, "unknown", 0.1, "unknown"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("alpaca-4x-gpt-4.1-mini-2026-11-22", "alpaca-4x-gpt-4-1-mini-2026-11-22"),
        ("My_Run (2)", "my-run-2"),
        ("<img src=x>", "img-src-x"),
    ],
)
def test_an_artifacts_key_is_the_run_folders_name_as_far_as_keys_go(name: str, slug: str) -> None:
    assert exhibit.key(RunFolder(Path(name)), 2, "bill") == f"{slug}-epoch-2-bill"


def test_names_that_keys_cannot_hold_stay_apart_and_stay_the_same() -> None:
    """Else two runs' figures would stand as versions of one another."""
    names = ["数据", "数学", "...", "---", "run-数", "run"]
    keys = [exhibit.key(RunFolder(Path(name)), 1, "bill") for name in names]
    assert len(set(keys)) == len(names)
    assert all(KEY.fullmatch(key) for key in keys)
    assert keys == [exhibit.key(RunFolder(Path(name)), 1, "bill") for name in names]


@pytest.mark.parametrize("base", ["https://reports.example/runs", "http://host:8000/"])
def test_a_report_that_is_served_is_linked_where_it_is_served(
    base: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(ui_names.REPORTS_URL, base)
    ui_names.check()
    address = ui_names.report_address(RunFolder(tmp_path / "a (b)[c]"))
    assert address == f"{base.rstrip('/')}/a%20%28b%29%5Bc%5D/report/index.html"


def test_a_report_that_is_not_served_is_linked_as_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(ui_names.REPORTS_URL, raising=False)
    ui_names.check()
    address = ui_names.report_address(RunFolder(tmp_path / "a (b)`c`"))
    assert address == f"{tmp_path.as_uri()}/a%20%28b%29%60c%60/report/index.html"
    address = ui_names.report_address(RunFolder(place("s3://bucket/a (b)`c`")))
    assert address == "s3://bucket/a%20%28b%29%60c%60/report/index.html"


@pytest.mark.parametrize("base", ["reports.example", "ftp://x/", "javascript:a()", "http://a/ b)"])
def test_an_address_of_reports_that_is_none_is_refused_before_the_run(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ui_names.REPORTS_URL, base)
    with pytest.raises(BadInput, match=rf"^{ui_names.REPORTS_URL}: .* is no http:// .*unset it$"):
        ui_names.check()
