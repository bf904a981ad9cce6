"""Take the pictures of README.md and deployments/README.md: `python -m tests.servers.screenshots`.

Starts `evolflow serve` in a new folder, runs `smoke` and walks through the UI in Chromium; then an
offline evaluation's report, its page for people, and where PyTorch is, a fine-tuning's.
"""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from schemas.folders.evaluation import EvaluationFolder
from tests.conftest import ROOT
from tests.servers import ranking
from tests.servers.pages import Tab, tab
from tests.servers.served import Served, served

PICTURES = ROOT / "deployments" / "pictures"


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with (
        tempfile.TemporaryDirectory(prefix="evolflow-") as folder,
        served({**kept, "EVOLFLOW_HOME": folder}, Path(folder) / "data") as room,
    ):
        smoke = room.deployment("smoke")
        run = room.start("smoke", smoke["parameters"]["settings"])
        assert room.wait(run)["state"]["name"] == "Completed"
        with tab(room.address) as shown:
            shoot_all(shown, room, run)
    with tempfile.TemporaryDirectory(prefix="evolflow-") as folder:
        shoot_evaluation({**kept, "EVOLFLOW_HOME": folder}, Path(folder) / "judged")
        if find_spec("trl"):
            shoot_training({**kept, "EVOLFLOW_HOME": folder}, Path(folder))


def shoot_all(shown: Tab, room: Served, run: str) -> None:
    """Take every picture, in the order of the text."""
    smoke, nightly = (room.deployment(name)["id"] for name in ("smoke", "nightly"))
    shown.go(f"deployments/deployment/{smoke}/run", "Seed file", "Data")
    shown.shoot(PICTURES / "form.png")
    # Epochs send what they know in the background, and the graph draws itself.
    room.until(lambda: verdicts(room) is not None)
    shown.go(f"runs/flow-run/{run}", "Completed", "evolflow")
    shown.settle()
    shown.shoot(PICTURES / "run.png")
    shown.go(f"artifacts/artifact/{verdicts(room)}", "copied_prompt")
    shown.shoot(PICTURES / "verdicts.png")
    shown.go(f"deployments/deployment/{nightly}", "Schedules")
    shown.page.get_by_role("switch").first.click()
    room.until(lambda: bool(room.deployment("nightly")["schedules"][0]["active"]))
    shown.settle()
    shown.shoot(PICTURES / "schedule.png")


def shoot_evaluation(environment: dict[str, str], run: Path) -> None:
    """Take the pictures of who wins, and of what raters see."""
    systems = ["--systems", "rewriter=offline/rewriter", "terse=offline/terse"]
    subprocess.run(
        [sys.executable, "-m", "flows.cli", "evaluate", *systems, "--judge", "offline/rewriter",
         "--out", str(run)],
        cwd=ROOT, env=environment, check=True,
    )  # fmt: skip
    with tab((run / "report").as_uri()) as shown:
        shown.go("index.html", "Who wins")
        shown.shoot(PICTURES / "who-wins.png")
    with ranking.served(EvaluationFolder(run), environment) as page, tab(page.address) as shown:
        shown.go("", "name")
        shown.page.get_by_role("textbox").first.fill("Ada")
        shown.page.keyboard.press("Enter")
        shown.page.get_by_text("Answer 1").first.wait_for()
        shown.shoot(PICTURES / "ranking.png")


def shoot_training(environment: dict[str, str], place: Path) -> None:
    """Take the picture of a small fine-tuning's page."""
    run, tiny = place / "run", place / "tiny"
    seeds = "tasks/packs/general/seeds.jsonl"
    for command in (
        ["run", "--seeds", seeds, "--out", run, "--model", "offline/rewriter", "--epochs", "1"],
        ["train", "deployments/tiny.toml", "--data", run, "--out", tiny, "--held-out-rows", "24"],
    ):
        subprocess.run(
            [sys.executable, "-m", "flows.cli", *map(str, command)],
            cwd=ROOT, env=environment, check=True,
        )  # fmt: skip
    with tab((tiny / "report").as_uri()) as shown:
        shown.go("index.html", "Loss")
        shown.shoot(PICTURES / "training.png")


def verdicts(room: Served) -> str | None:
    """Return the id of epoch 2's table of verdicts, once it is there."""
    found = room.post("artifacts/latest/filter")
    keys = {one["key"]: str(one["latest_id"]) for one in found}
    return next((keys[key] for key in keys if key.endswith("epoch-2-verdicts")), None)


if __name__ == "__main__":
    main()
