"""Whatever a file of strangers holds: it is imported whole, or refused in one line."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import BadInput
from schemas.folders.evaluation import EvaluationFolder
from tasks.evaluation.published.published import Format, export_run, import_file
from tests.tasks.evaluation.published.test_alpaca_eval import ROW
from tests.tasks.evaluation.published.test_mt_bench import pair, score

# With half characters, which JSON can hold and UTF-8 cannot.
TEXT = st.text(st.characters())
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
OWN = {"item": "a", "position": 0, "protocol": "both-orders", "model_1": None, "model_2": "m",
       "words_1": 2, "words_2": 6, "skill": "", "difficulty": 3, "prompt": "general",
       "games": [{"is_system_first": True, "preference": 1.0, "score_system": 9.0,
                  "score_baseline": 3.0, "verdict": "9 3", "why_unscored": None}]}  # fmt: skip
VOTE = {"question_id": 81, "model_a": "ours", "model_b": "theirs", "winner": "tie", "turn": 1,
        "judge": "expert_1", "conversation_a": [{"content": "Q"}, {"content": "A"}],
        "conversation_b": [{"content": "Q"}, {"content": "B"}]}  # fmt: skip
SHAPES: list[tuple[Format, dict[str, Any], dict[str, Any]]] = [
    ("alpaca_eval", ROW, ROW),
    ("alpaca_eval", {**ROW, "evolflow": OWN}, {**ROW, "evolflow": {**OWN, "item": "b"}}),
    ("mt_bench", pair(81, "model_1", "tie"), pair(82, "tie", "tie")),
    ("mt_bench", VOTE, {**VOTE, "question_id": 82}),
    ("mt_bench", score("ours", 9), score("theirs", 7)),
]


def whole_or_refused(file: Path, file_format: Format, out: Path) -> None:
    folder = EvaluationFolder(out)
    try:
        made = import_file(file, file_format, folder, None)
    except BadInput as e:
        assert "\n" not in str(e)
        assert not folder.run_json.exists()
        return
    json.dumps(made.results.plain(), allow_nan=False)
    assert json.loads(folder.results.read_text()) == made.results.plain()
    export_run(folder, out / "again.json")


@pytest.mark.parametrize(("file_format", "row", "other"), SHAPES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_with_anything_in_a_column_is_imported_or_refused(
    file_format: Format, row: dict[str, Any], other: dict[str, Any], data: st.DataObject
) -> None:
    column = data.draw(st.sampled_from(sorted(row)))
    changed = {**row, column: data.draw(ANYTHING)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "judgments.json"
        file.write_text(json.dumps([other, changed]), encoding="utf-8")
        whole_or_refused(file, file_format, Path(folder) / "run")


@pytest.mark.parametrize("file_format", ["alpaca_eval", "mt_bench"])
@settings(max_examples=30, deadline=None)
@given(content=st.binary(max_size=60))
def test_a_file_of_any_bytes_is_refused(file_format: Format, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "judgments.json"
        file.write_bytes(content)
        with pytest.raises(BadInput):
            import_file(file, file_format, EvaluationFolder(Path(folder) / "run"), None)


def test_a_judges_name_stays_on_its_line(tmp_path: Path) -> None:
    """Names are strangers' text: one with a line break must not forge a second message."""
    file = tmp_path / "annotations.json"
    file.write_text(
        json.dumps([ROW, {**ROW, "instruction": "b", "annotator": "x\nevolflow: done"}])
    )
    with pytest.raises(BadInput, match=r"2 judges \('some-judge', 'x\\nevolflow: done'\)"):
        import_file(file, "alpaca_eval", EvaluationFolder(tmp_path / "run"), None)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a file"):
        import_file(tmp_path, "alpaca_eval", EvaluationFolder(tmp_path / "run"), None)


def test_an_import_that_was_cut_off_is_made_whole_by_the_same_again(tmp_path: Path) -> None:
    file, folder = tmp_path / "annotations.json", EvaluationFolder(tmp_path / "run")
    file.write_text(json.dumps([ROW]))
    made = import_file(file, "alpaca_eval", folder, None)
    folder.results.unlink()
    folder.manifest.unlink()
    record = json.loads(folder.run_json.read_text())
    folder.run_json.write_text(json.dumps({**record, "state": "running"}))
    assert import_file(file, "alpaca_eval", folder, None) == made
    again = json.loads(folder.run_json.read_text())
    assert (again["state"], again["run_id"]) == ("done", record["run_id"])
