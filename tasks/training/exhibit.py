"""Show a fine-tuning in the Prefect UI: progress, the loss chart, the figures, the report.

Turns its folder into artifacts. Knows nothing of the training process.
"""

from schemas.documents.document import Facts
from schemas.folders.trained import TrainedFolder
from tasks.doors.prefect import artifacts
from tasks.doors.storage.places import place
from tasks.runs.stage import unremembered
from tasks.runs.ui_names import report_address, slug
from tasks.training.figures import figures_of, losses_of

PERCENT = 100


def gauge(run: str) -> artifacts.Gauge:
    """Return a fine-tuning's progress bar, empty; it shows steps in percent."""
    name = slug(TrainedFolder(place(run)))
    return artifacts.Gauge(f"{name}-progress", PERCENT, f"Fine-tuning {name}.")


@unremembered("exhibit", "exhibit")
def exhibit_training(run: str) -> None:
    """Show the losses and the figures in the Prefect UI, and write the page."""
    # Matplotlib comes with it.
    from tasks.training.page import loss_chart, write_report

    folder = TrainedFolder(place(run))
    name, page = slug(folder), write_report(folder)
    chart = loss_chart(losses_of(folder))
    with artifacts.optional("the losses"):
        artifacts.drawing(f"{name}-loss", chart, f"Loss of {name} by step.")
        artifacts.table(f"{name}-figures", [_row(folder)], f"What {name} learned from what.")
    address = report_address(folder)
    with artifacts.optional("the link to the report"):
        artifacts.link(f"{name}-report", address, f"Report of {name}", f"The report: `{page}`")


def _row(folder: TrainedFolder) -> Facts:
    found = figures_of(folder)
    return {
        "rows": found.counts.rows,
        "cut": found.counts.cut,
        "left out": found.counts.masked + sum(found.left_out.values()),
        "tokens a pass": found.counts.tokens,
        "steps": found.done.steps,
        "first loss": f"{found.first_loss:.3f}",
        "last loss": f"{found.last_loss:.3f}",
        "device": found.begun.device,
        "precision": found.begun.precision,
    }
