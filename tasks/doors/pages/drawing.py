"""What all charts share: their style, an empty sheet, and Matplotlib's drawing as SVG for a page.

Labels are SVG text and colours are CSS variables (`--ink`, `--quiet`, `--rule`, `--good`, `--bad`,
`--hue-1` …), so the page chooses fonts and dark mode. The same numbers give the same bytes. Nothing is
drawn through pyplot, so no state is left behind. Knows nothing of what is drawn.
"""

import io
import logging
import re
import warnings
from typing import Any

# Where the home folder cannot be written, Matplotlib works all the same; no need to say so.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
# The reader's fonts draw the letters; those that Matplotlib's own font lacks are no loss.
warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font")

import matplotlib as mpl  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

# Matplotlib knows no CSS variables: it draws with stand-ins, which are put right in its output.
INK, QUIET, RULE, GOOD, BAD = "#010101", "#020202", "#030303", "#040404", "#050505"
HUES = ("#060606", "#070707", "#080808", "#090909")
_VARIABLES = {
    INK: "var(--ink)", QUIET: "var(--quiet)", RULE: "var(--rule)", GOOD: "var(--good)",
    BAD: "var(--bad)", **{hue: f"var(--hue-{n})" for n, hue in enumerate(HUES, 1)},
}  # fmt: skip
POINTS_PER_INCH = 72
WIDTH = 860
STYLE: Any = {
    # A matplotlibrc in a folder that somebody sent may set anything: even to call TeX.
    **{name: value for name, value in mpl.rcParamsDefault.items() if name != "backend"},
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 12,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": QUIET,
    "axes.unicode_minus": True,
    "xtick.color": QUIET,
    "ytick.color": INK,
    "grid.color": RULE,
    "figure.dpi": POINTS_PER_INCH,
}


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty drawing measured in points, from the upper left."""
    figure = Figure(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return figure, axes


def amount(value: float) -> str:
    """Write a number in few characters."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if value >= size:
            return f"{value / (1e3 if letter == 'k' else size):.3g}{letter}"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def svg(name: str, figure: Figure) -> str:
    """Return the drawing as an SVG element that shares a page with others."""
    drawn = io.StringIO()
    no_metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(drawn, format="svg", transparent=True, metadata=no_metadata)
    text = drawn.getvalue()
    text = text[text.index("<svg") :]
    # A style sheet inside would hold for the whole page, and fixed sizes would not shrink with it.
    text = re.sub(r"<style.*?</style>|<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    box = re.search(r'viewBox="[^"]*"', text)
    head = f'<svg {box.group() if box else ""} aria-hidden="true">'
    text = head + text[text.index(">") + 1 :]
    text = re.sub(r'\bid="([^"]*)"', rf'id="{name}-\1"', text)
    text = re.sub(r'(?:xlink:)?href="#([^"]*)"', rf'href="#{name}-\1"', text)
    text = re.sub(r"url\(#([^)]*)\)", rf"url(#{name}-\1)", text)
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    return re.sub("|".join(_VARIABLES), lambda found: _VARIABLES[found.group()], text)
