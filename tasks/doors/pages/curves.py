"""Draw curves: one number over another, as SVG that stands inside an HTML page.

Drawn with Matplotlib, in the style of `drawing`. Knows nothing of runs.
"""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib import rc_context
from matplotlib.figure import Figure

from tasks.doors.pages.drawing import HUES, POINTS_PER_INCH, STYLE, WIDTH, svg

_HEIGHT = 300
_FEW = 40
"""Points that are drawn one by one; of more only the line."""


class Curve(NamedTuple):
    """One colour of the drawing."""

    name: str
    points: Sequence[tuple[float, float]]
    """From left to right."""


@rc_context(STYLE)
def curves(name: str, drawn: Sequence[Curve], *, across: str, up: str) -> str:
    """Draw curves over one another.

    Args:
        name: Unique in the page.
        drawn: At most four.
        across: What the first number is.
        up: What the second is.
    """
    figure = Figure(
        figsize=(WIDTH / POINTS_PER_INCH, _HEIGHT / POINTS_PER_INCH), layout="constrained"
    )
    axes = figure.add_subplot()
    axes.grid(axis="y", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=11)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    for hue, curve in zip(HUES, drawn, strict=False):
        marker = "o" if len(curve.points) <= _FEW else ""
        xs, ys = [x for x, _ in curve.points], [y for _, y in curve.points]
        axes.plot(xs, ys, color=hue, linewidth=1.8, marker=marker, markersize=4, label=curve.name)
    axes.set_ylim(bottom=0)
    if len(drawn) > 1:
        figure.legend(loc="outside upper left", ncols=4, frameon=False, fontsize=11)
    return svg(name, figure)
