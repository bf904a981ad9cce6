"""Charts of comparisons: wins, ties and losses in bars, and values with their intervals, as SVG.

Drawn with Matplotlib, in the style of `drawing`. Knows nothing of systems, judges and skills.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from tasks.doors.pages.drawing import BAD, GOOD, HUES, INK, QUIET, RULE, STYLE, WIDTH, canvas, svg

_LONGEST, _LONGEST_NAME = 25, 21
"""Longest label of a bar, and of a row of dots; characters."""
# Of bars: where they begin, how wide they are, and the same of the track of rates beside them.
_BARS, _BARS_WIDE, _TRACK, _TRACK_WIDE = 200.0, 330.0, 562.0, 216.0
_BAR_ROW, _HEADING, _BAR = 50.0, 44.0, 26.0
_NARROWEST_COUNT = 20.0
# Of tables of dots.
_NAMES, _ROW, _FIGURES, _GAP = 168.0, 25.0, 92.0, 22.0
_MARGIN = 0.06
_MOST_PANELS = 3


class Outcomes(NamedTuple):
    """One bar."""

    label: str
    below: str
    """Written small under the label."""
    counts: tuple[int, int, int]
    """Win, tie, lose."""
    rate: float | None
    """0 to 1."""
    bounds: tuple[float, float] | None
    is_small: bool
    """Too few to lean on: drawn shaded."""


class Mark(NamedTuple):
    """One value with its interval."""

    value: float
    bounds: tuple[float, float] | None
    said: str
    """The value in words."""
    beside: str
    """Written small beside it."""
    is_small: bool


class Panel(NamedTuple):
    """One column of values, a row a label."""

    title: str
    marks: Sequence[Mark | None]
    """None where there is nothing to draw."""


class Scale(NamedTuple):
    """What the values of a chart stand on."""

    middle: float | None
    """Where neither side is better; a line is drawn there."""
    written: Callable[[float], str]
    """How a value is written on the axis."""


@rc_context(STYLE)
def outcome_bars(name: str, rows: Sequence[Outcomes]) -> str:
    """Draw one bar of wins, ties and losses a row, and beside it the rate with its interval.

    Args:
        name: Unique in the page.
        rows: From top to bottom.
    """
    figure, axes = canvas(WIDTH, _HEADING + _BAR_ROW * len(rows) + 6)
    _bars_heading(axes, len(rows))
    for place, row in enumerate(rows):
        top = _HEADING + _BAR_ROW * place
        if row.is_small:
            _shade(axes, (0, top), (WIDTH, _BAR_ROW - 4))
        middle = top + _BAR_ROW / 2 - 2
        axes.text(6, middle - 8, _short(row.label), weight="bold", va="center")
        axes.text(6, middle + 9, _short(row.below), color=QUIET, size=11, va="center")
        _bar(axes, row.counts, middle)
        if row.rate is not None:
            scale = (_TRACK, _TRACK_WIDE, 0.0, 1.0)
            _dot(axes, scale, middle, (row.rate, row.bounds), is_small=row.is_small)
            axes.text(WIDTH - 6, middle - 8, f"{row.rate:.1%}", weight="bold", ha="right",
                      va="center")  # fmt: skip
        axes.text(WIDTH - 6, middle + 9, f"n {sum(row.counts):,}", color=QUIET, size=11,
                  ha="right", va="center")  # fmt: skip
    return svg(name, figure)


@rc_context(STYLE)
def dots(name: str, labels: Sequence[str], panels: Sequence[Panel], scale: Scale) -> str:
    """Draw a row of values with intervals a label; panels stand side by side on one scale.

    Args:
        name: Unique in the page.
        labels: One a row, from top to bottom.
        panels: At most three, each with one mark a label.
        scale: Shared by all panels.
    """
    height = _HEADING + _ROW * len(labels) + 8
    figure, axes = canvas(WIDTH, height)
    low, high = _range([m for p in panels for m in p.marks if m is not None], scale.middle)
    wide = (WIDTH - _NAMES - _GAP * (len(panels) - 1)) / (len(panels) or 1)
    for place, label in enumerate(labels):
        middle = _HEADING + _ROW * (place + 0.5)
        axes.text(_NAMES - 14, middle, _short(label, _LONGEST_NAME), ha="right", va="center")
    for number, panel in enumerate(panels):
        left = _NAMES + number * (wide + _GAP)
        _panel(axes, panel, (left, wide - _FIGURES, low, high), scale, height)
    return svg(name, figure)


def split(panels: Sequence[Panel]) -> list[Sequence[Panel]]:
    """Return panels in groups that one chart can hold."""
    return [panels[begin : begin + _MOST_PANELS] for begin in range(0, len(panels), _MOST_PANELS)]


def _bars_heading(axes: Axes, n_rows: int) -> None:
    x = _BARS
    for word, hue in (("win", GOOD), ("tie", QUIET), ("lose", BAD)):
        axes.add_patch(Rectangle((x, 9), 10, 10, color=hue, alpha=_strength(hue), lw=0))
        axes.text(x + 15, 14, word, color=QUIET, va="center")
        x += 58
    axes.text(_TRACK, 14, "win rate, a tie is half", color=QUIET, va="center")
    bottom = _HEADING + _BAR_ROW * n_rows
    for share in (0.0, 0.5, 1.0):
        x = _TRACK + _TRACK_WIDE * share
        axes.plot([x, x], [_HEADING - 4, bottom], color=RULE, lw=1.6 if share == 0.5 else 0.8)
        axes.text(x, _HEADING - 13, f"{share:.0%}", color=QUIET, size=10, ha="center", va="center")


def _bar(axes: Axes, counts: Sequence[int], middle: float) -> None:
    total = sum(counts)
    if not total:
        axes.text(_BARS, middle, "no pair was scored", color=QUIET, va="center")
        return
    x = _BARS
    for count, hue in zip(counts, (GOOD, QUIET, BAD), strict=True):
        wide = _BARS_WIDE * count / total
        inner = max(wide - 1.5, 0.5)
        if count:
            axes.add_patch(Rectangle((x, middle - _BAR / 2), inner, _BAR, color=hue,
                                     alpha=_strength(hue), lw=0))  # fmt: skip
        if wide >= max(_NARROWEST_COUNT, 8.0 * len(f"{count:,}")):
            axes.text(x + inner / 2, middle, f"{count:,}", ha="center", va="center", weight="bold")
        x += wide


def _strength(hue: str) -> float:
    """Opacity at which a count can be read on it, in light and dark."""
    return 0.28 if hue == QUIET else 0.5


def _panel(
    axes: Axes, panel: Panel, track: tuple[float, float, float, float], scale: Scale, height: float
) -> None:
    left, wide, low, high = track
    axes.text(left, 12, _short(panel.title, int(wide + _FIGURES) // 7), weight="bold", va="center")
    ends = [low, high] if scale.middle is None else [low, scale.middle, high]
    for value in ends:
        x = _at(track, value)
        is_middle = value == scale.middle
        axes.plot([x, x], [_HEADING - 4, height - 6], color=RULE, lw=1.6 if is_middle else 0.8)
    for value in _apart(ends, track, scale.middle):
        axes.text(_at(track, value), _HEADING - 12, scale.written(value), color=QUIET, size=10,
                  ha="center", va="center")  # fmt: skip
    for place, mark in enumerate(panel.marks):
        middle = _HEADING + _ROW * (place + 0.5)
        if mark is None:
            axes.text(left + wide + 16, middle, "–", color=QUIET, va="center")
            continue
        if mark.is_small:
            _shade(axes, (left - 8, middle - _ROW / 2 + 1), (wide + _FIGURES + 8, _ROW - 2))
        _dot(axes, track, middle, (mark.value, mark.bounds), is_small=mark.is_small)
        axes.text(left + wide + 56, middle, mark.said, ha="right", va="center", size=11,
                  weight="normal" if mark.is_small else "bold")  # fmt: skip
        axes.text(left + wide + _FIGURES - 4, middle, mark.beside, color=QUIET, size=11,
                  ha="right", va="center")  # fmt: skip


def _apart(
    values: Sequence[float], track: tuple[float, float, float, float], middle: float | None
) -> list[float]:
    """Return the values that can be written side by side; the middle one always can."""
    room = 36.0
    crowded = {
        one if other == middle else other
        for one, other in pairwise(values)
        if _at(track, other) - _at(track, one) < room
    }
    return [value for value in values if value not in crowded]


def _dot(
    axes: Axes,
    track: tuple[float, float, float, float],
    middle: float,
    found: tuple[float, tuple[float, float] | None],
    *,
    is_small: bool,
) -> None:
    value, bounds = found
    hue = QUIET if is_small else HUES[0]
    if bounds is not None:
        ends = [_at(track, end) for end in bounds]
        axes.plot(ends, [middle, middle], color=hue, lw=2.2, alpha=0.55, solid_capstyle="butt")
    x = _at(track, value)
    if is_small:
        axes.plot([x], [middle], "o", color=hue, ms=6, mfc="none", mew=1.4)
    else:
        axes.plot([x], [middle], "o", color=hue, ms=7.5, mew=0)


def _shade(axes: Axes, corner: tuple[float, float], size: tuple[float, float]) -> None:
    axes.add_patch(Rectangle(corner, *size, fc=RULE, alpha=0.42, lw=0))
    axes.add_patch(Rectangle(corner, 3, size[1], fc=QUIET, ec=INK, alpha=0.5, lw=0))


def _at(track: tuple[float, float, float, float], value: float) -> float:
    """Return where a value lies on a track; what does not fit lies at its end."""
    left, wide, low, high = track
    return left + wide * (min(max(value, low), high) - low) / (high - low)


def _range(marks: Sequence[Mark], middle: float | None) -> tuple[float, float]:
    """Return what the axis has to hold: all values, and the intervals that can be leaned on."""
    firm = [mark for mark in marks if not mark.is_small] or marks
    held = [mark.value for mark in marks]
    held += [end for mark in firm if mark.bounds is not None for end in mark.bounds]
    held += [] if middle is None else [middle]
    low, high = min(held, default=0.0), max(held, default=1.0)
    more = _MARGIN * (high - low) or 0.5
    # What is never negative shall not look as if it could be.
    return (max(0.0, low - more) if low >= 0 else low - more), high + more


def _short(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
