"""The one importer of Jinja: values into an HTML page, everything escaped.

Knows nothing of what a page says; templates lie beside the tasks.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_TEMPLATES = Path(__file__).parent.parent / "templates"


def render(template: str, values: Mapping[str, Any], *, charts: Mapping[str, str]) -> str:
    """Return a page.

    Args:
        template: File name in the templates folder.
        values: What the template names; text, so it is escaped.
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
    drawn = {name: Markup(svg) for name, svg in charts.items()}  # noqa: S704
    return environment.get_template(template).render({**values, "charts": drawn})
