"""The reports of hostile folders, in a real browser: they show everything and do nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.folders.evaluation import EvaluationFolder
from schemas.folders.run import RunFolder
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.tables.row import STAGE, Row, to_table
from tasks.doors.storage import shards
from tasks.evaluation.judging.page import write_report as write_evaluation_report
from tasks.evolution.kind import EVOLUTION
from tasks.evolution.report.page import write_report
from tests.conftest import own_seeds, write_seeds
from tests.servers.browser import Visit, browser, chromium, visit
from tests.servers.listener import Listener, listening
from tests.tasks.evaluated import (
    answers_of,
    games_of,
    items_of,
    new_evaluation,
    publish_all,
)

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
N_SEEDS = 3

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed"),
]


def payloads(address: str) -> str:
    """Everything that a text could try, pointed at somebody who listens."""
    return "\n".join([
        f"<script>alert(1);fetch('{address}/s')</script>",
        f"</script><script src='{address}/src.js'></script>",
        f'"><img src="{address}/i.png" onerror=alert(2)>',
        f"<svg onload=alert(3)><image href='{address}/v.png'/></svg>",
        f"<iframe src='{address}/f' srcdoc='<script>parent.alert(4)</script>'></iframe>",
        f"<a href='javascript:alert(5)' ping='{address}/p'>a</a> [b](javascript:alert(6))",
        f"</style><style>body{{background:url({address}/c.png)}}@import '{address}/m.css';",
        f"<link rel=stylesheet href='{address}/l.css'><base href='{address}/'>",
        f"<meta http-equiv=refresh content='0;url={address}/r'><title>owned</title>",
        f"</title></head><body onload=alert(7)><form action='{address}/o'><button>x</button></form>",
        f"![x]({address}/md.png) {{{{ 7*7 }}}} {{% raw %}} ${{alert(8)}} `alert(9)`",
        f"<object data='{address}/d'></object><embed src='{address}/e'><video src='{address}/w'>",
        "]]>--><!--<math><mtext></mtext><mglyph><style><img src=x onerror=alert(10)>",
    ])  # fmt: skip


def hostile_run(place: Path, text: str) -> RunFolder:
    """A finished epoch in which seeds, children, answers, verdicts and errors are hostile."""
    seeds = write_seeds(place / "seeds.json", own_seeds(N_SEEDS))
    name = "<img src=x onerror=alert(11)>"
    model = "openai/<script>alert(12)</script>"
    folder = EVOLUTION.start(RunSettings(seeds=seeds, out=place / name, model=model, epochs=2))
    rows = [Row(f"s{n}", f"s{n}", n, 0, f"{text} {n}", response=text) for n in range(N_SEEDS)]
    shards.write_table(to_table([], STAGE), folder.set_aside())
    for epoch in (0, 1, 2):
        for stage in ("pool", "evolve", "screen", "respond", "eliminate", "advance"):
            shards.write_table(to_table(rows, STAGE), folder.stage_shard(epoch, stage, 0))
        reasons = [Reason.KEPT.value, Reason.UNANSWERED.value, text[:60]]
        rows = [
            replace(
                row, id=f"s{row.position}-{epoch + 1}", epoch=epoch + 1, parent_id=row.id,
                operation="deepen", reason=reason, evidence=text, error=text,
                model=model, attempts=1, parent_instruction=text,
            )
            for row, reason in zip(rows, reasons, strict=True)
        ]  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with browser(tmp_path_factory.mktemp("browser")) as address:
        yield address


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as made:
        yield made


def open_page(tools: str, path: Path) -> Visit:
    return visit(tools, path.as_uri())


def test_the_browser_sees_what_a_careless_page_does(
    tools: str, listener: Listener, tmp_path: Path
) -> None:
    """Else the next test could not fail."""
    page = tmp_path / "careless.html"
    page.write_text(f"<title>mine</title><p>{payloads(listener.address)}</p>")
    seen = open_page(tools, page)
    assert any("javascriptDialogOpening" in one for one in seen.loud)
    assert any(one.startswith(listener.address) for one in seen.requests)
    assert listener.connections > 0


def test_the_report_of_a_hostile_run_shows_everything_and_does_nothing(
    tools: str, listener: Listener, tmp_path: Path
) -> None:
    """Whoever runs on a stranger's seeds opens this page, with their own files around it."""
    text = payloads(listener.address)
    folder = hostile_run(tmp_path, text)
    report = write_report(folder)
    seen = open_page(tools, report)
    assert seen.loud == []
    assert [one for one in seen.requests if one != report.as_uri()] == []
    assert listener.connections == 0
    assert seen.address == report.as_uri()
    assert seen.title == "<img src=x onerror=alert(11)> · Evolflow report"
    shown = "".join(seen.text.split())
    hidden = [one for one in text.splitlines() if "".join(one.split()) not in shown]
    # A long text is folded, at most in the middle of one of them.
    assert len(hidden) <= 1, hidden
    assert f'http-equiv="Content-Security-Policy" content="{POLICY}"' in report.read_text()


def hostile_evaluation(place: Path, text: str) -> EvaluationFolder:
    """An evaluation whose names, skills, instructions, answers and verdicts are hostile."""
    names = ("<script>alert(13)</script>", '"><img src=x onerror=alert(14)>')
    folder = new_evaluation(place, *names, name="<img src=x onerror=alert(15)>")
    items = [replace(one, instruction=text, skill=text) for one in items_of(N_SEEDS)]
    answers = [replace(one, answer=text) for one in answers_of(items, names)]
    games = [replace(one, verdict=text) for one in games_of(items, names)]
    publish_all(folder, items, answers, games, names)
    return folder


def test_the_report_of_a_hostile_evaluation_shows_everything_and_does_nothing(
    tools: str, listener: Listener, tmp_path: Path
) -> None:
    """Answers come from models that somebody else trained, and published judgments from anywhere."""
    text = payloads(listener.address)
    report = write_evaluation_report(hostile_evaluation(tmp_path, text))
    seen = open_page(tools, report)
    assert seen.loud == []
    assert [one for one in seen.requests if one != report.as_uri()] == []
    assert listener.connections == 0
    assert seen.address == report.as_uri()
    assert seen.title == "<img src=x onerror=alert(15)> · Evolflow evaluation"
    shown = "".join(seen.text.split())
    hidden = [one for one in text.splitlines() if "".join(one.split()) not in shown]
    # A long text is folded, at most in the middle of one of them.
    assert len(hidden) <= 1, hidden
    assert f'http-equiv="Content-Security-Policy" content="{POLICY}"' in report.read_text()
