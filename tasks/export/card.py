"""Say what a handed-on dataset is: a card in Markdown with a YAML head, as the Hub reads it.

Turns a run's or a mix's record and its counts into text. Knows no files.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.documents.mix_json import MixRecord
from schemas.documents.run_json import EvolutionRecord
from schemas.text import visible

_SIZES = [
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
]  # fmt: skip
_LARGEST = "1M<n<10M"

Counts = Mapping[int, Mapping[str, int]]
"""By epoch, then by name."""


class About(NamedTuple):
    """What a card tells."""

    name: str
    """Of the run or mix."""
    format: str
    record: EvolutionRecord | MixRecord
    operations: Counts
    """Rows of the dataset by epoch and operation; those of a seed count as `seed`."""
    eliminated: Counts
    """Rows by epoch and reason; empty for a mix."""
    rows: int
    left_out: Mapping[str, int]
    license: str | None


def card_head(about: About) -> dict[str, object]:
    """Return the head: what the Hub lists and finds a dataset by, and where its data lie."""
    size = next((name for most, name in _SIZES if about.rows < most), _LARGEST)
    return {
        **({} if about.license is None else {"license": about.license}),
        "pretty_name": visible(about.name),
        "task_categories": ["text-generation"],
        "tags": ["evolflow", "instruction-tuning", "synthetic"],
        "size_categories": [size],
        "configs": [
            {"config_name": "default", "data_files": [{"split": "train", "path": "train/*"}]}
        ],
    }


def card_text(about: About, head: str) -> str:
    """Return the whole card.

    Args:
        about: What it tells.
        head: `card_head` as YAML.
    """
    record = about.record
    made = _mix(about, record) if isinstance(record, MixRecord) else _run(about, record)
    parts = [f"---\n{head}---", f"# {_cell(about.name)}", *_rows(about), *made, *_license(about)]
    return "\n\n".join(parts) + "\n"


def _rows(about: About) -> list[str]:
    said = (
        f"{about.rows:,} rows in the format `{about.format}`, grown by "
        "[Evolflow](https://arxiv.org/abs/2304.12244) with the method of Evol-Instruct: an LLM "
        "rewrote each instruction, answered it, and rules eliminated failed rewrites. The text is "
        "synthetic, and nobody has read all of it."
    )
    left_out = [[_cell(why), f"{n:,}"] for why, n in sorted(about.left_out.items())]
    return [said, *_table("Left out of this export", ["why", "rows"], left_out)]


def _run(about: About, record: EvolutionRecord) -> list[str]:
    settings = record.settings
    model = settings["model"]
    facts = {
        "rewrites by": model,
        "answers by": settings.get("responder") or model,
        "judged by": settings.get("judge") or model,
        "prompts": f"{record.pack.name}, sha256 {record.pack.sha256}",
        "rules": settings["rules"],
        "epochs": settings["epochs"],
        "seed of the draws": settings["rng_seed"],
        "seed file's sha256": record.seeds_sha256,
        "run": record.run_id,
        "made with": ", ".join(f"{name} {one}" for name, one in record.versions.items()),
    }
    lineage = (
        "## Lineage\n\nEvery row descends from a seed. Epoch 0 holds the seeds, and each later epoch "
        "the rewrites (of the row named by `parent_id`) that no rule eliminated. The formats with "
        "lineage, parquet and csv, say so in each row: `seed_id`, `parent_id`, `epoch`, `operation`, "
        "`model`, `prompt_sha256`."
    )
    return [
        lineage,
        *_table("How it was made", ["what", ""], [[k, _cell(v)] for k, v in facts.items()]),
        *_counted("Dataset rows by epoch and operation", "operation", about.operations),
        *_counted("Eliminated rows by epoch and reason", "reason", about.eliminated),
    ]


def _mix(about: About, record: MixRecord) -> list[str]:
    written = json.dumps(record.plain(), indent=2, ensure_ascii=False)
    return [
        "## Lineage\n\nA mix of one or several runs; parquet and csv name each row's `run`.",
        *_counted("Rows by epoch and operation", "operation", about.operations),
        "## How it was mixed\n\nSettings, and what was removed by reason:",
        f"````json\n{visible(written).replace('````', '')}\n````",
    ]


def _license(about: About) -> list[str]:
    said = (
        "None was given. The seeds have a licence of their own, and the makers of the models above may "
        "set terms for their output; read both before you share or train."
    )
    return [f"## Licence\n\n{about.license or said}"]


def _counted(title: str, name: str, counts: Counts) -> list[str]:
    rows = [
        [str(epoch), _cell(one), f"{n:,}"]
        for epoch, found in sorted(counts.items())
        for one, n in sorted(found.items())
    ]
    return _table(title, ["epoch", name, "rows"], rows)


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    body = [f"| {' | '.join(row)} |" for row in rows]
    if not body:
        return []
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *body]
    return [f"## {title}\n\n" + "\n".join(lines)]


def _cell(value: Any) -> str:
    """Names come from users: none may break a table or become markup."""
    text = " ".join(visible(str(value)).split())
    for mark in "\\|`<>[]*_":
        text = text.replace(mark, f"\\{mark}")
    return text
