"""A folder is looked at before it is used, and looking leaves nothing."""

from pathlib import Path

import pytest

from schemas.errors import BadInput
from tasks.doors.storage.folders import real, require_no_links, require_outside, require_writable
from tasks.doors.storage.places import place as place_of


def test_looking_leaves_nothing_behind(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "new", tmp_path / "new" / "deeper"):
        require_writable(folder)
        require_no_links(folder)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["/proc/run", "/proc/1/task/run", "/sys/run"])
def test_a_place_that_takes_no_files_is_named_with_the_reason(place: str) -> None:
    with pytest.raises(BadInput) as refused:
        require_writable(Path(place))
    assert str(refused.value).startswith(f"out: {place} cannot be written (")
    assert "choose another folder" in str(refused.value)


def test_a_link_at_any_depth_is_named_with_its_target(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    require_no_links(tmp_path)
    for name, target in (("a/b/file", "/etc/passwd"), ("a/folder", "/etc"), ("dead", "/nowhere")):
        link = tmp_path / name
        link.symlink_to(target)
        with pytest.raises(BadInput, match=f"{link} is a link to {target}"):
            require_no_links(tmp_path)
        link.unlink()


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    require_no_links(tmp_path / "link")
    (tmp_path / "real" / "inside").symlink_to("/etc")
    with pytest.raises(BadInput, match="inside is a link to /etc"):
        require_no_links(tmp_path / "link")


def test_a_prefix_that_can_be_written_passes_and_keeps_no_trace(bucket: str) -> None:
    folder = place_of(f"{bucket}/run")
    require_writable(folder)
    require_no_links(folder)
    assert list(folder.rglob("*")) == []


def test_a_bucket_that_is_not_there_is_named_before_anything_is_bought(bucket: str) -> None:
    del bucket
    told = r"^out: s3://no-such-bucket-here/run cannot be written \(no such object or bucket\); "
    with pytest.raises(BadInput, match=told):
        require_writable(place_of("s3://no-such-bucket-here/run"))


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("run.json", '{"run_id": "a", "state": "done"}'),
        ("run.json", "damaged"),
        ("mix.json", '{"made_from": "a"}'),
        ("export.json", '{"made_from": "a"}'),
    ],
)
@pytest.mark.parametrize("within", ["inner", "dataset/epoch-1/inner", "work/x/y"])
def test_a_folder_within_one_of_ours_is_refused_wherever_it_lies(
    tmp_path: Path, record: str, said: str, within: str
) -> None:
    (tmp_path / "outer").mkdir()
    (tmp_path / "outer" / record).write_text(said)
    with pytest.raises(BadInput, match=f"lies in {tmp_path / 'outer'}, which keeps to itself"):
        require_outside(tmp_path / "outer" / within)
    (tmp_path / "link").symlink_to(tmp_path / "outer")
    with pytest.raises(BadInput, match="lies in"):
        require_outside(tmp_path / "link" / within)


def test_a_folder_beside_ours_or_below_somebody_elses_passes(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "run.json").write_text('{"run_id": "a"}')
    require_outside(tmp_path / "one")
    require_outside(tmp_path / "two" / "inner")
    (tmp_path / "run.json").write_text('{"scripts": {}}')
    require_outside(tmp_path / "two")


def test_where_links_lead_in_a_circle_is_said_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert real(tmp_path / "a").parent == tmp_path.resolve()
    (tmp_path / "c").mkdir()
    (tmp_path / "d").symlink_to(tmp_path / "c")
    assert real(tmp_path / "d" / "x") == tmp_path.resolve() / "c" / "x"
