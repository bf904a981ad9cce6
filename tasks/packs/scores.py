"""Read from a judge's words the score of one text, or the scores of several side by side.

Turns a reply into numbers of a given scale, or None: what is out of range, a span or one of two
different scores is none, and never a low score. A last or first line that is the score alone decides,
then JSON, then the last score with a name. Knows neither what is scored nor why.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from tasks.packs.replies import fields, spoken, untagged, values

_NUMBER = r"-?[0-9]{1,6}(?:\.[0-9]{1,6})?"
_NAMES = (
    r"scores?|rating|difficulty(?: score| rating| level)?|complexity|quality|level|grade|mark|overall"
    r"|verdict|answer|result|final|rank|bewertung|schwierigkeit(?:sgrad)?|punktzahl|punkte|note|stufe"
    r"|puntuaci[oó]n|puntaje|dificultad|calificaci[oó]n|difficult[eé]|difficolt[aà]|score final|nota"
    r"|dificuldade|pontua[cç][aã]o|punteggio|voto|valutazione|оценка|сложность|балл\w*|трудность"
)
_CLOSE_NAMES = (
    r"评分|分数|得分|打分|难度|難度|评级|等级|质量|複雑さ|複雑度|复杂度|スコア|評価|難易度"
    r"|点数|점수"
    r"|난이도|평가|평점"
)
_NAME = rf"(?:\b(?:{_NAMES})\b|{_CLOSE_NAMES})"
_SCALE = rf"(?:\s*(?:/|out of|of|von|sur|de|su|из|点中|分中)\s*({_NUMBER})\b)?"
_UNIT = r"(?:\s*(?:points?|pts?|punkte?|puntos?|pontos?|punti|балл\w*|分|点|점|级|級)(?!\w))?"
# Nothing that makes it another number or one of several: a span, a list, a decimal comma, a further
# digit, an exponent.
_WHOLE = (
    r"(?![\w.,]*[0-9])(?!\s*(?:[-–—~+%,;、]|to|or|and|bis|oder|ou|o|и|или|至|到|或)\s*-?[0-9])"
    r"(?![%+\w])"
)
_SCORE = rf"(?<![A-Za-z0-9_.,/-])({_NUMBER}){_SCALE}{_UNIT}{_WHOLE}"
_MARKS = re.compile(r"[*_`#\"'“”「」『』$\[\]{}<>|]+")
_SEPARATOR = (
    r"(?:\s+(?:of|for)(?:\s+[^\W\d]+){1,4}?)?\s*(?:[:=]|\bis\b|\bof\b|\bat\b|\bist\b|\best\b|\bes\b"
    r"|\bé\b|\bè\b|为|是|は|는|은|[-–—]\s)?\s*(?:\ban?\b\s*)?"
)
_REASON = r"(?:\s*[.!。]?\s*|\s*(?:[:;,(。，]|[-–—]\s|\bbecause\b|\bsince\b|\bas\b|\bfor\b|因为).*)"
_FULL = re.compile(
    rf"[^\w-]*(?:-\s+)?(?:(?:\w+\s+){{0,3}}{_NAME}(?:\s*\([^)]*\))?{_SEPARATOR})?{_SCORE}{_REASON}",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"{_NAME}(?:\s*\([^)0-9]*\))?{_SEPARATOR}{_SCORE}", re.IGNORECASE)
_GIVEN = re.compile(
    rf"\b(?:rate|rated|rates|score|scored|give|gives|assign|deserves|earns|put|call|say|is an?"
    rf"|would be an?"
    rf"|it's an?|bewerte|gebe|donne|doy|daria|dou|do)\b(?:\s+[^\W\d]+){{0,6}}?\s+{_SCORE}"
    rf"(?=\s*(?:$|[.!,;:()。，]|\bbecause\b|\bsince\b|\bas\b|\bfor\b|\bon\b|\bin\b|\boverall\b))",
    re.IGNORECASE | re.MULTILINE,
)
_RANGE_SAID = re.compile(
    r"\b(?:on|in) an? scale (?:of|from) 1 ?(?:to|-|–) ?10\b|\(\s*(?:from\s+)?1\s*(?:to|-|–)\s*10\s*\)"
    r"|在 ?1 ?(?:到|至|-) ?10 ?分?(?:的范围内|之间|中)",
    re.IGNORECASE,
)
# "1. It asks ..." and "2) It ..." number the lines of a list.
_ITEM = re.compile(r"\s*[0-9]{1,3}[.)]\s+\S")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")
_JSON_NAMES = (
    ("score", "final score", "overall score", "difficulty", "difficulty score", "rating", "overall",
     "difficulty rating", "difficulty level", "level", "quality", "quality score", "grade", "评分",
     "难度",
     "分数", "得分", "打分", "難易度", "スコア", "評価", "점수", "난이도", "puntuacion",
     "puntuación", "dificultad",
     "note", "difficulté", "bewertung", "schwierigkeit", "nota", "dificuldade", "punteggio",
     "difficoltà",
     "voto", "оценка", "сложность", "complexity"),
    ("value", "result", "answer", "verdict", "final answer", "output", "final"),
)  # fmt: skip
_LIST_NAME = re.compile(rf"(?:{_NAME})[^\w\[]*((?:{_NUMBER}[\s,;、]+)+{_NUMBER})\W*", re.IGNORECASE)
_COMPACT = re.compile(rf"\W*({_NUMBER}(?:,{_NUMBER})+)\W*")
_BY_NUMBER = re.compile(
    rf"\W*(?:(?:version|pair|answer|prompt|instruction|text|item|score|版本"
    rf"|第)\s*#?\s*)?([0-9]{{1,3}})(?:\s*\([^()]*\))?"
    rf"\W*?[:：=→-]\W*?(?:score\W*)?({_NUMBER})(?:\s*/\s*[0-9]+)?\W*(?:\(.*\))?",
    re.IGNORECASE,
)
_FAR_OUT = 1e6


class Scale(NamedTuple):
    """From where to where scores go."""

    lowest: float
    highest: float

    def holds(self, score: float) -> bool:
        """Whether a score is on it."""
        return self.lowest <= score <= self.highest

    def read(self, score: str, out_of: str | None) -> float | None:
        """Return a score that is on the scale and says no other."""
        if out_of and float(out_of) != self.highest:
            return None
        return float(score) if self.holds(float(score)) else None


def read_score(reply: str, scale: Scale) -> float | None:
    """Return the score that a judge gave one text; None where there is none, or two.

    The judge may think aloud or quote the text first, so of several scores with a name the last counts.
    """
    text = untagged(spoken(reply))
    if found := values(text):
        told = [score for value in found for score in _told(value, scale)]
        if told:
            return told[0] if len(set(told)) == 1 else None
    text = _RANGE_SAID.sub(" ", text)
    lines = [line for line in text.splitlines() if re.search(r"\w", line)]
    plain = [" ".join(_MARKS.sub(" ", line).split()) for line in lines]
    return _of_lines(plain, scale) if plain else None


def _told(value: Any, scale: Scale) -> list[float | None]:
    """Return what a JSON value says under the first kind of name that it has."""
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], (dict, list)):
        return [_number(value[0], scale)]
    named = list(fields(value))
    for names in _JSON_NAMES:
        found = [
            _number(one, scale)
            for name, one in named
            if name in names and not isinstance(one, (dict, list))
        ]
        if found:
            return found
    return []


def _number(value: Any, scale: Scale) -> float | None:
    if isinstance(value, str):
        match = _FULL.fullmatch(value)
        return scale.read(match[1], match[2]) if match else None
    return float(value) if _is_number(value) and scale.holds(value) else None


def _of_lines(lines: Sequence[str], scale: Scale) -> float | None:
    last, first = _alone(lines[-1]), _alone(lines[0])
    if last is None and not _ITEM.match(lines[-1]):
        last = _alone(_SENTENCE.split(lines[-1])[-1])
        # "Score: 11. 9": a bare number behind a score of another size is no correction.
        if last and not last.has_name and {one[0] for one in _found(lines[-1])} - {last.score}:
            return None
    if last and first and len(lines) > 1 and not first.has_name and not last.has_name:
        # Two bare numbers: which of them is the score cannot be known.
        return scale.read(*last[:2]) if first[:2] == last[:2] else None
    if last is not None:
        return scale.read(*last[:2])
    named = [match for line in lines[1 if first else 0 :] for match in _found(line)]
    if first is not None:
        named = [*named, first[:2]] if all(one == first[:2] for one in named) else []
    return scale.read(*named[-1]) if named else None


class _Alone(NamedTuple):
    score: str
    out_of: str | None
    has_name: bool


def _alone(line: str) -> _Alone | None:
    """Return the score of a line that holds it and nothing but a name before and a reason after."""
    if _ITEM.match(line):
        return None
    match = _FULL.fullmatch(line)
    if match is None or len(_found(line)) > 1:
        return None
    return _Alone(match[1], match[2], bool(re.match(r"\W*[^\W\d]", line)))


def _found(line: str) -> list[tuple[str, str | None]]:
    """Return the scores with a name, or with a verb that gives them, in their order."""
    by_name = list(_NAMED.finditer(line)) or list(_GIVEN.finditer(line))
    return [(match[1], match[2]) for match in by_name]


def read_scores(reply: str, count: int) -> list[float] | None:
    """Return the last scores that a judge gave so many texts; None where there are none.

    All or nothing: scores side by side mean something only together.

    Args:
        reply: The judge's words.
        count: Texts that were shown; scores are 1 to this.
    """
    text = spoken(reply)
    found = [scores for value in values(text) if (scores := _listed(value, count)) is not None]
    scores = found[-1] if found else _written(untagged(text), count)
    if scores is None or not all(1 <= score <= count for score in scores):
        return None
    return scores


def _listed(value: Any, count: int) -> list[float] | None:
    """Return the numbers of a JSON list or object, also one level in; None where it is not that."""
    if isinstance(value, dict):
        by_number = {_text_number(str(name)): one for name, one in value.items()}
        if None not in by_number and len(by_number) == len(value):
            value = [by_number.get(number) for number in range(1, count + 1)]
            return _numbers(value, count) if len(by_number) == count else None
        inner = [_listed(one, count) for one in value.values() if isinstance(one, (dict, list))]
        known = [one for one in inner if one is not None]
        return known[0] if len(known) == 1 else None
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return _of_records(value, count)
    return _numbers(value, count)


def _of_records(records: Sequence[dict[str, Any]], count: int) -> list[float] | None:
    """Return the scores of records such as {"version": 1, "score": 3}, in the texts' order."""
    by_number: dict[int | None, Any] = {}
    for record in records:
        others = [one for name, one in record.items() if name.casefold() != "score"]
        number = next((one for one in others if type(one) is int), None)
        if number is None:
            number = next((n for one in others if (n := _text_number(str(one))) is not None), None)
        by_number[number] = next(
            (one for name, one in record.items() if name.casefold() == "score"), None
        )
    return _numbers([by_number.get(number) for number in range(1, count + 1)], len(records))


def _text_number(name: str) -> int | None:
    match = re.fullmatch(
        r"(?:(?:version|pair|answer|prompt|instruction|text|item|版本)[\s_#]*)?([0-9]{1,3})",
        name.strip().casefold(),
    )
    return int(match[1]) if match else None


def _numbers(value: Any, count: int) -> list[float] | None:
    is_whole = isinstance(value, list) and len(value) == count
    return [float(v) for v in value] if is_whole and all(map(_is_number, value)) else None


def _written(text: str, count: int) -> list[float] | None:
    """Return scores that are written without JSON: a line a text, behind a name, or closed up.

    A bare list with blanks may as well be an order in which the texts come, and is none.
    """
    lines = [" ".join(_MARKS.sub(" ", line).split()) for line in text.splitlines() if line.strip()]
    numbered = [match for line in lines if (match := _BY_NUMBER.fullmatch(line))]
    if numbered:
        by_number = {int(match[1]): float(match[2]) for match in numbered}
        is_whole = len(numbered) == count and set(by_number) == set(range(1, count + 1))
        return [by_number[number] for number in range(1, count + 1)] if is_whole else None
    for line in (lines[-1], lines[0]) if lines else ():
        if match := _LIST_NAME.fullmatch(line) or _COMPACT.fullmatch(line):
            return _numbers([float(one) for one in re.findall(_NUMBER, match[1])], count)
    return None


def _is_number(value: Any) -> bool:
    # bool is a kind of int, and JSON as Python reads it knows NaN and Infinity.
    return type(value) in (int, float) and abs(value) < _FAR_OUT
