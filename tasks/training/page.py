"""Turn a fine-tuning's folder into TRAINED/report/index.html: one page to mail, print and keep.

Puts figures, the loss chart and the first prompt together; works in any state. Knows nothing of how a
chart is drawn or how a text is escaped.
"""

from collections.abc import Sequence
from pathlib import Path

from schemas.documents.training import HELD_OUT, TRAINING, Step
from schemas.folders.trained import TrainedFolder
from tasks.doors.pages import curves, pages
from tasks.doors.storage import folders, shards
from tasks.runs.run_json import read_record
from tasks.training.figures import figures_of, losses_of


def write_report(folder: TrainedFolder) -> Path:
    """Write the page; the same fine-tuning gives the same bytes.

    Raises:
        RunFault: This is no run folder, a file is damaged, or a link lies in it.
    """
    folders.require_no_links(folder.root)
    is_done = folder.results.exists()
    losses = losses_of(folder) if is_done else []
    values = {
        "name": folder.root.resolve().name,
        "record": read_record(folder),
        "figures": figures_of(folder) if is_done else None,
        "losses": losses,
        "held_out": HELD_OUT,
    }
    charts = {"loss": loss_chart(losses)} if is_done else {}
    shards.write_text(pages.render("training.html.j2", values, charts=charts), folder.report)
    return folder.report


def loss_chart(losses: Sequence[Step]) -> str:
    """Return the losses by step as SVG: what is learned from, and what is held out."""
    parts = [part for part in (TRAINING, HELD_OUT) if any(one.part == part for one in losses)]
    drawn = [
        curves.Curve(part, [(one.step, one.loss) for one in losses if one.part == part])
        for part in parts
    ]
    return curves.curves("loss", drawn, across="step", up="loss")
