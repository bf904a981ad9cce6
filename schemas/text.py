"""What a word is, when two texts are the same, and what of a text terminals and spreadsheets may see.

Scripts written without spaces have no words to count by eye: two Chinese or Japanese characters
stand for one word, so that thresholds given in words hold for them too.
"""

import re
import unicodedata
from math import ceil

UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Characters of scripts written without spaces, as a regular expression names them in brackets."""
_TOKEN = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+(?:['’][^\W{UNSPACED}]+)*")
_UNSPACED_TOKEN = re.compile(rf"[{UNSPACED}]")
_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROL_PICTURES = 0x2400
# A spreadsheet takes a cell that begins so for a formula; one apostrophe more makes it text.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")
_CHARS_PER_UNSPACED_WORD = 2
# Against cl100k on real rows these come to 1.03 to 1.30 of its count: English, Chinese and code.
_CHARS_PER_TOKEN = 4
_TOKENS_PER_UNSPACED = 1.3
_MARK = re.compile(r"[^\w\s]")


def normalise(text: str) -> str:
    """Return the text with case, width and white space evened out."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def tokens(text: str) -> list[str]:
    """Return runs of letters or digits, and each character of an unspaced script by itself."""
    return _TOKEN.findall(text)


def count_words(text: str) -> int:
    """Return the length in words; two characters of an unspaced script make one word."""
    found = tokens(text)
    unspaced = sum(1 for token in found if _UNSPACED_TOKEN.match(token))
    return len(found) - unspaced + -(-unspaced // _CHARS_PER_UNSPACED_WORD)


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a model reads in a text, rather too many than too few.

    A mark counts for two characters: code is full of them, and each tends to be a token.
    """
    unspaced = len(_UNSPACED_TOKEN.findall(text))
    others = len(text) - unspaced + len(_MARK.findall(text))
    return ceil(unspaced * _TOKENS_PER_UNSPACED) + -(-others // _CHARS_PER_TOKEN)


def well_formed(text: str) -> str:
    """Return the text with half characters (lone surrogates) replaced: files and wires refuse them."""
    return text.encode("utf-8", "replace").decode("utf-8")


def defused(text: str) -> str:
    """Return the text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def undefused(cell: str) -> str:
    """Return the text that was made a cell by `defused`."""
    return cell[1:] if _DEFUSED.match(cell) else cell


def visible(text: str) -> str:
    """Return the text with everything that could steer a terminal made visible."""
    return _HOSTILE.sub(_picture, text.replace("\r\n", "\n"))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
