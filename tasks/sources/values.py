"""Say of any value in a stranger's file whether it is missing, and else what text it is.

Turns numbers, truths, lists and words for nothing into text, or into nothing. One meaning for all
readers: an input may be called missing in many words, an instruction in few, a response in fewer,
because "None" may be the right answer. Knows no field.
"""

import math
import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from schemas.text import normalise

# None, NaN and blank text are always missing. These words are, too, where they are all of a text.
_WORDS = {
    "none", "null", "nil", "nan", "nat", "na", "n/a", "n.a", "n/a input", "noinput", "noinputs",
    "nooutput", "no output", "not applicable", "not available", "not provided", "none required",
    "none needed", "none provided", "none given", "-", "--", "---", "–", "—", "无", "無", "空", "暂无",
    "なし", "無し", "特になし", "없음", "해당 없음",
}  # fmt: skip
# No input, as people and models say it: "No additional input is required."
_NO_INPUT = re.compile(
    r"(there (is|was) |this task has |has )?(no|without( any| an)?) "
    r"((additional|further|extra|specific|explicit|other|user|given|external) )*"
    r"(inputs?|context)( (text|data|value))?"
    r"( (is|are|was|were))?( (required|needed|necessary|provided|given|available|specified|supplied|"
    r"present|applicable|here))?( for (this|the) (task|instruction|question|prompt))?"
    r"|inputs?( is| are)? (not|none) ?(required|needed|necessary|provided|given|available|applicable)?"
    r"|(此处|这里|本题|本任务)?(无|無|没有|沒有|不需要|无需|無需|暂无)(任何|额外|附加|其他|具体|的|需)*"
    r"(输入|輸入|上下文)(内容|信息|数据)?"
    r"|(入力|インプット)(は|が)?(なし|無し|ありません|不要(です)?|必要ありません)"
    r"|(추가 )?(입력|입력값)(이|은)? ?(없음|없습니다|필요 없음)"
    r"|(keine?|ohne) (weiteren? |zusätzlichen? )?(eingaben?|input)"
    r"( (erforderlich|nötig|notwendig|vorhanden|angegeben))?"
    r"|(aucune?|pas d['’]|sans) ?(entrée|input|contexte)( (requise?|nécessaire|fournie?))?"
    r"|(ninguna?|ningún|sin|no hay|no se (requiere|necesita)( ninguna?)?) (entrada|input)s?"
    r"( (adicional|requerida|necesaria))?"
    r"|(sem|nenhuma?|não há|não é necessária?) (entrada|input)s?( (adicional|necessária))?"
    r"|(nessun|nessuna|senza) (input|ingresso)( (richiesto|necessario))?"
    r"|(нет|без|не требуется) (ввода|входа|входных данных)|(ввод|входные данные) не требу[ею]тся"
    r"|geen (invoer|input)( (nodig|vereist))?"
)
_PLACEHOLDER = re.compile(
    r"<[^<>]{1,40}>|\[[^\[\]]{1,40}\]|\([^()]{1,40}\)|\{[^{}]{1,40}\}|#[\w/]+"
)
_AROUND = " <>[](){}\"'“”‘’`*#.。!！,，:："
# Of a response: only what no answer is.
_NO_RESPONSE = {"nan", "<na>", "#n/a"}
_EMPTY = {"empty", "blank", "missing", "undefined", "no response", "noresponse"}
_WHOLE = re.compile(r"[+-]?\d{1,18}\.0+")
_MOST_EXACT = 2**53
_DEEPEST = 100
_LONGEST_CHARS = 100
"""No word for nothing is longer."""


class NotText(ValueError):
    """A value that no text can be made of; the message says what it is."""


def is_nothing(value: Any) -> bool:
    """Tell whether a value is missing whatever field it stands in: null, NaN, blank."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    return is_nan(value)


def is_nan(value: Any) -> bool:
    """Tell whether a value is the number that is none."""
    return isinstance(value, float | Decimal) and math.isnan(value)


def says_nothing(text: str) -> bool:
    """Tell whether a whole text says that there is no input, or no value at all."""
    if len(text) > _LONGEST_CHARS:
        return False
    plain = normalise(text)
    inner = re.sub(r"[\s_\-]+", " ", plain.strip(_AROUND)).strip()
    if plain in _WORDS or inner in _WORDS or _NO_INPUT.fullmatch(inner):
        return True
    return bool(_PLACEHOLDER.fullmatch(plain)) and inner in _EMPTY


def answers_nothing(text: str) -> bool:
    """Tell whether a whole response is a mark for none: `nan`, `<nooutput>`, but not `None`."""
    if len(text) > _LONGEST_CHARS:
        return False
    plain = normalise(text)
    if text.strip() in _NO_RESPONSE or plain in _NO_RESPONSE - {"nan"}:
        return True
    inner = re.sub(r"[\s_\-]+", " ", plain.strip(_AROUND)).strip()
    is_marked = plain.startswith("<") and plain.endswith(">")
    return inner in {"nooutput", "no output", "noinput", "no input"} or (
        is_marked and (says_nothing(plain) or inner in _EMPTY)
    )


def text_of(value: Any) -> str:
    """Return a value as text, without blanks around it; empty where it is missing.

    Numbers are written as they are counted: 8 and 8.0 are the same text. Texts in a list stand each
    on a line of its own.

    Raises:
        NotText: It is a table, a file's bytes or half a character.
    """
    if is_nothing(value):
        return ""
    if isinstance(value, list | tuple):
        return "\n".join(part for one in value if (part := _part(one)))
    return _sound(value if isinstance(value, str) else _scalar(value)).strip()


def id_of(value: Any) -> str | None:
    """Return an id as text; 81, 81.0 and "81.0" are one id. None where it is missing."""
    if is_nothing(value):
        return None
    text = value if isinstance(value, str) else str(_scalar_or_itself(value))
    return text.partition(".")[0] if _WHOLE.fullmatch(text.strip()) else text


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON has it: NaN and infinity, which it has no word for, are null.

    Raises:
        NotText: It is nested more deeply than readers of it could bear.
    """
    if depth > _DEEPEST:
        raise NotText("nested too deeply")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): plain(one, depth + 1) for name, one in value.items()}
    return [plain(one, depth + 1) for one in value] if isinstance(value, list | tuple) else value


def _part(value: Any) -> str:
    """Return an element of a list: a text part of a message, or a value that is no list itself."""
    if isinstance(value, Mapping) and isinstance(value.get("text"), str):
        return text_of(value["text"])
    if isinstance(value, list | tuple):
        raise NotText("list in a list where text belongs")
    return text_of(value)


def _scalar_or_itself(value: Any) -> object:
    try:
        return _scalar(value)
    except NotText:
        return value


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) <= _MOST_EXACT:
        return str(int(value))
    if isinstance(value, int | float | Decimal | timedelta):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    raise NotText(f"{type(value).__name__} where text belongs")


def _sound(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as e:
        raise NotText(f"half a character at {e.start}") from None
    if "\0" in text:
        raise NotText("a NUL character")
    return text
