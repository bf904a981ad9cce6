"""What cleaning and the rules do to real rows, and to replies whose right reading is known.

Prints each figure before the rules were made as they are, and now; each row that is changed or
killed is shown, to be looked at. Wants the rows of ../shared, and says so where they are not.
`--quiet` shows none.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from schemas.settings.evolution import RunSettings
from schemas.tables.row import Row
from tasks.doors.languages.sentences import only_states
from tasks.evolution.steps.cleaning import clean
from tasks.evolution.steps.loops import says_it_once
from tasks.evolution.steps.rules import apply, is_no_refusal, refuses_nothing, says_something
from tasks.packs.pack import load_pack

SHARED = Path(__file__).parents[3] / "shared"
DATA, CASES = SHARED / "data", SHARED / "cases" / "fidelity"
# Measured with the version before, on the same rows.
BEFORE = {
    "cleaning changes": "1", "rule 3 kills": "76", "rule 2 to the letter kills": "46",
    "strict refusals kill": "46", "taken for statements": "0", "loops in instructions": "0",
    "loops in responses": "0", "evolver_replies.jsonl": "8", "short_answers.jsonl": "5",
    "refusals.jsonl, strict": "16",
}  # fmt: skip


class Pair(NamedTuple):
    """An instruction and its response."""

    source: str
    instruction: str
    response: str | None


def main(*, is_quiet: bool) -> None:
    """Print all figures."""
    if not DATA.exists():
        print("no rows to measure with: ../shared is not there")
        return
    pairs = list(rows())
    of_real_rows(pairs, is_quiet)
    of_cases()


def rows() -> Iterator[Pair]:
    """Yield the real rows."""
    for line in (DATA / "alpaca_5k.jsonl").read_text(encoding="utf-8").splitlines():
        yield alpaca("alpaca", json.loads(line))
    for name in ("alpaca_zh_1k", "code_alpaca_2k"):
        for record in json.loads((DATA / f"{name}.json").read_text(encoding="utf-8")):
            yield alpaca(name, record)
    for line in (DATA / "evol_testset_218.jsonl").read_text(encoding="utf-8").splitlines():
        yield Pair("testset", json.loads(line)["Instruction"].strip(), None)


def alpaca(source: str, record: dict[str, Any]) -> Pair:
    """Join instruction and input, as seeds do."""
    parts = [record["instruction"].strip(), (record.get("input") or "").strip()]
    return Pair(source, "\n\n".join(part for part in parts if part), record["output"])


def of_real_rows(pairs: list[Pair], is_quiet: bool) -> None:
    """Print how many real rows are changed or killed, and which."""
    found: dict[str, Sequence[Pair | Answered]] = {
        "cleaning changes": [p for p in pairs if clean(p.instruction) != p.instruction],
        "rule 3 kills": [p for p in answered(pairs) if says_something(p.instruction, p.response)],
        "rule 2 to the letter kills": [
            p for p in answered(pairs) if is_no_refusal(p.response, max_words=80)
        ],
        "strict refusals kill": [
            p for p in answered(pairs) if refuses_nothing(p.instruction, p.response, max_words=80)
        ],
        "taken for statements": [p for p in pairs if only_states(p.instruction)],
        "loops in instructions": [p for p in pairs if says_it_once("", p.instruction)],
        "loops in responses": [
            p for p in answered(pairs) if says_it_once(p.instruction, p.response)
        ],
    }
    for what, hits in found.items():
        by_source = dict(Counter(hit.source for hit in hits))
        print(f"{what}: {BEFORE[what]} -> {len(hits)} of {len(pairs)} {by_source}")
        for hit in hits if not is_quiet else []:
            print(f"    {hit.source}: {hit.instruction[:90]!r} | {(hit.response or '')[:60]!r}")


class Answered(NamedTuple):
    """A pair with a response."""

    source: str
    instruction: str
    response: str


def answered(pairs: list[Pair]) -> Iterator[Answered]:
    """Yield the pairs that have a response: an empty one is no right answer."""
    for source, instruction, response in pairs:
        if response and response.strip():
            yield Answered(source, instruction, response)


def of_cases() -> None:
    """Print how many replies are read as they should be."""
    short, refused = cases("short_answers"), cases("refusals")
    right = {
        "evolver_replies.jsonl": [child(c) == c["want_child"] for c in cases("evolver_replies")],
        "short_answers.jsonl": [
            bool(says_something(c["instruction"], c["response"])) == (c["want"] != "keep")
            for c in short
        ],
        "refusals.jsonl, strict": [
            bool(refuses_nothing("", unthought(c["response"]), max_words=80))
            == (c["want"] != "keep")
            for c in refused
        ],
    }
    for name, each in right.items():
        print(f"{name}: right {BEFORE[name]} -> {sum(each)} of {len(each)}")


def cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of a file."""
    text = (CASES / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def child(case: dict[str, Any]) -> str | None:
    """Return the child that comes of a reply under the paper's free rules; None for none."""
    settings = RunSettings(seeds=Path("none"), out=Path("none"), model="offline/rewriter")
    text = clean(unthought(case["reply"]))
    row = Row(
        "s-1", "s", 0, 1, text, parent_id="s", operation="deepen", parent_instruction=case["parent"]
    )
    [judged] = apply("before_judge", [row], settings, load_pack("general"))
    return judged.instruction if judged.reason is None else None


def unthought(reply: str) -> str:
    """Return a reply as the model door hands it on: without thoughts and template tokens."""
    return reply.rpartition("</think>")[2].removesuffix("<|im_end|>").strip()


if __name__ == "__main__":
    main(is_quiet="--quiet" in sys.argv)
