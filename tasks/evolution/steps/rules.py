"""The common elimination rules, one entry each: what a rule is called, what it reads, when it holds.

Rules 1 to 4 are the paper's (WizardLM §3.2), the rest are the strict profile; a pack may have more of
its own. A rule turns values into evidence or None; which rows are shown to it, and what becomes of
them, it does not know.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import pyarrow as pa

from schemas.calls.call import THOUGHT_TOO_LONG
from schemas.calls.endings import Ending
from schemas.operation import Axis
from schemas.reasons import Gain, Reason
from schemas.rule import Examination, Finding, Moment, Rule, Terms
from schemas.settings.evolution import RunSettings
from schemas.tables.row import STAGE, Row, to_table
from schemas.text import count_words, normalise, tokens
from tasks.doors.languages import known as languages
from tasks.doors.languages.refusals import refusal_in, wants_regret
from tasks.evolution.steps.beside_parent import (
    differs_from_parent,
    keeps_budget,
    keeps_words,
)
from tasks.evolution.steps.child_checks import (
    copies_no_prompt,
    is_no_evolver_refusal,
    is_one_prompt,
)
from tasks.evolution.steps.loops import says_it_once
from tasks.packs.pack import Pack

_QUOTED_CHARS = 80
# A longer text that holds nothing but function words does not occur.
_MOST_FUNCTION_WORDS = 50
_MOST_OFFERED_WORDS = 3
_FEW_WORDS = 4
_BLANK = re.compile(r"_{2,}|\.{4,}|…|[(（]\s*[)）]")


def thought_in_time(error: str) -> str | None:
    """The model's thinking ended before the token limit did."""
    return error if error.startswith(THOUGHT_TOO_LONG) else None


def is_answered(error: str) -> str | None:
    """The model gave an answer; an error in the row is the evidence that it did not."""
    return None if error.startswith(THOUGHT_TOO_LONG) else error


def shows_gain(gain: str) -> str | None:
    """Rule 1: the judge does not find child and parent equal."""
    return "the judge finds it equal to its parent" if gain == Gain.EQUAL else None


def is_scored(gain: str) -> str | None:
    """The judge's verdict could be read; if not, nothing is known of the gain."""
    return "the judge's verdict could not be read, twice" if gain == Gain.UNSCORED else None


def is_no_refusal(response: str, *, max_words: int) -> str | None:
    """Rule 2: no apology in a response of fewer than `max_words` words."""
    words = count_words(response)
    if words >= max_words:
        return None
    phrase = _first_phrase(response, languages.apologies())
    return f"{phrase!r} in {words} words, fewer than {max_words}" if phrase else None


def refuses_nothing(instruction: str, response: str, *, max_words: int) -> str | None:
    """Strict, in place of rule 2: the response does not open with a refusal, in ten languages.

    Where the instruction itself speaks of apologies or refusals, the response may hold one.
    """
    words = count_words(response)
    found = refusal_in(response) if words < max_words else None
    if found is None or wants_regret(instruction) or refusal_in(instruction):
        return None
    return f"{found!r} in {words} words, fewer than {max_words}"


def says_something(instruction: str, response: str) -> str | None:
    """Rule 3: the response holds more than punctuation and function words.

    What the instruction offers in quotes, beside an "or" or for a blank is an answer, whatever it is.
    """
    words = tokens(response)
    if len(words) > _MOST_FUNCTION_WORDS or not languages.says_nothing(response):
        return None
    if response.strip() and _is_offered(response, len(words), instruction):
        return None
    what = "function words" if words else "punctuation"
    return f"{what} only: {_quote(response)}"


def is_whole(ending: str, error: str) -> str | None:
    """The text was not cut by the token limit; what came of it is quoted in the error."""
    return error if ending == Ending.CUT else None


def was_not_declined(ending: str, error: str) -> str | None:
    """The model did not refuse in a field of its own."""
    return error if ending == Ending.REFUSED else None


def has_no_boilerplate(text: str) -> str | None:
    """Strict: the text does not speak of itself as an AI."""
    phrase = _first_phrase(text, languages.boilerplate())
    return f"{phrase!r} in the text" if phrase else None


def asks_nothing_back(response: str) -> str | None:
    """Strict: the response does not ask for what the instruction did not give."""
    phrase = _first_phrase(response, languages.asking_back())
    return f"{phrase!r} in the response" if phrase else None


def is_not_in_instruction(instruction: str, response: str, *, min_words: int) -> str | None:
    """Strict: the response is no copy of a part of the instruction."""
    answer = normalise(response)
    if count_words(answer) < min_words or answer not in normalise(instruction):
        return None
    return "the whole response stands in the instruction"


def is_no_duplicate(duplicate_of: str) -> str | None:
    """Strict: the pool holds no other instruction that is the same or nearly the same."""
    return f"repeats {duplicate_of}"


RULES: tuple[Rule, ...] = (
    Rule("child_whole", Reason.TRUNCATED, "before_judge", ("ending", "error"), is_whole),
    Rule("child_not_declined", Reason.EVOLVER_REFUSED, "before_judge", ("ending", "error"),
         was_not_declined),
    Rule("child_thought_in_time", Reason.THOUGHT_TOO_LONG, "before_judge", ("error",),
         thought_in_time),
    Rule("child_answered", Reason.UNANSWERED, "before_judge", ("error",), is_answered),
    Rule("child_is_no_refusal", Reason.EVOLVER_REFUSED, "before_judge",
         ("parent_instruction", "instruction"), is_no_evolver_refusal),
    Rule("child_differs_from_parent", Reason.NO_GAIN, "before_judge",
         ("parent_instruction", "instruction"), differs_from_parent),
    Rule("child_copies_no_prompt", Reason.COPIED_PROMPT, "before_judge",
         ("parent_instruction", "instruction"), copies_no_prompt,
         lambda terms: {"phrases": list(terms.copied_phrases), "frames": list(terms.frames)}),
    Rule("child_is_one_prompt", Reason.NO_PROMPT, "before_judge",
         ("parent_instruction", "instruction"), is_one_prompt),
    Rule("child_without_boilerplate", Reason.BOILERPLATE, "before_judge", ("instruction",),
         has_no_boilerplate, strict=True),
    Rule("child_keeps_budget", Reason.OFF_BUDGET, "before_judge",
         ("parent_instruction", "instruction"), keeps_budget,
         lambda terms: {"max_added_words": terms.settings.max_added_words,
                        "max_removed_share": terms.settings.max_removed_share},
         strict=True, looks_at=lambda operation: operation.word_budget),
    Rule("child_keeps_words", Reason.OFF_BUDGET, "before_judge",
         ("parent_instruction", "instruction"), keeps_words,
         lambda terms: {"max_removed_share": terms.settings.max_removed_share},
         strict=True,
         looks_at=lambda operation: operation.axis is Axis.DEPTH and not operation.word_budget),
    Rule("child_says_it_once", Reason.REPEATS_ITSELF, "before_judge",
         ("parent_instruction", "instruction"), says_it_once, strict=True),
    Rule("child_no_duplicate", Reason.DUPLICATE, "before_judge", ("duplicate_of",),
         is_no_duplicate, strict=True),
    Rule("gain_thought_in_time", Reason.THOUGHT_TOO_LONG, "after_judge", ("error",),
         thought_in_time),
    Rule("gain_answered", Reason.UNANSWERED, "after_judge", ("error",), is_answered),
    Rule("gain_shown", Reason.NO_GAIN, "after_judge", ("gain",), shows_gain),
    Rule("gain_scored", Reason.UNSCORED, "after_judge", ("gain",), is_scored),
    Rule("response_whole", Reason.TRUNCATED, "after_response", ("ending", "error"), is_whole),
    Rule("response_not_declined", Reason.REFUSED, "after_response", ("ending", "error"),
         was_not_declined),
    Rule("response_thought_in_time", Reason.THOUGHT_TOO_LONG, "after_response", ("error",),
         thought_in_time),
    Rule("response_answered", Reason.UNANSWERED, "after_response", ("error",), is_answered),
    Rule("response_no_refusal", Reason.REFUSED, "after_response", ("response",), is_no_refusal,
         lambda terms: {"max_words": terms.settings.refusal_max_words}, to_the_letter=True),
    Rule("response_refuses_nothing", Reason.REFUSED, "after_response",
         ("instruction", "response"), refuses_nothing,
         lambda terms: {"max_words": terms.settings.refusal_max_words}, strict=True),
    Rule("response_says_something", Reason.EMPTY_RESPONSE, "after_response",
         ("instruction", "response"), says_something),
    Rule("response_without_boilerplate", Reason.BOILERPLATE, "after_response", ("response",),
         has_no_boilerplate, strict=True),
    Rule("response_asks_nothing_back", Reason.ASKS_BACK, "after_response", ("response",),
         asks_nothing_back, strict=True),
    Rule("response_not_in_instruction", Reason.COPIED_RESPONSE, "after_response",
         ("instruction", "response"), is_not_in_instruction,
         lambda terms: {"min_words": terms.settings.copied_response_min_words}, strict=True),
    Rule("response_says_it_once", Reason.REPEATS_ITSELF, "after_response",
         ("instruction", "response"), says_it_once, strict=True),
)  # fmt: skip
"""In order of precedence: the first rule that a row breaks names its reason."""


def rules_of(settings: RunSettings, pack: Pack) -> list[Rule]:
    """Return the profile's rules: the common ones, then the pack's own."""
    is_strict = settings.rules == "strict"
    return [
        rule
        for rule in (*RULES, *pack.rules)
        if not (rule.to_the_letter if is_strict else rule.strict)
    ]


def rules_at(moment: Moment, settings: RunSettings, pack: Pack) -> list[Rule]:
    """Return the profile's rules that can be known at a moment."""
    return [rule for rule in rules_of(settings, pack) if rule.moment == moment]


def apply(moment: Moment, rows: Sequence[Row], settings: RunSettings, pack: Pack) -> list[Row]:
    """Give a reason and evidence to the rows that break a rule of this moment.

    Args:
        moment: Which rules can be known now.
        rows: Those that have a reason already are passed through.
        settings: Profile and thresholds.
        pack: Its own rules, its operations, and the words that give away a leak.

    Returns:
        The same rows in the same order; the first rule in order of precedence names the reason.
    """
    standing = [row for row in rows if row.reason is None]
    held = rules_at(moment, settings, pack)
    examination = examine(to_table(standing, STAGE), held, settings, pack)
    first: dict[str, Finding] = {}
    for finding in examination.findings:
        first.setdefault(finding.row_id, finding)
    return [_with_reason(row, first.get(row.id)) for row in rows]


def _with_reason(row: Row, finding: Finding | None) -> Row:
    if finding is None:
        return row
    return replace(row, reason=finding.rule.reason.value, evidence=finding.evidence)


def examine(
    table: pa.Table, rules: Sequence[Rule], settings: RunSettings, pack: Pack
) -> Examination:
    """Hold a table against rules, with the run's thresholds.

    Args:
        table: STAGE columns.
        rules: In order of precedence.
        settings: Hold the thresholds.
        pack: Holds the operations, and the words that give away a leak.
    """
    # Great Expectations takes seconds to import: only in a process that judges rows.
    from tasks.doors import expectations

    terms = Terms(settings, pack.copied_phrases, pack.operations, pack.frames)
    return expectations.examine(table, [rule.under(terms) for rule in rules])


def _first_phrase(text: str, phrases: tuple[str, ...]) -> str | None:
    lower = text.casefold().replace("’", "'")
    return next((p for p in phrases if p in lower and _whole_words(p).search(lower)), None)


def _is_offered(response: str, words: int, instruction: str) -> bool:
    """Tell whether so few words are one of those that the instruction holds out."""
    if words > _MOST_OFFERED_WORDS:
        return False
    if words and (_BLANK.search(instruction) or _is_brief_question(instruction)):
        return True
    said = re.escape(response.strip().strip(".!\"'“”"))
    if not said:
        return f'"{response.strip()}"' in instruction
    offered = rf"[\"“'‘(/]{said}[\"”'’)/.,]|\bor {said}\b|\b{said} or\b|, {said}\b|\b{said},"
    return re.search(offered, instruction, re.IGNORECASE) is not None


def _is_brief_question(instruction: str) -> bool:
    return count_words(instruction) <= _FEW_WORDS and instruction.rstrip()[-1:] in ("?", "？")


@lru_cache
def _whole_words(phrase: str) -> re.Pattern[str]:
    # Spaced scripts: "sorry" is no part of another word. Unspaced ones have no word boundary.
    return re.compile(rf"\b{re.escape(phrase)}\b" if phrase.isascii() else re.escape(phrase))


def _quote(text: str) -> str:
    return repr(text[:_QUOTED_CHARS])
