"""Charts of comparisons: everything that was handed in is there, and what cannot be leaned on shows."""

import re
import subprocess
import sys
from typing import Any

import pytest

from tasks.doors.pages.verdict_charts import Mark, Outcomes, Panel, Scale, dots, outcome_bars, split
from tests.conftest import ROOT

PERCENT = Scale(1.0, "{:.0%}".format)


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def bar(label: str = "ours", counts: tuple[int, int, int] = (5, 3, 2), **more: Any) -> Outcomes:
    return Outcomes(label, "against base", counts, 0.65, (0.5, 0.8), is_small=False)._replace(
        **more
    )


def mark(value: float, *, is_small: bool = False) -> Mark:
    return Mark(value, (value - 0.1, value + 0.1), f"{value:.0%}", "n 9", is_small)


def test_a_bar_says_who_how_often_and_how_sure() -> None:
    found = texts(outcome_bars("x", [bar(), bar("theirs", (12_000, 0, 1))]))
    assert {"ours", "theirs", "against base", "5", "3", "2", "65.0%", "n 10"} <= set(found)
    assert "n 12,001" in found


def test_a_count_that_finds_no_room_is_left_to_the_table() -> None:
    found = texts(outcome_bars("x", [bar(counts=(1_000, 1, 999))]))
    assert "1" not in found
    assert {"1,000", "999"} <= set(found)


def test_a_pair_without_a_scored_item_says_so() -> None:
    found = texts(outcome_bars("x", [bar(counts=(0, 0, 0), rate=None, bounds=None)]))
    assert "no pair was scored" in found
    assert not [text for text in found if text in ("65.0%",)]


def test_what_is_small_is_drawn_otherwise() -> None:
    """A reader who skims shall see it, too."""
    for firm, small in (
        (outcome_bars("x", [bar()]), outcome_bars("x", [bar(is_small=True)])),
        (
            dots("x", ["a"], [Panel("p", [mark(1.1)])], PERCENT),
            dots("x", ["a"], [Panel("p", [mark(1.1, is_small=True)])], PERCENT),
        ),
    ):
        assert texts(firm) == texts(small)
        assert small.count("<path") > firm.count("<path")
        # The filled dot is there for the firm value alone.
        assert "var(--hue-1)" in firm
        assert "var(--hue-1)" not in small


def test_dots_stand_in_the_rows_of_their_labels() -> None:
    panels = [Panel("ours", [mark(1.2), None]), Panel("theirs", [mark(0.9), mark(1.0)])]
    found = texts(dots("x", ["Math", "Law"], panels, PERCENT))
    assert found.index("Math") < found.index("Law")
    assert {"ours", "theirs", "120%", "90%", "100%", "–"} <= set(found)


def test_an_interval_that_says_nothing_does_not_stretch_the_axis() -> None:
    """Three items give an interval over everything; the other rows would shrink to a point."""
    wide = Mark(1.0, (0.0, 9.0), "100%", "n 3", is_small=True)
    found = texts(dots("x", ["a", "b"], [Panel("p", [wide, mark(1.2)])], PERCENT))
    assert not [text for text in found if re.fullmatch(r"[4-9]\d\d%", text)]


@pytest.mark.parametrize(("n_panels", "groups"), [(1, [1]), (3, [3]), (4, [3, 1]), (7, [3, 3, 1])])
def test_panels_are_spread_over_charts_that_can_hold_them(n_panels: int, groups: list[int]) -> None:
    assert [len(some) for some in split([Panel("p", [])] * n_panels)] == groups


def test_letters_that_matplotlib_s_font_lacks_are_drawn_without_a_word() -> None:
    """The reader's own fonts have them."""
    draw = (
        "from tasks.doors.pages.verdict_charts import Outcomes, outcome_bars\n"
        "row = Outcomes('我们的', '$x^2$ 🎉', (1, 1, 1), None, None, False)\n"
        "assert '>我们的<' in outcome_bars('x', [row])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", draw], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
