"""The one importer of Jinja: values into an HTML page, everything escaped.

Knows how numbers are written and nothing of what a page says; templates lie beside the tasks.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_TEMPLATES = Path(__file__).parent / "templates"


class Section(NamedTuple):
    """What a part of a page shows."""

    values: Mapping[str, object]
    """Names of the template to their values."""
    charts: dict[str, str]
    """Names of charts to their SVG; a chart without data is not there."""


def render(template: str, values: Mapping[str, object], *, charts: Mapping[str, str]) -> str:
    """Return a page.

    Args:
        template: File name in the templates folder.
        values: What the template names; every text among them is escaped.
        charts: SVG made by this program, put in as it is, under the name `charts`.
    """
    # Texts of a run are written by models and strangers: escaping is on for every template.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    written = (number, usd, share, seconds, ratio)
    environment.filters |= {one.__name__: one for one in written}
    drawn = {name: Markup(svg) for name, svg in charts.items()}  # noqa: S704
    return environment.get_template(template).render({**values, "charts": drawn})


def number(count: int | None) -> str:
    """Write a count; a dash where there is none."""
    return "–" if count is None else f"{count:,}"


def usd(cost: float | None) -> str:
    """Write US dollars; an unknown price is no price of nothing."""
    if cost is None:
        return "unknown"
    return f"${cost:,.2f}" if cost == 0 or cost >= 1 else f"${cost:.4f}"


def share(part: float | None) -> str:
    """Write a share of one in percent; a dash where there is none."""
    return "–" if part is None else f"{part:.1%}"


def ratio(value: float | None) -> str:
    """Write a number from 0 to 1 with two decimals; a dash where there is none."""
    return "–" if value is None else f"{value:.2f}"


def seconds(value: float) -> str:
    """Write seconds with three figures."""
    return f"{value:.3g} s" if value < 100 else f"{value:,.0f} s"
