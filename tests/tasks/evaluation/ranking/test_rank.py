"""What a ranking shows, what it remembers, and that votes survive every file format."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import BadInput
from schemas.folders.evaluation import EvaluationFolder
from schemas.tables.vote import Aspect, Vote
from tasks.doors.storage.ledger import Ledger
from tasks.doors.storage.places import place
from tasks.evaluation.ranking.rank import (
    Wanted,
    entry_token,
    export_votes,
    import_votes,
    load_ranking,
    opened_desk,
)
from tasks.evaluation.ranking.votes import append, read_votes
from tests.servers.ranking import SYSTEMS, evaluation
from tests.tasks.voting import vote

HOSTILE = ("=1+1", "zy,\"x'\n", "-quoll\r\n")
NAMES = st.sampled_from(["Ann", "=cmd()", "@Bo", "Zoë, the 2nd", "'-x", "true", "12"])


@pytest.fixture
def folder(tmp_path: Path) -> EvaluationFolder:
    return evaluation(tmp_path / "run")


@st.composite
def votes(draw: st.DrawFn) -> list[Vote]:
    """Votes on three items of three systems, any number of raters, ties, skips and repetitions."""
    made = []
    for n in range(draw(st.integers(1, 5))):
        order = draw(st.permutations(HOSTILE))
        is_skipped = draw(st.booleans())
        aspects = draw(st.sets(st.sampled_from(Aspect))) | {Aspect.OVERALL}
        ranks = {
            aspect: {system: draw(st.integers(1, 3)) for system in order}
            for aspect in sorted(aspects)
        }
        made.append(
            Vote(
                id=f"v{n}",
                rater=draw(NAMES),
                item_id=f"i{draw(st.integers(0, 2))}",
                is_repeat=draw(st.booleans()),
                order=tuple(order),
                ranks={} if is_skipped else ranks,
                is_skipped=is_skipped,
                at="2026-01-01T00:00:00.000+00:00",
            )
        )
    return made


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".json"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given_votes=votes())
def test_votes_come_back_from_a_file_as_they_were(ending: str, given_votes: list[Vote]) -> None:
    with TemporaryDirectory() as name:
        folder = evaluation(Path(name) / "run", systems=HOSTILE)
        with Ledger(folder.votes) as book:
            append(book, given_votes)
        out = Path(name) / f"votes{ending}"
        assert export_votes(folder, out) == len(given_votes)
        assert import_votes(folder, out) == (0, len(given_votes))
        folder.votes.unlink()
        assert import_votes(folder, out) == (len(given_votes), 0)
        assert import_votes(folder, out) == (0, len(given_votes))
        by_id = {one.id: one for one in read_votes(folder.votes).standing()}
        assert by_id == {one.id: one for one in given_votes}


def test_a_ranking_remembers_what_it_was_asked_for(folder: EvaluationFolder) -> None:
    with opened_desk(folder, Wanted(raters=5, repeat_share=0.0)) as desk:
        first = desk.ranking
    assert (first.raters, first.repeat_share, first.style) == (5, 0.0, "choose")
    assert first.systems == SYSTEMS
    with opened_desk(folder, Wanted(style="rank")) as desk:
        assert desk.ranking == first.model_copy(update={"style": "rank"})
    with opened_desk(folder, Wanted()) as desk:
        assert desk.ranking.style == "rank"
    assert load_ranking(folder) == desk.ranking
    assert len(entry_token(first)) == 32


def test_the_canary_and_items_without_two_answers_are_not_shown(tmp_path: Path) -> None:
    folder = evaluation(
        tmp_path / "run",
        systems=("a", "b", "c"),
        answer=lambda n, system: None if n == 0 or (n == 1 and system == "c") else system,
    )
    with opened_desk(folder, Wanted()) as desk:
        shown = {item: set(one.answers) for item, one in desk.items.items()}
    assert shown == {"i1": {"a", "b"}, "i2": {"a", "b", "c"}}
    with opened_desk(folder, Wanted(systems=("c", "a"))) as desk:
        assert list(desk.items) == ["i2"]
        assert desk.style == "choose"


def test_systems_cannot_change_once_there_are_votes(folder: EvaluationFolder) -> None:
    three = evaluation(folder.root.parent / "three", systems=(*SYSTEMS, "wumpus-3"))
    with opened_desk(three, Wanted(systems=SYSTEMS)):
        pass
    with opened_desk(three, Wanted(systems=(*SYSTEMS, "wumpus-3"))):
        pass
    with Ledger(three.votes) as book:
        append(book, [vote("Ann", "i0", dict.fromkeys((*SYSTEMS, "wumpus-3"), 1))])
    with (
        pytest.raises(BadInput, match="holds votes on zyxomma-7, quollbert-9, wumpus-3"),
        opened_desk(three, Wanted(systems=SYSTEMS)),
    ):
        pass


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        (Wanted(systems=("zyxomma-7", "zyxomma-7")), "two different ones"),
        (Wanted(systems=(*SYSTEMS, "null-model")), "has no answers of null-model"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    folder: EvaluationFolder, wanted: Wanted, complaint: str
) -> None:
    with pytest.raises(BadInput, match=complaint), opened_desk(folder, wanted):
        pass
    assert not folder.ranking.exists()


def test_choosing_is_for_two(tmp_path: Path) -> None:
    folder = evaluation(tmp_path / "run", systems=("a", "b", "c"))
    with (
        pytest.raises(BadInput, match="choose is for two systems, here are 3"),
        opened_desk(folder, Wanted(style="choose")),
    ):
        pass


def test_a_ranking_of_somebody_else_and_an_unknown_ending_are_said(
    folder: EvaluationFolder, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="unknown ending"):
        export_votes(folder, tmp_path / "votes.xlsx")
    folder.ranking.parent.mkdir(parents=True)
    folder.ranking.write_text('{"systems": ["a"]}')
    with pytest.raises(BadInput, match="put back the file"), opened_desk(folder, Wanted()):
        pass


def test_tasks_can_be_exported_before_the_first_vote_and_while_a_ranking_is_served(
    folder: EvaluationFolder, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="no votes yet"):
        export_votes(folder, tmp_path / "votes.csv")
    assert export_votes(folder, tmp_path / "first.json") == 0
    with opened_desk(folder, Wanted()):
        assert export_votes(folder, tmp_path / "second.json") == 0
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()
    with pytest.raises(BadInput, match="has no answers"):
        export_votes(EvaluationFolder(tmp_path / "nothing"), tmp_path / "third.json")
    assert not (tmp_path / "nothing").exists()


def test_votes_are_not_written_through_a_link_to_somebody_elses_file(
    folder: EvaluationFolder, tmp_path: Path
) -> None:
    """A folder may come from a stranger."""
    other = tmp_path / "precious"
    other.write_text("mine")
    folder.votes.parent.mkdir()
    folder.votes.symlink_to(other)
    with pytest.raises(BadInput, match="is a link to"), opened_desk(folder, Wanted()):
        pass
    assert other.read_text() == "mine"


def test_a_run_on_an_object_store_takes_votes_too(bucket: str) -> None:
    folder = evaluation(place(f"{bucket}/run"))
    for count in (1, 2):
        with opened_desk(folder, Wanted()) as desk:
            ballot = desk.ballot("Ann")
            assert ballot is not None
            desk.save("Ann", ballot.id, {Aspect.OVERALL: {1: 1, 2: 1}})
            assert len(read_votes(folder.votes).standing()) == count
