"""A mix: every row of the runs stands in it once, kept or removed with a reason; always the same."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from schemas.errors import BadInput
from schemas.folders.mix import MixFolder
from schemas.settings.mixing import MixSettings
from tasks.doors.storage import shards
from tasks.doors.storage.shards import json_text
from tasks.mixing.mix import Mixed, mix
from tasks.mixing.status import mix_text
from tasks.sources.finished import examples, source_at
from tests.tasks.exported import HARD_TEXTS, finished_run, row_of

WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty"]


def told(n: int) -> str:
    """An instruction that is like no other."""
    return f"Task {n}: {WORDS[n % 10]} {n * 7919} {WORDS[n * 3 % 10]} {n * 104729} by {n * 31337}."


def run_of(place: Path, texts: Sequence[tuple[str, str | None]], name: str = "run") -> Path:
    folder = place / f"of-{name}"
    folder.mkdir()
    rows = [row_of(n, 0, *pair) for n, pair in enumerate(texts)]
    root = finished_run(folder, [], epochs=1, rows=rows).root
    return root.rename(place / name)


def many(place: Path, n: int, name: str = "run") -> Path:
    return run_of(place, [(told(i), f"Answer {i}.") for i in range(n)], name)


def mixed(place: Path, *runs: Path, **more: Any) -> tuple[Mixed, pd.DataFrame, pd.DataFrame]:
    """Mix, and return what came out with both tables."""
    out = place / more.pop("name", "mix")
    made = mix(MixSettings(runs=tuple(map(str, runs)), out=str(out), **more))
    removed = pd.read_parquet(out / "removed") if (out / "removed").exists() else pd.DataFrame()
    return made, pd.read_parquet(out / "data"), removed


def whole(root: Path) -> set[tuple[str, str]]:
    table = pd.read_parquet(root / "dataset")
    return set(zip(table["id"], table["instruction"], strict=True))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"dedup": "none"},
        {"dedup": "minhash"},
        {"dedup": "lexical"},
        {"versions": "latest"},
        {"sample": 4},
        {"sample": 4, "balance": "epoch"},
        {"decontaminate": ("own",), "part_rows": 2},
    ],
)
def test_every_row_stands_in_the_mix_once_kept_or_removed(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    texts = [
        ("Name a knot.", "A bowline."),
        ("Name  a KNOT.", "Reef."),
        ("Say it.", None),
        (told(1), "x"),
    ]
    root = finished_run(tmp_path, texts).root
    made, data, removed = mixed(tmp_path, root, **more)
    both = pd.concat([data, removed])
    assert set(zip(both["id"], both["instruction"], strict=True)) == whole(root)
    assert len(both) == len(whole(root)) == made.rows + sum(made.removed.values())
    assert made.removed["unanswered"] == 3
    assert removed["reason"].value_counts().to_dict() == made.removed
    assert removed["evidence"].str.len().min() > 0
    assert data["place"].tolist() == list(range(len(data)))


def test_the_same_runs_give_the_same_bytes_in_any_order_and_cut(tmp_path: Path) -> None:
    one, two = (
        many(tmp_path, 40, "one"),
        run_of(tmp_path, [(told(n), "b") for n in range(20, 60)], "two"),
    )
    _, first, _ = mixed(tmp_path, one, two, name="a", sample=30)
    _, turned, _ = mixed(tmp_path, two, one, name="b", sample=30)
    _, cut, _ = mixed(tmp_path, one, two, name="c", sample=30, part_rows=7)
    data = [(tmp_path / name / "data" / "part-00000.parquet").read_bytes() for name in "ab"]
    assert data[0] == data[1]
    assert len(list((tmp_path / "c" / "data").iterdir())) == 5
    pd.testing.assert_frame_equal(first, cut)
    pd.testing.assert_frame_equal(first, turned)
    assert set(first["run"]) == {"one", "two"}


def test_another_seed_gives_another_order_of_the_same_rows(tmp_path: Path) -> None:
    root = many(tmp_path, 30)
    _, first, _ = mixed(tmp_path, root, name="a")
    _, other, _ = mixed(tmp_path, root, name="b", rng_seed=1)
    assert set(first["id"]) == set(other["id"])
    assert first["id"].tolist() != other["id"].tolist() != sorted(other["id"])


def test_a_sample_has_exactly_its_rows_from_all_over(tmp_path: Path) -> None:
    root = many(tmp_path, 300)
    made, data, removed = mixed(tmp_path, root, sample=120)
    assert (made.rows, made.removed) == (120, {"not_sampled": 180})
    thirds = Counter(position // 100 for position in data["position"])
    # Of each hundred some forty; fewer than 20 would come once in a million draws.
    assert min(thirds.values()) > 20
    assert set(removed["reason"]) == {"not_sampled"}
    everything, _, _ = mixed(tmp_path, root, name="all", sample=1000)
    assert everything.rows == 300


def test_rows_of_two_runs_with_one_id_are_kept_apart(tmp_path: Path) -> None:
    one = run_of(tmp_path, [("Name a knot.", "Reef."), (told(1), "x")], "one")
    two = run_of(tmp_path, [("Name a sail.", "Jib."), (told(2), "x")], "two")
    _, data, _ = mixed(tmp_path, one, two)
    assert sorted(data["id"]) == ["one/s0", "one/s1", "two/s0", "two/s1"]
    assert data["seed_id"].tolist() == data["id"].tolist()


def test_duplicates_go_and_the_first_stays(tmp_path: Path) -> None:
    long = "Explain how a sailor ties a bowline around a post in heavy weather with cold hands"
    texts = [
        (f"{long}.", "a"), (f"  {long.upper()}.", "b"), (f"{long}!", "c"), (told(1), "d"),
        (f"{long}, please.", "e"),
    ]  # fmt: skip
    root = run_of(tmp_path, texts)
    _, exact, gone = mixed(tmp_path, root, name="a")
    assert set(exact["response"]) == {"a", "c", "d", "e"}
    assert gone["match"].tolist() == [texts[1][0]]
    _, near, gone = mixed(tmp_path, root, name="b", dedup="minhash")
    assert set(near["response"]) == {"a", "d"}
    assert gone.set_index("response")["match"].to_dict()["e"] == texts[0][0]
    _, meant, gone = mixed(tmp_path, root, name="c", dedup="lexical", lexical_similarity=0.9)
    assert set(meant["response"]) == {"a", "d"}
    assert set(gone["reason"]) == {"exact_duplicate", "lexical_duplicate"}
    assert gone.set_index("response")["evidence"]["e"].endswith(" to s0")


NOTICE = (
    "Read the notice and answer the landlord in about eighty words. Notice: from the first of May the "
    "boiler in the cellar is replaced, so that for nine days there is no warm water on the upper "
    "floors. "
    "Whoever has small children may use the showers of the sports hall across the yard between six and "
    "eight, if they ask for a key at the office a day before."
)
ADDED = (
    " Name two dates, mention one neighbour by name, and close with a polite question about rent."
)


def evolved(place: Path) -> Path:
    """Two lines: a long seed with two children that each add 14 words, and a seed that stands alone."""
    rows = [
        row_of(0, 0, NOTICE, "first"),
        row_of(1, 0, told(1), "alone"),
        replace(row_of(2, 1, NOTICE + ADDED, "second"), seed_id="s0"),
        replace(row_of(3, 2, NOTICE + ADDED + ADDED.upper(), "third"), seed_id="s0"),
    ]
    return finished_run(place, [], epochs=2, rows=rows).root


@pytest.mark.parametrize("dedup", ["minhash", "lexical"])
def test_a_child_is_no_duplicate_of_its_own_line_and_both_stay(tmp_path: Path, dedup: str) -> None:
    """Else a mix would throw away what the run was paid for, and keep the easy parents."""
    made, data, _ = mixed(tmp_path, evolved(tmp_path), dedup=dedup)
    assert set(data["response"]) == {"first", "alone", "second", "third"}
    assert made.let_be == 2
    assert "2 rows near another of their own line" in mix_text(MixFolder(tmp_path / "mix"))


@pytest.mark.parametrize("dedup", ["minhash", "lexical"])
def test_a_child_that_repeats_another_line_goes(tmp_path: Path, dedup: str) -> None:
    rows = [
        row_of(0, 0, told(2), "own seed"),
        row_of(1, 0, NOTICE, "other line"),
        replace(row_of(2, 1, NOTICE + " Thanks.", "child"), seed_id="s0"),
    ]
    root = finished_run(tmp_path, [], epochs=1, rows=rows).root
    made, data, removed = mixed(tmp_path, root, dedup=dedup)
    assert set(data["response"]) == {"own seed", "other line"}
    assert made.let_be == 0
    assert removed["match"].tolist() == [NOTICE]


def test_the_latest_version_of_a_line_may_stand_alone(tmp_path: Path) -> None:
    made, data, removed = mixed(tmp_path, evolved(tmp_path), versions="latest")
    assert set(data["response"]) == {"third", "alone"}
    assert made.removed == {"earlier_version": 2}
    assert set(removed["response"]) == {"first", "second"}


def test_semantic_is_refused_without_embeddings_that_know_meaning(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="give embeddings sentences:PATH, or dedup lexical"):
        mixed(tmp_path, many(tmp_path, 3), dedup="semantic")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("请说明，为什么海水是咸的，并举两个例子。", "请说明,为什么海水是咸的，并举两个例子!"),
        ("请写一首关于冬天山里小村的八行短诗，不要押韵。",
        "请写一首关于冬天山里小镇的八行短诗，不要押韵。"),
        ("List three lakes that border the state of Ohio.",
        "List seven lakes that border the state of Ohio."),
    ],
)  # fmt: skip
def test_lexical_finds_one_word_or_mark_that_differs_in_any_script(
    tmp_path: Path, one: str, other: str
) -> None:
    root = run_of(tmp_path, [(one, "a"), (other, "b"), (told(1), "c"), ("请列出三种鸟。", "d")])
    _, data, _ = mixed(tmp_path, root, dedup="lexical")
    assert set(data["response"]) == {"a", "c", "d"}


ITEM = (
    "A ferry leaves Harwich at nine with forty cars; how many more fit if each deck holds sixty "
    "cars?"
)


def test_rows_that_hold_a_test_item_go_and_both_texts_are_listed(tmp_path: Path) -> None:
    tests = tmp_path / "tests.jsonl"
    items = [
        {"id": "ferry", "instruction": ITEM},
        {"id": "brief", "instruction": "Name five knots for sailors."},
    ]
    tests.write_text("".join(json.dumps(item) + "\n" for item in items))
    some = " ".join(ITEM.split()[:9])
    texts = [
        (f"Read this. {ITEM.upper()} Explain.", "held in the question"),
        ("What was asked?", f"They asked: {ITEM}"),
        (f"{some} passengers on a rainy day in spring?", "eight words alone"),
        ("Please name five knots for sailors, quickly.", "all of a short item"),
        (told(1), "clean"),
    ]
    root = run_of(tmp_path, texts)
    made, data, removed = mixed(tmp_path, root, decontaminate=(str(tests),))
    assert set(data["response"]) == {"eight words alone", "clean"}
    assert set(removed["reason"]) == {"contaminated"}
    assert removed.set_index("response")["match"]["held in the question"] == ITEM
    hits = pd.read_parquet(tmp_path / "mix" / "hits.parquet")
    assert len(hits) == made.hits == 4
    kept = hits[~hits["is_removed"]]
    assert kept["response"].tolist() == ["eight words alone"]
    assert (kept["ngram"] == 8).all()
    assert (kept["share"] > 0).all() and (kept["share"] < 0.5).all()
    assert set(hits["test_id"]) == {"ferry", "brief"}
    assert made.flagged == {"test_words": 1}
    assert data.set_index("response")["flags"]["eight words alone"] == "test_words"
    assert set(hits["test_file"]) == {"tests.jsonl"}
    assert not removed["evidence"].str.contains(str(tmp_path)).any()
    assert hits["test"].str.len().min() > 0 < hits["instruction"].str.len().min()


def test_a_share_of_the_8_grams_is_enough(tmp_path: Path) -> None:
    tests = tmp_path / "tests.json"
    tests.write_text(json.dumps([ITEM]))
    twelve = " ".join(ITEM.split()[:12])
    root = run_of(tmp_path, [(f"{twelve} boats?", "most"), (told(1), "x")])
    _, data, _ = mixed(tmp_path, root, name="a", decontaminate=(str(tests),))
    assert set(data["response"]) == {"most", "x"}
    _, data, _ = mixed(
        tmp_path, root, name="b", decontaminate=(str(tests),), contaminated_share=0.3
    )
    assert set(data["response"]) == {"x"}


def test_epochs_are_balanced_and_the_small_ones_give_all(tmp_path: Path) -> None:
    rows = [row_of(n, epoch, told(100 * epoch + n), "x") for epoch, size in enumerate((30, 30, 4))
            for n in range(size)]  # fmt: skip
    root = finished_run(tmp_path, [], rows=rows).root
    _, data, _ = mixed(tmp_path, root, sample=24, balance="epoch")
    assert data["epoch"].value_counts().to_dict() == {0: 10, 1: 10, 2: 4}


def test_skills_are_balanced_where_seeds_have_some(tmp_path: Path) -> None:
    rows = [
        replace(row_of(n, 0, told(n), "x"), extra=json.dumps({"Skill": "Math" if n < 3 else "Law"}))
        for n in range(20)
    ]
    root = finished_run(tmp_path, [], epochs=1, rows=rows).root
    _, data, _ = mixed(tmp_path, root, sample=6, balance="skill")
    skills = data["extra"].map(lambda x: json.loads(x)["Skill"])
    assert skills.value_counts().to_dict() == {"Math": 3, "Law": 3}


def test_all_texts_come_through_as_they_were(tmp_path: Path) -> None:
    texts = [(f"{n} {text}", f"{text} {n}") for n, text in enumerate(HARD_TEXTS)]
    _, data, _ = mixed(tmp_path, run_of(tmp_path, texts), dedup="none")
    assert set(zip(data["instruction"], data["response"], strict=True)) == set(texts)


def test_a_mix_is_handed_on_and_learned_from_like_a_run(tmp_path: Path) -> None:
    root = many(tmp_path, 9)
    _, data, _ = mixed(tmp_path, root, sample=5)
    source = source_at(tmp_path / "mix")
    left_out: Counter[str] = Counter()
    handed = list(examples(source, left_out))
    assert [one.id for one in handed] == data["id"].tolist()
    assert {one.run for one in handed} == {"run"}
    assert not left_out
    assert str(tmp_path) not in json_text(source.record)


def test_the_same_mix_is_left_alone_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    root = many(tmp_path, 9)
    first, _, _ = mixed(tmp_path, root, sample=5)
    again, _, _ = mixed(tmp_path, root, sample=5)
    assert (first.is_new, again.is_new) == (True, False)
    assert first._replace(is_new=False) == again
    with pytest.raises(BadInput, match="is not this mix"):
        mixed(tmp_path, root, sample=6)
    part = tmp_path / "mix" / "data" / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(BadInput, match="not as it was mixed"):
        mixed(tmp_path, root, sample=5)


def _unfinished(place: Path) -> Path:
    root = many(place, 3, "unfinished")
    record = shards.read_json(root / "run.json")
    shards.write_json({**record, "state": "running"}, root / "run.json")
    return root


@pytest.mark.parametrize(
    ("make", "more", "said"),
    [
        (_unfinished, {}, "is not finished"),
        (lambda place: place / "nowhere", {}, "neither run.json nor mix.json"),
        (lambda place: many(place, 3), {"balance": "skill", "sample": 2}, "take epoch"),
        (lambda place: many(place, 3), {"select_top": 2}, "evolflow score"),
        (lambda place: many(place, 3), {"decontaminate": ("nowhere.jsonl",)}, "decontaminate"),
        (lambda place: many(place, 3), {"embeddings": "openai/x"}, "buys nothing"),
        (lambda place: run_of(place, [("a", None), ("b", " "), ("c", None)]), {}, "no row is left"),
        (lambda place: many(place, 3), {"name": "run/mix"}, "lies in"),
    ],
)
def test_what_cannot_be_mixed_is_said_in_one_line_and_leaves_nothing(
    tmp_path: Path, make: Any, more: dict[str, Any], said: str
) -> None:
    root = make(tmp_path)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match=said) as refused:
        mixed(tmp_path, root, **more)
    assert "\n" not in str(refused.value)
    assert set(tmp_path.rglob("*")) == before


def test_a_mix_of_a_mix_is_refused(tmp_path: Path) -> None:
    mixed(tmp_path, many(tmp_path, 3))
    with pytest.raises(BadInput, match="is a mix already"):
        mixed(tmp_path, tmp_path / "mix", name="again")
