"""Small files: a pipe, a device, a link or a file made to use up memory is one line, at once."""

import json
import os
from pathlib import Path

import pytest

from schemas.errors import BadInput
from tasks.doors.own_files import MOST_TEXT_BYTES, Unfit, parsed, read_text, read_toml


def test_json_comes_back(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"a": ["绳", None, 1.5]}))
    assert parsed(tmp_path / "a.json") == {"a": ["绳", None, 1.5]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' * 100_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "not JSON \\(Exceeds the limit"),
        (b"\xff\xfe", "not JSON"),
        (b"", "not JSON"),
        (b"\0", "not JSON"),
    ],
)
def test_what_no_parser_bears_is_told(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(Unfit, match=said):
        parsed(tmp_path / "a.json")


def test_a_pipe_a_folder_and_a_loop_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "folder", "zero"):
        with pytest.raises(Unfit, match="no plain file"):
            parsed(tmp_path / name)
    with pytest.raises(Unfit, match="leads to itself"):
        parsed(tmp_path / "loop")
    with pytest.raises(FileNotFoundError):
        parsed(tmp_path / "none")


def test_a_text_lies_in_its_folder_and_is_of_a_size(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other.txt"
    own.mkdir()
    other.write_text("a secret")
    (own / "a.txt").write_text("ours")
    (own / "inside.txt").symlink_to(own / "a.txt")
    assert read_text(own / "inside.txt", own, "x") == "ours"
    (own / "out.txt").symlink_to(other)
    (own / "long.txt").write_bytes(b"a" * (MOST_TEXT_BYTES + 1))
    os.mkfifo(own / "pipe.txt")
    (own / "loop.txt").symlink_to(own / "loop.txt")
    for name, said in (
        ("out", "a link out of its folder"),
        ("long", "larger than 1,024 KiB"),
        ("pipe", "no plain file"),
        ("loop", "a link that leads to itself"),
        ("none", "missing; x"),
    ):
        with pytest.raises(BadInput, match=said):
            read_text(own / f"{name}.txt", own, "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (".".join("a" * 100_000) + " = 1", "line 1 has over 200 dots"),
        ("b = 1\na = {" + ".".join("a" * 1_000) + " = 1}", "line 2 has over 200 dots"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("a = " + "9" * 5_000, "not TOML"),
        ("a = ", "not TOML"),
        ("a = 1\0", "not TOML"),
    ],
)
def test_a_toml_that_would_use_up_memory_is_one_line(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=rf"a\.toml: .*{said}"):
        read_toml(Path("a.toml"), text)
