"""Flag what looks private in a row: addresses, numbers of people and cards, keys.

Turns a text into names of what was found. A flag is a reason to look, not to remove: fiction is full of
telephone numbers. Patterns, no model: tools that know more need one, and the network.
"""

import re
from collections.abc import Callable

_CARD_DIGITS = range(13, 20)
_IBAN_CHARS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "NL DK FI", 19: "SI", 20: "AT LU EE LT", 21: "CH HR LV",
        22: "DE GB IE BG", 23: "AE IL", 24: "ES SE CZ SK RO SA", 25: "PT", 26: "TR", 27: "FR IT GR",
        28: "PL HU CY", 29: "UA BR", 31: "MT",
    }.items()
    for country in countries.split()
}  # fmt: skip


def _is_card(text: str) -> bool:
    """Luhn's check: every second digit from the right doubled, the sum divisible by ten."""
    digits = [int(one) for one in re.sub(r"\D", "", text)]
    if len(digits) not in _CARD_DIGITS or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * one, 10)) for one in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    """ISO 13616: the first four characters moved to the end, letters as numbers, 1 modulo 97.

    What follows the number may look like more of it, so its length is known by country.
    """
    plain = text.replace(" ", "")
    plain = plain[: _IBAN_CHARS.get(plain[:2], len(plain))]
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(one, 36)) for one in turned)) % 97 == 1


def _is_anything(_: str) -> bool:
    return True


_PATTERNS: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    name: (re.compile(pattern), check)
    for name, (pattern, check) in {
        "email": (r"\b[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b", _is_anything),
        "phone": (
            r"(?<![\w.])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){2,4}"
            r"|\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4}|\d{3}\.\d{3}\.\d{4})(?![\w-])",
            _is_anything,
        ),
        "card": (
            r"(?<![\w.+-])(?<![A-Z]{2}\d{2} )(?<!\d )(?:[3-6]\d{12,18}|[3-6]\d{3}(?:[ -]\d{4}){3}"
            r"|3\d{3}[ -]\d{6}[ -]\d{5})(?![\w-]| \d{4}\b)",
            _is_card,
        ),
        "iban": (r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b", _is_iban),
        "private_key": (
            r"-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----",
            _is_anything,
        ),
        "api_key": (
            r"\b(?:sk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}|A[KS]IA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}"
            r"|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|hf_[A-Za-z0-9]{30,}"
            r"|[rs]k_live_[A-Za-z0-9]{16,}|xox[abprs]-[A-Za-z0-9-]{10,})",
            _is_anything,
        ),
        "token": (r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}", _is_anything),
    }.items()
}


def flags_of(text: str) -> list[str]:
    """Return the names of what looks private in a text, in a fixed order."""
    return [
        name
        for name, (pattern, is_one) in _PATTERNS.items()
        if any(is_one(match.group()) for match in pattern.finditer(text))
    ]
