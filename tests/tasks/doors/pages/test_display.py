"""Log lines as they are shown and kept: one a record, harmless, without keys."""

import logging
from pathlib import Path

import pytest

from tasks.doors.pages.display import shown

LOG = logging.getLogger("evolflow.test")
HOSTILE = "no\x1b[2J\x1b]0;owned\x07 \x9b31m \u202eback\nforged line\r\nand \ud800half"


def idle() -> None:
    raise AssertionError("nothing is drawn where there is no terminal")


@pytest.fixture
def written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[str, str]:
    """What three records leave on standard error and in the log file."""
    monkeypatch.setenv("SOME_API_KEY", "hunter2-canary")
    with shown(idle, tmp_path / "run.log"):  # type: ignore[arg-type]
        LOG.warning("nobody gets an answer (%s); trying again in %.0f s", HOSTILE, 2.0)
        LOG.info("refused: %s and %s", "hunter2-canary", "Bearer abcdefgh1234")
        LOG.info("epoch=1 evolve shard=000 rows=3")
    return capsys.readouterr().err, (tmp_path / "run.log").read_text(encoding="utf-8")


def test_every_record_is_one_line(written: tuple[str, str]) -> None:
    for text in written:
        assert len(text.splitlines()) == 3
        assert text.splitlines()[2].endswith("epoch=1 evolve shard=000 rows=3")


def test_no_record_steers_a_terminal(written: tuple[str, str]) -> None:
    for text in written:
        assert not [c for c in text if ord(c) < 0x20 and c != "\n"]
        assert not {"\x9b", "\u202e"} & set(text)
        assert "␛]0;owned␇" in text


def test_no_record_holds_a_key(written: tuple[str, str]) -> None:
    for text in written:
        assert "canary" not in text
        assert "abcdefgh" not in text
        assert "refused: [redacted] and [redacted]" in text


def test_a_line_before_the_folder_is_there_is_shown_and_harms_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C may come before the run folder was made."""
    log_file = tmp_path / "run" / "work" / "run.log"
    with shown(idle, log_file):  # type: ignore[arg-type]
        LOG.warning("stopping")
        log_file.parent.mkdir(parents=True)
        LOG.warning("first")
        LOG.warning("second")
    assert "stopping" in capsys.readouterr().err
    assert [line.split()[-1] for line in log_file.read_text().splitlines()] == ["first", "second"]
