"""The one-page report: complete, equal to status, and safe to open whatever the texts say."""

import re
from collections.abc import Iterable
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path

import matplotlib as mpl
import pytest

from schemas.calls.call import Answer, Call
from schemas.errors import RunFault
from schemas.folders.run import RunFolder
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.tables.row import STAGE, Row, to_table
from tasks.doors.storage import ledger, shards
from tasks.evolution.kind import EVOLUTION
from tasks.evolution.report.page import write_report
from tasks.evolution.status import status
from tests.conftest import own_seeds, write_seeds

N_SEEDS = 3
HOSTILE = '</style></div><script>alert(1)</script>"><img src=x onerror=alert(2)> 你好 🎉 {{ 7*7 }}'


class Page(HTMLParser):
    """What a browser would find: tags, texts, and the tables of each section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.tables: dict[str, list[list[list[str]]]] = {}
        self._section = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self._section = dict(attrs)["id"] or ""
        tables = self.tables.setdefault(self._section, [])
        if tag == "table":
            tables.append([])
        elif tag == "tr":
            tables[-1].append([])
        elif tag in ("td", "th"):
            tables[-1][-1].append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        tables = self.tables.get(self._section)
        if tables and tables[-1] and tables[-1][-1]:
            tables[-1][-1][-1] += data.strip()


def new_run(place: Path, name: str = "run") -> RunFolder:
    seeds = write_seeds(place / "seeds.json", own_seeds(N_SEEDS))
    return EVOLUTION.start(
        RunSettings(seeds=seeds, out=place / name, model="offline/rewriter", epochs=2)
    )


def put(folder: RunFolder, epoch: int, stages: Iterable[str], rows: list[Row]) -> None:
    for stage in stages:
        shards.write_table(to_table(rows, STAGE), folder.stage_shard(epoch, stage, 0))


def seed_rows(text: str) -> list[Row]:
    rows = [Row(f"s{n}", f"s{n}", n, 0, f"{text} {n}") for n in range(N_SEEDS)]
    return [replace(row, response=f"Answer to {text}") for row in rows]


def child(parent: Row, epoch: int, reason: Reason, text: str) -> Row:
    return Row(
        f"{parent.seed_id}-{epoch}", parent.seed_id, parent.position, epoch, text,
        parent_id=parent.id, operation="deepen", attempts=epoch - parent.epoch,
        response=text, reason=reason.value, evidence=text, parent_instruction=parent.instruction,
    )  # fmt: skip


def bill(folder: RunFolder, epoch: int, rows: list[Row], cost_usd: float | None) -> None:
    with ledger.Ledger(folder.ledger(epoch, 0)) as book:
        for n, row in enumerate(rows):
            answer = Answer("text", "stop", "m", "m", 1000 + n, 20, cost_usd, 0.5 + n, 1, 10.0 + n)
            call = Call(f"{epoch}{n}", row.id, epoch, Stage.EVOLVE.value, 1, "hash", answer)
            book.append(asdict(call))


def grow(folder: RunFolder, text: str = "Name a river", cost_usd: float | None = 0.0125) -> None:
    """Two epochs: of three lines one fails in each, and in epoch 2 it takes its second attempt."""
    seeds = seed_rows(text)
    pool = seeds
    put(folder, 0, ["pool", "respond"], pool)
    kept = [replace(row, reason=Reason.KEPT.value) for row in seeds]
    put(folder, 0, ["eliminate", "advance"], kept)
    shards.write_table(to_table([], STAGE), folder.set_aside())
    for epoch, failed in ((1, Reason.NO_GAIN), (2, Reason.REFUSED)):
        verdicts = [failed if n == epoch - 1 else Reason.KEPT for n in range(N_SEEDS)]
        children = [
            child(parent, epoch, verdict, f"{parent.instruction} and say why")
            for parent, verdict in zip(pool, verdicts, strict=True)
        ]
        standing = [replace(row, reason=None) for row in children]
        put(folder, epoch, ["pool"], pool)
        put(folder, epoch, ["evolve", "screen", "respond"], standing)
        put(folder, epoch, ["eliminate", "advance"], children)
        bill(folder, epoch, children, cost_usd)
        pool = [c if c.reason == Reason.KEPT else p for p, c in zip(pool, children, strict=True)]


def page_of(folder: RunFolder) -> Page:
    return Page(write_report(folder).read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = new_run(tmp_path)
    grow(made)
    return made


def test_page_asks_for_nothing_outside_itself(folder: RunFolder) -> None:
    html = write_report(folder).read_text(encoding="utf-8")
    page = Page(html)
    assert "http://" not in html
    assert "https://" not in html
    assert "@import" not in html
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "base"}
    targets = [v or "" for _, attrs in page.tags for k, v in attrs.items() if k in ("src", "href")]
    assert all(target.startswith("#") for target in targets)
    assert all(found.startswith("#") for found in re.findall(r"url\((.*?)\)", html))
    policies = [a for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert [policy["content"] for policy in policies] == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    ]


def test_hostile_texts_are_shown_and_never_run(tmp_path: Path) -> None:
    """Instructions come from models and from strangers' files; the page is opened in a browser."""
    folder = new_run(tmp_path, name="<script>run")
    grow(folder, text=HOSTILE)
    page = page_of(folder)
    assert not {tag for tag, _ in page.tags} & {"script", "img"}
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    assert page.text.count(HOSTILE) > N_SEEDS
    assert "<script>run" in page.text


def test_a_hostile_operation_or_reason_does_not_leave_its_chart(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    grow(folder)
    rows = [
        replace(child(row, 1, Reason.KEPT, "x"), operation="<script>", reason="$<script>_x$")
        for row in seed_rows("Name a river")
    ]
    put(folder, 1, ["eliminate", "advance"], rows)
    page = page_of(folder)
    assert "script" not in {tag for tag, _ in page.tags}
    assert "$<script>_x$" in page.text


def test_long_texts_are_folded_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    grow(folder, text="long " * 20_000)
    page = page_of(folder)
    assert "details" in {tag for tag, _ in page.tags}
    assert len(page.text) < 700_000
    assert re.search(r"The last 9\d,\d{3} characters are left out", page.text)


def test_numbers_are_those_of_status(folder: RunFolder) -> None:
    """Two places that count differently would make both worthless."""
    found, tables = status(folder), page_of(folder).tables
    assert tables["funnel"][0][1:] == [
        ["seeds", "3", "–", "–", "3", "3"],
        ["epoch 1", "3", "3", "3", "3", "2"],
        ["epoch 2", "3", "3", "3", "3", "2"],
    ]
    assert [epoch.kept for epoch in found.epochs] == [3, 2, 2]
    reasons = {row[0]: int(row[-1]) for row in tables["reasons"][0][1:]}
    assert reasons == {"kept": 4, "no_gain": 1, "refused": 1}
    evolve = dict(zip(tables["costs"][0][0], tables["costs"][0][1], strict=True))
    totals = found.totals
    assert int(evolve["calls"]) == totals.calls == 2 * N_SEEDS
    assert int(evolve["tokens in"].replace(",", "")) == totals.prompt_tokens
    assert evolve["US dollars"] == f"${totals.cost_usd:.4f}" == "$0.0750"


def test_a_line_tries_again_after_a_failure(folder: RunFolder) -> None:
    attempts = page_of(folder).tables["growth"][1]
    assert attempts == [
        ["", "1 epoch", "2 epochs"],
        ["epoch 1", "2", "0"],
        ["epoch 2", "1", "1"],
    ]


def test_unknown_price_is_written_unknown_and_never_zero(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    grow(folder, cost_usd=None)
    page = page_of(folder)
    assert page.tables["costs"][0][1][6] == "unknown"
    assert "$0" not in page.text


def test_answered_calls_that_are_free_are_told_from_unknown_ones(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    grow(folder, cost_usd=0.0)
    page = page_of(folder)
    assert "unknown" not in page.text
    assert "Every call was free" in page.text


def test_page_of_an_unfinished_epoch_shows_what_there_is(folder: RunFolder) -> None:
    """A run of days is looked at while it runs."""
    for stage in ("respond", "eliminate", "advance"):
        folder.stage_shard(2, stage, 0).unlink()
    page = page_of(folder)
    assert page.tables["funnel"][0][3] == ["epoch 2", "3", "3", "3", "–", "–"]
    assert "This run is not finished" in page.text
    assert "when the last epoch is done" in page.text


def test_rows_on_their_way_do_not_look_like_rows_that_failed(folder: RunFolder) -> None:
    """Of two shards one is screened: half the rows are missing, and nothing has failed."""
    second = [replace(row, position=row.position + N_SEEDS) for row in seed_rows("Name a lake")]
    for stage in ("pool", "evolve"):
        shards.write_table(to_table(second, STAGE), folder.stage_shard(2, stage, 1))
    page = page_of(folder)
    assert page.tables["funnel"][0][3] == ["epoch 2", "6", "6", "–", "–", "–"]


def test_page_of_seeds_without_calls_says_so(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    put(folder, 0, ["pool"], seed_rows("Name a river"))
    page = page_of(folder)
    assert "No child has been judged yet." in page.text
    assert "No call has been made." in page.text
    assert "Name a river 0" in page.text


def test_page_of_a_run_that_has_not_begun_is_written(tmp_path: Path) -> None:
    page = page_of(new_run(tmp_path))
    assert "No epoch has begun." in page.text
    assert "There is no line to show." in page.text


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFault, match=r"run\.json"):
        write_report(RunFolder(tmp_path))


def test_a_broken_rule_is_shown_as_not_ok(folder: RunFolder) -> None:
    result = {
        "rule": "response_no_refusal", "reason": "refused", "success": False,
        "thresholds": {"max_words": 80, "phrases": ["<b>", "two"]}, "looked_at": 7, "unexpected": 2,
    }  # fmt: skip
    shards.write_json({"success": False, "rows": 7, "results": [result]}, folder.validation)
    page = page_of(folder)
    row = page.tables["validation"][0][1]
    assert (row[0], row[3:]) == ("response_no_refusal", ["7", "2", "not ok"])
    assert "max_words 80" in row[2]
    assert "<b>, two" in row[2]
    assert "rules broken" in page.text


def test_same_run_gives_the_same_bytes(folder: RunFolder) -> None:
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first


def test_ids_are_unique_in_the_page(folder: RunFolder) -> None:
    """Several drawings share the page; a clip path of one must not cut another."""
    ids = [attrs["id"] for _, attrs in page_of(folder).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_chart_labels_are_text_in_the_page_s_own_colours(folder: RunFolder) -> None:
    """Text can be searched and read aloud; colours by variable follow light and dark mode."""
    html = write_report(folder).read_text(encoding="utf-8")
    drawing = html[html.index("<svg") : html.index("</svg>")]
    labels = re.findall(r"<text[^>]*>([^<]*)</text>", drawing)
    assert {"seeds", "epoch 1", "epoch 2", "pool", "kept"} <= set(labels)
    assert "var(--ink)" in drawing
    assert not re.search(r"(?:fill|stroke): #", drawing)


def test_drawing_leaves_matplotlib_s_settings_as_they_were(folder: RunFolder) -> None:
    before = dict(mpl.rcParams)
    write_report(folder)
    assert dict(mpl.rcParams) == before
