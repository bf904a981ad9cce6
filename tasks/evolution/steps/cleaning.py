"""Take the prompt out of what an evolver wrapped around it: labels, announcements, quotes, remarks.

An answer in, the new instruction out: a piece of the answer, to the letter but for quotation marks at
line starts. What is left that is no prompt is left for the rules to find. Knows no row and no pack;
what languages call things is in `tasks/doors/languages`.
"""

import re

from tasks.doors.languages.wrappings import (
    ANNOUNCEMENT,
    INNER_LABEL,
    LABEL,
    PARENT_LABEL,
    REMARK,
    TAGS,
)

_QUOTES = {
    '"': '"', "“": "”", "„": "“", "«": "»", "»": "«", "「": "」", "『": "』", "'": "'", "‘": "’",
}  # fmt: skip
_FENCE = re.compile(
    r"^(```+|~~~+)(?:text|txt|plaintext|plain|markdown|md|prompt|instruction)?[ \t]*\n(.*)\n[ \t]*\1$",
    re.DOTALL | re.IGNORECASE,
)
_QUOTED_LINES = re.compile(r"^(?:>[ \t]?[^\n]*(?:\n|$)|[ \t]*\n)+$")
_QUOTE_MARK = re.compile(r"^>[ \t]?", re.MULTILINE)
_RULE_AT_END = re.compile(r"\n[ \t]*(?:#{2,}|-{3,}|\*{3,}|_{3,}|={3,}|~{3,})[ \t]*$")
_RULE_AT_START = re.compile(r"^(?:#{2,}|-{3,}|\*{3,}|_{3,}|={3,})[ \t]*\n+")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_ASIDE = re.compile(r"\s*[(（\[]([^()（）\[\]\n]{3,300})[)）\]]\.?$")
_LIST_LINE = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s")
# A worked example of the instruction's own ends with an explanation of its output.
_EXAMPLE_AT_END = re.compile(
    r"(?:^|\n)[ \t*]*(?:(?:sample |example )?(?:input|output)|examples?|输出|示例)\b[^\n]*\s*$",
    re.IGNORECASE,
)
_LAST_SENTENCE = re.compile(
    r"(?<=[.!?。！？])[ \t]+(?=[^.!?。！？]{10,}[.!?。！？]?$)|(?<=[。！？])"
)


def clean(answer: str) -> str:
    """Return the new instruction inside an evolver's answer.

    Labels and announcements are taken off the start, remarks off the end, and fences, quotes and bold
    off the whole. A label that stands anywhere else is left for rule 4.
    """
    before, text = "", answer.strip()
    while text != before:
        before, text = text, _without_closing(_unwrapped(_without_opening(text)))
    return text


def _without_opening(text: str) -> str:
    """Take off one announcement and one label, or a parent that was echoed before the child."""
    if PARENT_LABEL.match(text):
        labels = list(INNER_LABEL.finditer(text))
        return text[labels[-1].end() :].strip() if labels else text
    text = _RULE_AT_START.sub("", text, count=1)
    text = ANNOUNCEMENT.sub("", text, count=1)
    return LABEL.sub("", text, count=1).strip()


def _unwrapped(text: str) -> str:
    """Take off one thing that goes round the whole."""
    for pattern in (_FENCE, TAGS):
        found = pattern.match(text)
        if found and found[1] not in found[2]:
            return found[2].strip()
    if _QUOTED_LINES.match(text) and text.startswith(">"):
        return _QUOTE_MARK.sub("", text).strip()
    for mark in ("**", "__", "*", "`"):
        if _goes_round(mark, mark, text) and "\n" not in text and text[len(mark)] != " ":
            return text[len(mark) : -len(mark)].strip()
    opening = text[:1]
    closing = _QUOTES.get(opening)
    return text[1:-1].strip() if closing and _goes_round(opening, closing, text) else text


def _goes_round(opening: str, closing: str, text: str) -> bool:
    inner = text[len(opening) : -len(closing)]
    whole = text.startswith(opening) and text.endswith(closing)
    return whole and bool(inner) and len(text) > 2 * len(opening) and closing not in inner


def _without_closing(text: str) -> str:
    """Take off the last thing, if it is a rule or speaks of the prompt before it."""
    text = _RULE_AT_END.sub("", text).rstrip()
    start = _start_of_remark(text)
    return text if start is None else text[:start].rstrip()


def _start_of_remark(text: str) -> int | None:
    """Return where a remark begins with which the text ends, paragraph before line before aside."""
    breaks = [match.end() for match in _PARAGRAPH.finditer(text)]
    for start in reversed(breaks):
        if _is_remark(text[start:]):
            return None if _EXAMPLE_AT_END.search(text[:start]) else start
        if not _is_list(text[start:]):
            break
    line = text.rfind("\n") + 1
    if line and _is_remark(text[line:]):
        return None if _EXAMPLE_AT_END.search(text[:line]) else line
    aside = _ASIDE.search(text)
    if aside and aside.start() and REMARK.match(aside[1]):
        return aside.start()
    cuts = [match.end() for match in _LAST_SENTENCE.finditer(text, line)]
    return next(
        (cut for cut in reversed(cuts) if line < cut < len(text) and _is_remark(text[cut:])), None
    )


def _is_remark(text: str) -> bool:
    return REMARK.match(text.strip()) is not None


def _is_list(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(_LIST_LINE.match(line) for line in lines)
