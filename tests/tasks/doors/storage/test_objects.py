"""Objects: written whole, listed like folders, and written on condition that nobody else did."""

import pytest

from tasks.doors.storage.places import fetch, mark_of, place, swap

CONTENTS = {"a.txt": b"one", "work/b.txt": b"two", "work/deep/c.parquet": b"three"}


def filled(bucket: str) -> dict[str, bytes]:
    for name, content in CONTENTS.items():
        (place(f"{bucket}/run") / name).write_bytes(content)
    # A neighbour whose name begins alike is no part of it.
    place(f"{bucket}/runner/z.txt").write_bytes(b"other")
    return CONTENTS


def test_what_was_put_is_there_and_can_be_listed_as_a_folder(bucket: str) -> None:
    root = place(f"{bucket}/run")
    assert not root.exists() and list(root.iterdir()) == [] and list(root.rglob("*")) == []
    for name, content in filled(bucket).items():
        path = root / name
        assert path.read_bytes() == content and path.read_text() == content.decode()
        assert path.exists() and path.is_file() and path.stat().st_size == len(content)
    assert (root / "d.txt").write_text("绳子") == 6 and (root / "d.txt").read_text() == "绳子"
    (root / "d.txt").unlink()
    assert root.is_dir() and (root / "work").exists() and not (root / "work").is_file()
    assert [path.name for path in root.iterdir()] == ["a.txt", "work"]
    assert list((root / "work").glob("*.txt")) == [root / "work" / "b.txt"]
    assert sorted(root.rglob("*")) == sorted(root / name for name in CONTENTS)
    assert list(root.rglob("c*")) == [root / "work/deep/c.parquet"]
    assert {path.name for path in place(bucket).iterdir()} == {"run", "runner"}


def test_a_removed_object_is_gone_and_may_be_removed_once_more(bucket: str) -> None:
    filled(bucket)
    path = place(f"{bucket}/run/a.txt")
    for _ in range(2):
        path.unlink(missing_ok=True)
        assert not path.exists() and fetch(path) is None
    assert place(f"{bucket}/run/work/b.txt").exists()


def test_of_two_who_write_on_what_they_saw_one_is_refused(bucket: str) -> None:
    path = place(f"{bucket}/run/manifest.json")
    first = swap(path, b"first", None)
    with pytest.raises(FileExistsError):
        swap(path, b"mine, too", None)
    assert swap(path, b"second", first) == mark_of(path)
    with pytest.raises(FileExistsError):
        swap(path, b"late", first)
    seen = fetch(path)
    assert seen is not None and seen.content == b"second" and -5 < seen.age_s < 60
    path.unlink()
    with pytest.raises(FileExistsError):
        swap(path, b"of something gone", seen.mark)


def test_what_goes_wrong_is_an_oserror_of_one_line(bucket: str) -> None:
    del bucket
    gone = place("s3://no-such-bucket-here/run/a.txt")
    with pytest.raises(FileNotFoundError, match="no such object or bucket"):
        gone.read_bytes()
    for ask in (lambda: list(gone.iterdir()), lambda: gone.write_bytes(b"x")):
        with pytest.raises(OSError) as told:
            ask()
        assert len(str(told.value).splitlines()) == 1 and str(gone) in str(told.value)
