"""Charts of counts: bands, shaded grids, boxes and bars, as SVG that stands inside an HTML page.

Drawn with Matplotlib, in the style of `drawing`. Knows nothing of runs.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from tasks.doors.pages.drawing import (
    BAD,
    GOOD,
    HUES,
    POINTS_PER_INCH,
    QUIET,
    RULE,
    STYLE,
    WIDTH,
    amount,
    canvas,
    svg,
)

# Of grids: room for row labels, for headings, a row's height, and cells that can hold a figure.
_LABELS, _HEADING, _ROW, _READABLE, _NARROWEST_HEADING = 128, 62, 30, 44, 20
_STRONGEST = 0.55
"""Opacity of the fullest cell: text on it can still be read in light and dark."""


class Grid(NamedTuple):
    """Shares in rows and columns, drawn as shaded cells."""

    title: str
    columns: Sequence[str]
    cells: Sequence[Sequence[float]]
    """Row by row, 0 to 1; the first row is drawn in the colour of success."""


class Series(NamedTuple):
    """One colour of a stacked bar."""

    name: str
    values: Sequence[float]
    """One a bar."""


@rc_context(STYLE)
def funnels(
    name: str, labels: Sequence[str], steps: Sequence[str], counts: Sequence[Sequence[int | None]]
) -> str:
    """Draw one tapering band a label; None in the counts is passed over.

    Args:
        name: Unique in the page.
        labels: One a band.
        steps: Headings from left to right.
        counts: Per band, one number a step.
    """
    high, left, pitch, block = 74, 92, 172, 80
    figure, axes = canvas(WIDTH, 34 + high * len(labels))
    most = max((n for band in counts for n in band if n is not None), default=0) or 1
    for place, step in enumerate(steps):
        axes.text(left + place * pitch + block / 2, 14, step, color=QUIET, ha="center")
    for row, (label, band) in enumerate(zip(labels, counts, strict=True)):
        middle = 34 + high * row + 44
        axes.text(0, middle, label, weight="bold", va="center")
        known = [(left + place * pitch, n) for place, n in enumerate(band) if n is not None]
        for place, n in enumerate(band):
            if n is None:
                axes.text(left + place * pitch + block / 2, middle, "–", color=QUIET,
                          ha="center", va="center")  # fmt: skip
        is_through = bool(band) and band[-1] is not None
        _band(axes, known, middle, block=block, scale=40 / most, is_through=is_through)
    return svg(name, figure)


@rc_context(STYLE)
def heat_maps(name: str, rows: Sequence[str], grids: Sequence[Grid]) -> str:
    """Draw grids side by side on the same rows.

    Args:
        name: Unique in the page.
        rows: Labels of the rows, the successes first.
        grids: Each with one row of cells a label.
    """
    gap, room, block = 30, WIDTH - _LABELS, _HEADING + _ROW * len(rows) + 12
    n_columns = sum(len(grid.columns) for grid in grids) or 1
    shared = (room - gap * (len(grids) - 1)) / n_columns
    is_stacked = shared < _READABLE
    figure, axes = canvas(WIDTH, block * (len(grids) if is_stacked else 1))
    worst = max((max(cells, default=0) for g in grids for cells in g.cells[1:]), default=0) or 1
    x, y = float(_LABELS), 0.0
    for number, grid in enumerate(grids):
        wide = min(76.0, room / len(grid.columns) if is_stacked else shared)
        if is_stacked or number == 0:
            for row, label in enumerate(rows):
                middle = y + _HEADING + _ROW * (row + 0.5)
                axes.text(_LABELS - 10, middle, label, ha="right", va="center")
        _grid(axes, grid, (x, y), wide=wide, worst=worst)
        x, y = (x, y + block) if is_stacked else (x + wide * len(grid.columns) + gap, y)
    return svg(name, figure)


@rc_context(STYLE)
def boxes(
    name: str, labels: Sequence[str], quantiles: Sequence[Sequence[float]], *, unit: str
) -> str:
    """Draw one lying box a label: whiskers at 5 and 95 %, box from 25 to 75 %, line at the median.

    Args:
        name: Unique in the page.
        labels: One a box.
        quantiles: Five numbers a box, ascending.
        unit: Written under the axis.
    """
    figure, axes = _bars_axes(labels, unit)
    for row, (low, first, median, third, high) in enumerate(quantiles):
        axes.plot([low, high], [row, row], color=HUES[0], linewidth=1.4)
        for end in (low, high):
            axes.plot([end, end], [row - 0.13, row + 0.13], color=HUES[0], linewidth=1.4)
        axes.barh(row, third - first, left=first, height=0.5, color=HUES[0], alpha=0.35)
        axes.plot([median, median], [row - 0.25, row + 0.25], color=HUES[0], linewidth=3)
        label = f"{median:,.3g}" if median < 100 else f"{median:,.0f}"
        axes.annotate(label, (median, row - 0.27), ha="center", va="bottom", size=11,
                      weight="bold", annotation_clip=False)  # fmt: skip
    axes.set_xlim(0, max((five[-1] for five in quantiles), default=0) * 1.04 or 1)
    return svg(name, figure)


@rc_context(STYLE)
def stacked_bars(
    name: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    unit: str,
    is_graded: bool = False,
) -> str:
    """Draw one lying bar a label, made of the series from left to right.

    Args:
        name: Unique in the page.
        labels: One a bar.
        series: At most four, each with one value a label.
        unit: Written under the axis.
        is_graded: True for shades of one colour, where the series have an order.
    """
    figure, axes = _bars_axes(labels, unit)
    ends = [0.0] * len(labels)
    for place, one in enumerate(series):
        hue, alpha = (HUES[0], 0.9 / (1 + 0.9 * place)) if is_graded else (HUES[place], 0.85)
        axes.barh(range(len(labels)), one.values, left=ends, height=0.56, color=hue, alpha=alpha,
                  linewidth=0, label=one.name)  # fmt: skip
        ends = [end + value for end, value in zip(ends, one.values, strict=True)]
    for row, end in enumerate(ends):
        axes.annotate(amount(end), (end, row), xytext=(5, 0), textcoords="offset points",
                      va="center", size=11, weight="bold", annotation_clip=False)  # fmt: skip
    axes.set_xlim(0, max(ends, default=0) * 1.16 or 1)
    figure.legend(loc="outside upper left", ncols=4, frameon=False, fontsize=11,
                  handlelength=0.9, handleheight=0.9, columnspacing=1.2)  # fmt: skip
    return svg(name, figure)


def _band(
    axes: Axes, known: Sequence[tuple[float, int]], middle: float, *, block: float, scale: float,
    is_through: bool,
) -> None:  # fmt: skip
    for place, (x, n) in enumerate(known):
        half, is_last = max(n * scale, 1) / 2, place == len(known) - 1
        hue = GOOD if is_last and is_through else HUES[0]
        axes.add_patch(Rectangle((x, middle - half), block, 2 * half, color=hue, alpha=0.85, lw=0))
        axes.text(x + block / 2, middle - half - 5, f"{n:,}", ha="center", va="bottom",
                  weight="bold")  # fmt: skip
        if not is_last:
            after_x, after = known[place + 1]
            after_half = max(after * scale, 1) / 2
            corners = [(x + block, middle - half), (after_x, middle - after_half),
                       (after_x, middle + after_half), (x + block, middle + half)]  # fmt: skip
            axes.add_patch(Polygon(corners, color=HUES[0], alpha=0.22, lw=0))
            if after < n:
                axes.text((x + block + after_x) / 2, middle, f"−{n - after:,}", color=BAD,
                          ha="center", va="center", size=11)  # fmt: skip


def _grid(axes: Axes, grid: Grid, place: tuple[float, float], *, wide: float, worst: float) -> None:
    left, top = place[0], place[1] + _HEADING
    axes.text(left, place[1] + 12, grid.title, color=QUIET)
    every = math.ceil(_NARROWEST_HEADING / wide)
    for column in range(0, len(grid.columns), every):
        heading = grid.columns[column].replace("_", "\n")
        axes.text(left + wide * (column + 0.5), top - 8, heading, ha="center", va="bottom",
                  size=11, linespacing=1.1)  # fmt: skip
    for row, cells in enumerate(grid.cells):
        for column, share in enumerate(cells):
            corner = (left + wide * column, top + _ROW * row)
            _cell(axes, corner, (wide, _ROW), share, is_good=row == 0, worst=worst)


def _cell(
    axes: Axes, place: tuple[float, float], size: tuple[float, float], share: float, *,
    is_good: bool, worst: float,
) -> None:  # fmt: skip
    x, y = place
    wide, high = size
    alpha = _STRONGEST * (share if is_good else share / worst)
    inner = (wide - 2, high - 2)
    hue = GOOD if is_good else BAD
    axes.add_patch(Rectangle((x + 1, y + 1), *inner, color=RULE, alpha=0.35, lw=0))
    if share > 0:
        axes.add_patch(Rectangle((x + 1, y + 1), *inner, color=hue, alpha=alpha, lw=0))
    if share > 0 and wide >= 34:
        text = f"{share:.0%}" if share >= 0.0995 else f"{share:.1%}"
        axes.text(x + wide / 2, y + high / 2, text, ha="center", va="center", size=11)


def _bars_axes(labels: Sequence[str], unit: str) -> tuple[Figure, Axes]:
    """Return axes with one row a label, the first on top, and nothing but vertical rules."""
    height = 78 + 38 * max(1, len(labels))
    size = (420 / POINTS_PER_INCH, height / POINTS_PER_INCH)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(max(1, len(labels)) - 0.4, -0.6)
    axes.set_xlabel(unit)
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda value, _: amount(value))
    axes.grid(axis="x", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=11)
    axes.spines[:].set_visible(False)
    return figure, axes
