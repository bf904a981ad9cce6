"""What a rule must know of a language: its stop words, and how it apologises.

Stop words come from the library stop-words; phrases are written here. A language is one entry in
`_LANGUAGES`. Knows nothing of rows or thresholds.
"""

from dataclasses import dataclass
from functools import lru_cache

from stop_words import get_stop_words

from schemas.text import tokens


@dataclass(frozen=True, slots=True)
class Language:
    """Phrases of one language, lower case."""

    code: str
    """ISO 639-1."""
    apologies: tuple[str, ...]
    """Rule 2 looks for these in short responses; the paper has "sorry" alone."""
    boilerplate: tuple[str, ...]
    """How an assistant speaks of itself."""
    asking_back: tuple[str, ...]
    """How a response asks for what the instruction did not give."""
    spaced: bool = True
    """False where words are written without spaces between them."""


_LANGUAGES = (
    Language(
        "en",
        ("sorry",),
        ("as an ai", "as a language model", "as a large language model", "i'm an ai", "i am an ai"),
        ("please provide", "please share", "could you provide", "could you share",
         "can you provide", "please specify", "could you clarify", "please clarify"),
    ),
    Language(
        "zh",
        ("抱歉", "对不起", "對不起", "很遗憾", "不好意思"),
        ("作为一个人工智能", "作为人工智能", "作为一个ai", "作为ai", "作为一个语言模型", "作为语言模型",
         "我是一个人工智能"),
        ("请提供", "请告诉我", "請提供", "能否提供", "请您提供", "请补充"),
        spaced=False,
    ),
    Language(
        "ja",
        ("申し訳", "すみません", "ごめんなさい"),
        ("aiとして", "言語モデルとして", "私はai"),
        ("提供してください", "教えてください", "ご提供ください"),
        spaced=False,
    ),
    Language(
        "ko",
        ("죄송", "미안"),
        ("ai로서", "인공지능으로서", "언어 모델로서"),
        ("제공해 주세요", "알려 주세요", "제공해주세요", "알려주세요"),
    ),
    Language(
        "es",
        ("lo siento", "disculpa", "perdón"),
        ("como una ia", "como ia", "como modelo de lenguaje", "como inteligencia artificial"),
        ("por favor proporciona", "por favor, proporciona", "podrías proporcionar", "por favor indica"),
    ),
    Language(
        "fr",
        ("désolé", "je regrette", "navré"),
        ("en tant qu'ia", "en tant que modèle de langage", "en tant qu'intelligence artificielle"),
        ("veuillez fournir", "pourriez-vous fournir", "merci de fournir", "veuillez préciser"),
    ),
    Language(
        "de",
        ("tut mir leid", "entschuldigung", "bedaure"),
        ("als ki", "als sprachmodell", "als künstliche intelligenz"),
        ("bitte gib", "bitte geben sie", "bitte teile mir", "könntest du mir", "bitte stellen sie"),
    ),
    Language(
        "pt",
        ("desculpe", "sinto muito", "lamento"),
        ("como uma ia", "como ia", "como um modelo de linguagem"),
        ("por favor, forneça", "por favor forneça", "poderia fornecer"),
    ),
    Language(
        "it",
        ("mi dispiace", "spiacente", "scusa"),
        ("come ia", "come modello linguistico", "in quanto ia"),
        ("per favore fornisci", "si prega di fornire", "potresti fornire"),
    ),
    Language(
        "ru",
        ("извините", "простите", "к сожалению"),
        ("как ии", "как языковая модель", "как искусственный интеллект"),
        ("пожалуйста, предоставьте", "пожалуйста, укажите", "уточните, пожалуйста"),
    ),
)  # fmt: skip


def apologies() -> tuple[str, ...]:
    """Return how any known language apologises: a phrase is its own proof of its language."""
    return tuple(phrase for language in _LANGUAGES for phrase in language.apologies)


def boilerplate() -> tuple[str, ...]:
    """Return how assistants speak of themselves, in any known language."""
    return tuple(phrase for language in _LANGUAGES for phrase in language.boilerplate)


def asking_back() -> tuple[str, ...]:
    """Return how responses ask for what is missing, in any known language."""
    return tuple(phrase for language in _LANGUAGES for phrase in language.asking_back)


def only_stop_words(text: str) -> bool:
    """Tell whether a text is made of stop words of one known language, and of nothing else."""
    words = [token.casefold() for token in tokens(text)]
    return any(_is_made_of(words, language) for language in _LANGUAGES)


def _is_made_of(words: list[str], language: Language) -> bool:
    known = _stop_words(language.code)
    if language.spaced:
        return all(word in known for word in words)
    return _splits_into("".join(words), known)


def _splits_into(text: str, known: frozenset[str]) -> bool:
    """Tell whether an unspaced text can be cut into known words, leaving nothing over."""
    reached = {0}
    for end in range(1, len(text) + 1):
        if any(text[start:end] in known for start in reached):
            reached.add(end)
    return len(text) in reached


@lru_cache
def _stop_words(code: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in get_stop_words(code))
