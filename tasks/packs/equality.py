"""Read from a judge's words whether it calls two instructions equal.

Turns a reply into equal, not equal or unscored. What a judge says in JSON decides, else the last
sentence that is a verdict and nothing else, else the first one; where sentences contradict one another
and none stands last, nothing is read. A sentence with a word that is not known to belong to a verdict
is none, so a reply is sooner unscored than read the wrong way round. Knows nothing of rows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.reasons import Gain
from tasks.packs.replies import fields, spoken, untagged, values
from tasks.packs.verdict_words import Kind, folded, kinds

_OTHER = {Gain.EQUAL: Gain.NOT_EQUAL, Gain.NOT_EQUAL: Gain.EQUAL}
_TURNING = {Kind.NOT, Kind.NO}
_PHRASES = (
    (re.compile(r"\b(can|could|would|should|do|does|did|is|are|was|were|have|has)n'?t\b"), r"\1 not"),
    (re.compile(r"\b(?:won't|can't|cant)\b"), "can not"),
    (re.compile(r"\banything but\b"), "not"),
    (re.compile(r"\bnot only\b"), "only only"),
    # A lone no before a comma or an end answers something; elsewhere it turns a word round.
    (re.compile(r"\bnon(?=\s*[,.!\n]|\s*$)"), "no"),
    (re.compile(r"(?<!\w)不(?=\s*[,。.!\n]|\s*$)"), "否"),
    (re.compile(r"^[ \t]*(\d+)[.)]\s", re.MULTILINE), r"\1: "),
    (re.compile(r"\b(prompts?|instructions?|texts?|versions?) (?:[12ab]|one|two)\b"), r"\1"),
    (re.compile(r"\bnot?[\W_]?equal\b|\bnon[\W_]?equal\b"), " not equal "),
    (re.compile(r"\bnon[\W_]?equivalent\b"), " not equivalent "),
)  # fmt: skip
_SIGNS = ((re.compile(r"!=|≠"), " unequal "), (re.compile(r"==+|≡"), " equal "))
_REASON = (
    r"\b(?:because|since|given that|as (?:both|they|the|it|there)|weil|da beide|denn|parce que|car"
    r"|porque|perche|poiche|потому что|так как)\b|因为|由于|ので|から"
)
_CONCLUSION = (
    r"(?:\b(?:and|y|et|und|e|и)\s+)?(?:(?:so|thus|therefore|hence|consequently|making them|making the"
    r"|which makes|which means|meaning|also|somit|daher|donc|ainsi|por (?:lo )?tanto|asi que|portanto"
    r"|logo|quindi|percio|dunque|поэтому|значит|следовательно)\b|因此|所以|故|综上|したがって|よって"
    r"|따라서|그러므로|(?:the|my) (?:final )?(?:verdict|answer|conclusion)\b)"
)
_CUT = re.compile(
    rf"(?P<end>[\n.!;()\[\]{{}}。、|…\"`*#]+|\s[-–—]+\s)|(?P<ask>[?:=]+)"
    rf"|(?:,\s*|\band\s+)(?=(?P<so>{_CONCLUSION}))|(?:,\s*)?(?P<why>{_REASON})|(?P<comma>,)"
)
# What is compared point by point: a verdict on one point is none on the whole.
_POINTS = re.compile(
    r"\d|\b(?:constraints?|requirements?|conditions?|criteri(?:on|a)|depth|breadth|scope|length|wording"
    r"|tone|topic|style|format|points?|aspects?|difficulty|bedingung\w*|tiefe|breite|condicion\w*"
    r"|profondeur|profundidad\w*|exigences?|requisit\w*|contraintes?|услови\w*|глубин\w*"
    r"|требовани\w*)\b"
    r"|条件|约束|要求|深度|广度|要件|制約|深さ|조건|요구|깊이"
)
_SHORT_LABEL_WORDS = 4
_LEAD = r"\s*(?:(?:the|same|their|on|for|in|as|to|regarding|terms|of|with)\s+)*"
_WITHDRAWN = re.compile(
    r"\b(?:wait|actually|on second thought|on reflection|correction|scratch that|let me reconsider"
    r"|hmm)\b"
)
_RESTRICTED = re.compile(
    r"\s*(?:\b(?:but|however|yet|although|though|except|apart from|only|aber|allerdings|jedoch|mais"
    r"|cependant|toutefois|pero|sin embargo|aunque|mas|porem|ma|tuttavia|pero|но|однако|хотя)\b"
    r"|但|不过|然而|只是|しかし|ただし|하지만|그러나)"
)
_SAYS_EQUAL = {
    "equal", "is equal", "are equal", "equals", "equivalent", "is equivalent", "are equivalent", "same",
    "is same", "are the same", "identical", "is identical", "equality", "prompts equal",
    "相等", "是否相等",
    "一致", "相同", "等同",
}  # fmt: skip
_SAYS_DIFFERENT = {
    "not equal", "is not equal", "different", "is different", "are different", "unequal",
    "不相等", "不同",
}  # fmt: skip
_NAMED = {
    "verdict", "final verdict", "answer", "final answer", "result", "judgment", "judgement",
    "decision", "conclusion", "label", "output", "equality", "equal", "evaluation", "response",
    "assessment", "comparison", "判断", "结论", "结果", "判定", "答案", "裁决", "결론", "판정", "結論",
    "urteil", "ergebnis", "veredicto", "veredito", "verdetto", "вердикт", "reponse", "antwort",
    "respuesta", "risposta",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a reply between two marks."""

    text: str
    kinds: Sequence[Kind]
    ends_with: str
    """How it was cut from the next."""
    is_reason: bool
    is_point: bool
    """Speaks of one point of the comparison."""

    @property
    def verdict(self) -> Gain | None:
        return None if self.is_reason or self.is_point else _verdict(self.kinds)

    @property
    def only_turns(self) -> bool:
        return bool(self.kinds) and _has_only(self.kinds, {Kind.NOT, Kind.NONE, Kind.DEGREE})

    @property
    def answer(self) -> Kind | None:
        """Yes or No where that is how it begins."""
        first = next((kind for kind in self.kinds if kind is not Kind.FILLER), None)
        return first if first in (Kind.YES, Kind.NO) else None


def read_verdict(reply: str) -> Gain:
    """Return what an equality verdict says; what can be read in two ways is unscored."""
    text = spoken(reply)
    told = {gain for value in values(text) for gain in _told(value)}
    if told:
        return told.pop() if len(told) == 1 else Gain.UNSCORED
    return _spoken_verdict(untagged(text)) or Gain.UNSCORED


def _told(value: Any) -> Iterator[Gain]:
    """Yield what a JSON value says: a verdict in words, else whether it is equal."""
    named = list(fields(value))
    said = [_worded(one) for name, one in named if name in _NAMED and isinstance(one, str)]
    found = [gain for gain in said if gain is not None]
    yield from found or [
        gain
        for name, one in named
        if name in _SAYS_EQUAL | _SAYS_DIFFERENT
        and (gain := _answered(one, is_equal=name in _SAYS_EQUAL)) is not None
    ]


def _worded(said: str) -> Gain | None:
    return _verdict(kinds(_plain(said))) or _spoken_verdict(said)


def _answered(value: Any, *, is_equal: bool) -> Gain | None:
    """Return what yes or no says to the question whether two are equal, or whether they are not."""
    if isinstance(value, str):
        answer = _Part(value, kinds(_plain(value)), "", False, False).answer
        value = {Kind.YES: True, Kind.NO: False}.get(answer) if answer else None
    if not isinstance(value, (bool, int)) or value not in (0, 1):
        return None
    return Gain.EQUAL if bool(value) == is_equal else Gain.NOT_EQUAL


def _plain(text: str) -> str:
    # Before folding: an unequal sign is an equal sign with an accent.
    for sign, word in _SIGNS:
        text = sign.sub(word, text)
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    plain = folded(apart).replace("_", " ").replace("-equ", " equ")
    for pattern, words in _PHRASES:
        plain = pattern.sub(words, plain)
    return plain


def _spoken_verdict(text: str) -> Gain | None:
    parts = _joined(_parts(_plain(text)))
    said = _statements(parts)
    if not said:
        return None
    at, last = said[-1]
    if at == len(parts) - 1:
        at_once = len(said) > 1 and said[-2][0] == at - 1 and said[-2][1] is not last
        return None if at_once else last
    if len({gain for _, gain in said}) > 1 or _is_withdrawn(parts, said[0][0], last):
        return None
    return last


def _is_withdrawn(parts: Sequence[_Part], at: int, gain: Gain) -> bool:
    """Whether what follows a verdict takes it back or bounds it."""
    later = parts[at + 1 :]
    bounded = any(_RESTRICTED.match(part.text) for part in later[:1]) and gain is Gain.EQUAL
    return bounded or any(_takes_back(part) or _WITHDRAWN.search(part.text) for part in later)


def _parts(plain: str) -> list[_Part]:
    """Return the pieces of a reply that hold a word, with what cut each from the next."""
    found: list[_Part] = []
    at, is_reason, is_point = 0, False, False
    for match in [*_CUT.finditer(plain), None]:
        piece = plain[at : match.start() if match else len(plain)]
        cut = (match.lastgroup or "end") if match else "end"
        cut = "so" if match and match["so"] else cut
        is_point = is_point or _names_a_point(piece)
        if found_kinds := kinds(piece):
            found.append(_Part(piece, found_kinds, cut, is_reason, is_point))
        # "Depth: equal" speaks of one point to the end of its sentence, "(so they are equal)" does not.
        if cut not in ("ask", "comma"):
            is_point = False
        is_reason = cut == "why" or (is_reason and cut == "comma")
        at = match.end() if match else at
    return found


def _names_a_point(piece: str) -> bool:
    named = _POINTS.search(piece)
    return named is not None and (
        len(piece.split()) <= _SHORT_LABEL_WORDS
        or bool(re.fullmatch(_LEAD, piece[: named.start()]))
    )


def _joined(parts: Sequence[_Part]) -> list[_Part]:
    """Put what belongs together into one part: not with what it turns, commas without a verdict."""
    found: list[_Part] = []
    for part in parts:
        before = found[-1] if found else None
        if before is not None and (before.only_turns or _is_of_one(before, part)):
            both = [*before.kinds, *part.kinds]
            is_point = before.is_point or part.is_point
            text = f"{before.text} {part.text}"
            found[-1] = _Part(text, both, part.ends_with, before.is_reason, is_point)
        else:
            found.append(part)
    return found


def _is_of_one(before: _Part, part: _Part) -> bool:
    """Whether a comma stands inside one sentence: after a lone verdict or answer it does not."""
    if before.ends_with != "comma" or before.is_reason != part.is_reason:
        return False
    is_lone = _has_only(before.kinds, {Kind.YES, Kind.NO}) or _verdict(before.kinds) is not None
    return not is_lone


def _statements(parts: Sequence[_Part]) -> list[tuple[int, Gain]]:
    """Return the parts that are a verdict and nothing else, and where they stand."""
    found: list[tuple[int, Gain]] = []
    alone = sum(1 for part in parts if not _has_only(part.kinds, {Kind.FILLER})) == 1
    for at, part in enumerate(parts):
        gain = part.verdict
        if gain is None:
            continue
        after = parts[at + 1] if at + 1 < len(parts) else None
        if part.ends_with == "ask" and after is not None and after.answer is not None:
            if after.answer is Kind.YES:
                found.append((at + 1, gain))
            elif gain is Gain.EQUAL:
                found.append((at + 1, Gain.NOT_EQUAL))
        elif after is not None and part.ends_with == "comma" and _takes_back(after):
            continue
        elif part.ends_with != "ask" or alone or not _is_asked(parts, at):
            found.append((at, gain))
    return found


def _is_asked(parts: Sequence[_Part], at: int) -> bool:
    """Whether a verdict with a colon or question mark behind it is a question or a heading."""
    return at + 1 < len(parts) and parts[at + 1].verdict is not None


def _verdict(found: Sequence[Kind]) -> Gain | None:
    """Return what a sentence says that is made of words of a verdict alone."""
    if Kind.UNKNOWN in found:
        return None
    words = [kind for kind in found if kind in (Kind.EQUAL, Kind.DIFFERENT)]
    turns = sum(kind in _TURNING for kind in found)
    if not words or len(set(words)) > 1 or (turns and len(words) > 1):
        return None
    turns = turns or int(Kind.NONE in found)
    gain = Gain.EQUAL if words[0] is Kind.EQUAL else Gain.NOT_EQUAL
    if turns > 1 or (turns and gain is Gain.NOT_EQUAL and Kind.DEGREE in found):
        return None
    return _OTHER[gain] if turns else gain


def _takes_back(part: _Part) -> bool:
    """Whether a part says no to what was said before it: "Equal? Not at all.", "Equal, no"."""
    turning = {Kind.NOT, Kind.NO, Kind.NONE, Kind.DEGREE, Kind.FILLER}
    return _has_only(part.kinds, turning) and any(
        kind in (Kind.NOT, Kind.NO, Kind.NONE) for kind in part.kinds
    )


def _has_only(found: Sequence[Kind], allowed: set[Kind]) -> bool:
    return bool(found) and all(kind in allowed for kind in found)
