"""Charts of points: means with their intervals, and maps, as SVG that stands inside an HTML page.

Drawn with Matplotlib, in the style of `drawing`. Knows nothing of runs.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from tasks.doors.pages.drawing import HUES, POINTS_PER_INCH, QUIET, RULE, STYLE, WIDTH, canvas, svg

_BIGGEST_DOT = 330
_MAP_GAP, _WIDEST_MAP, _MAP_HEAD = 14, 206, 24
_DOT = 2.1
_INSET = 5
"""Room around the dots of a map, so that none is cut."""

Place = tuple[float, float]


class Means(NamedTuple):
    """One colour of a chart of means; each sequence has one entry a label, None where there is none."""

    name: str
    means: Sequence[float | None]
    intervals: Sequence[tuple[float, float] | None]
    counts: Sequence[Mapping[int, int]]
    """How often each value comes, drawn as dots behind the mean; empty where they are not drawn."""


class Map(NamedTuple):
    """One picture of a row of maps."""

    label: str
    about: str
    """Written beside the label."""
    places: Sequence[Place]
    """0 to 1 each way."""
    reached: Sequence[int]
    """Numbers of the areas that are filled."""
    is_first: bool
    """Drawn in the second colour: what the others are compared with."""


@rc_context(STYLE)
def means(
    name: str, labels: Sequence[str], series: Sequence[Means], *, scale: tuple[float, float]
) -> str:
    """Draw means over labels from left to right, each with its interval.

    Args:
        name: Unique in the page.
        labels: One a place.
        series: At most four.
        scale: Lowest and highest value that is possible.
    """
    figure = Figure(figsize=(420 / POINTS_PER_INCH, 290 / POINTS_PER_INCH), layout="constrained")
    axes = figure.add_subplot()
    low, high = scale
    margin = (high - low) * 0.07
    axes.set_ylim(low - margin, high + margin)
    axes.set_xlim(-0.5, max(1, len(labels)) - 0.5)
    axes.set_xticks(range(len(labels)), labels)
    axes.grid(axis="y", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=11)
    axes.spines[:].set_visible(False)
    for place, one in enumerate(series):
        shift = (place - (len(series) - 1) / 2) * 0.16
        _spread(axes, one, shift, HUES[place])
        _line(axes, one, shift, HUES[place])
    if len(series) > 1:
        figure.legend(loc="outside upper left", ncols=4, frameon=False, fontsize=11)
    return svg(name, figure)


def _spread(axes: Axes, one: Means, shift: float, hue: str) -> None:
    """Draw how often each value comes as dots, the area by the share of the label's values."""
    for place, counts in enumerate(one.counts):
        total = sum(counts.values())
        sizes = [_BIGGEST_DOT * count / total for count in counts.values()]
        axes.scatter([place + shift] * len(sizes), list(counts), s=sizes, color=hue, alpha=0.28,
                     linewidths=0, zorder=1)  # fmt: skip


def _line(axes: Axes, one: Means, shift: float, hue: str) -> None:
    known = [
        (place + shift, mean, interval)
        for place, (mean, interval) in enumerate(zip(one.means, one.intervals, strict=True))
        if mean is not None and interval is not None
    ]
    if not known:
        return
    xs, ys = [x for x, _, _ in known], [mean for _, mean, _ in known]
    below = [mean - interval[0] for _, mean, interval in known]
    above = [interval[1] - mean for _, mean, interval in known]
    axes.errorbar(xs, ys, yerr=[below, above], color=hue, linewidth=1.8, elinewidth=1.8, capsize=4,
                  capthick=1.8, marker="o", markersize=5, label=one.name, zorder=3)  # fmt: skip
    if any(one.counts):
        for x, mean, _ in known:
            axes.annotate(f"{mean:.2f}", (x, mean), xytext=(9, 5), textcoords="offset points",
                          size=11, weight="bold", zorder=4)  # fmt: skip


@rc_context(STYLE)
def maps(name: str, areas: Sequence[Sequence[Place]], shown: Sequence[Map]) -> str:
    """Draw maps side by side over the same areas, each with its own dots.

    Args:
        name: Unique in the page.
        areas: Corners of each area, 0 to 1 each way; those without corners are passed over.
        shown: One a map.
    """
    room = (WIDTH - _MAP_GAP * (len(shown) - 1)) / len(shown)
    side = min(_WIDEST_MAP, room)
    figure, axes = canvas(WIDTH, _MAP_HEAD + side + 4)
    for place, one in enumerate(shown):
        left = place * (side + _MAP_GAP)
        axes.text(left, 12, one.label, weight="bold")
        axes.text(left + side, 12, one.about, color=QUIET, ha="right", size=11)
        _areas(axes, areas, one.reached, left, side)
        spots = [_on_sheet(spot, left, side) for spot in one.places]
        hue = HUES[1] if one.is_first else HUES[0]
        axes.scatter([x for x, _ in spots], [y for _, y in spots], s=(2 * _DOT) ** 2, color=hue,
                     alpha=0.85, linewidths=0)  # fmt: skip
    return svg(name, figure)


def _areas(
    axes: Axes, areas: Sequence[Sequence[Place]], reached: Sequence[int], left: float, side: float
) -> None:
    for number, corners in enumerate(areas):
        if corners:
            spots = [_on_sheet(corner, left, side) for corner in corners]
            axes.add_patch(Polygon(spots, facecolor=RULE, edgecolor="none", lw=0,
                                   alpha=0.75 if number in reached else 0.22))  # fmt: skip


def _on_sheet(place: Place, left: float, side: float) -> Place:
    inner = side - 2 * _INSET
    return left + _INSET + place[0] * inner, _MAP_HEAD + _INSET + (1 - place[1]) * inner
