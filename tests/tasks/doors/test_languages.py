"""Languages: how each apologises and refuses, and which of its words say nothing."""

import pytest

from schemas.text import tokens
from tasks.doors.languages.known import (
    LANGUAGES,
    apologies,
    asking_back,
    boilerplate,
    says_nothing,
)
from tasks.doors.languages.language import Language
from tasks.doors.languages.patterns import compiled
from tasks.doors.languages.refusals import evolver_refusal_in, refusal_in, wants_regret

PATTERNS = (
    "regrets", "inabilities", "declines", "about_regret", "rewriting", "wants_prompt", "prompt",
    "prompt_like", "made", "given", "joint", "openers", "announcers", "remarks", "answers",
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "", "...", "。。。", "***", "```\n```", "of the", "The.", "but if", "it is what it is",
        "so that is how it was then", "的", "但是它们也就是这样的", "und", "das ist auch nur so hier",
        "de la", "los que están también", "ce sont aussi les leurs",
        "и", "это то же и тоже",
    ],
)  # fmt: skip
def test_punctuation_and_function_words_of_one_language_say_nothing(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        "Yes", "No.", "Sí", "Oui", "Non", "Ja", "Nein", "Да", "Нет", "是", "不是", "好", "对", "はい",
        "네", "A", "C", "a, e, i", "x", "10", "10%", "$10", "two", "eleven", "一", "≤", "∞", "😀",
        "*", "#", "\\d", "int", "int x;", "fact", "good", "left", "right", "hello", "Na", "He", "Who",
        "O(n)", "OR", "AI", "it is a rope", "it is", "这是绳", "これは縄", "das ist ein Seil",
        "это верёвка",
        "the und",
    ],
)  # fmt: skip
def test_the_shortest_right_answers_say_something(text: str) -> None:
    """Yes and no, letters, numbers, signs and nouns: whole classes of tasks are answered so."""
    assert not says_nothing(text)


REFUSALS = {
    "en": ["I'm sorry, but I can’t help you with this.", "I apologise, I don't have access to it.",
           "I cannot provide that information.", "I must decline to answer that."],
    "zh": ["对不起，我没有办法回答。", "抱歉，我不清楚。", "我无法提供这些内容。"],
    "ja": ["申し訳ございませんが、その情報は持っていません。", "すみません、わかりません。"],
    "ko": ["죄송합니다. 답변할 수 없습니다.", "안타깝게도 모르겠습니다."],
    "es": ["Lo lamento, no tengo esa información.", "Perdón, no puedo responder."],
    "fr": ["Je suis vraiment désolé, je ne peux pas répondre.", "Malheureusement, je ne sais pas."],
    "de": ["Tut mir wirklich leid, dazu kann ich nichts sagen, das weiß ich nicht.",
           "Leider kann ich dir dabei nicht helfen."],
    "pt": ["Peço desculpas, mas não tenho acesso.", "Lamento, não sei."],
    "it": ["Mi dispiace molto, non lo so.", "Purtroppo non posso aiutarti."],
    "ru": ["К сожалению, я не знаю.", "Прошу прощения, но я не могу помочь."],
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_refusals_are_known_in_every_language(language: Language) -> None:
    assert [text for text in REFUSALS[language.code] if refusal_in(text) is None] == []


@pytest.mark.parametrize(
    "text",
    [
        "Better safe than sorry.", "I'm sorry to hear that. A new parcel is on its way.",
        "Sorry seems to be the hardest word, says the song.", "I can't sleep, he said, and rose.",
        "Unfortunately, the ferry was late.", "El perdón libera.", "他很遗憾地错过了末班车。",
        "Die Entschuldigung kam spät.", "Scusa è una parola.", "К сожалению, шёл дождь.",
        "彼は「ごめん」と言った。", "Pardon my French is an idiom.",
        "He said: I am sorry, I can't help.",
    ],
)  # fmt: skip
def test_a_word_of_regret_alone_refuses_nothing(text: str) -> None:
    assert refusal_in(text) is None


def test_an_instruction_tells_whether_it_wants_regret() -> None:
    wanted = [
        "Write an apology.",
        "Decline the offer politely.",
        "写一封道歉信。",
        "Lehne ab: absagen.",
    ]
    assert all(map(wants_regret, wanted))
    assert not any(map(wants_regret, ["Write a poem.", "写一首诗。"]))


EVOLVERS = {
    "en": ["I can't assist with rewriting this prompt.", "It looks like no prompt was provided."],
    "zh": ["抱歉，我不能改写这个提示。", "请提供需要我改写的提示。"],
    "ja": ["申し訳ありませんが、この指示を書き換えることはできません。",
    "プロンプトを教えてください。"],
    "ko": ["죄송합니다만 프롬프트를 수정할 수 없습니다. 죄송합니다.", "프롬프트를 입력해 주세요."],
    "es": ["Lo siento, no puedo modificar esta instrucción.", "Por favor, envía el prompt."],
    "fr": ["Désolé, je ne peux pas modifier ce prompt.", "Merci de fournir le prompt."],
    "de": ["Leider kann ich diese Anweisung nicht umformulieren.", "Bitte sende mir den Prompt."],
    "pt": ["Desculpe, não posso criar esse prompt.", "Por favor, envie o prompt."],
    "it": ["Mi dispiace, non posso modificare il prompt.", "Per favore, invia il prompt."],
    "ru": ["Извините, я не могу изменить этот запрос.", "Пришлите, пожалуйста, промпт."],
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_evolvers_refuse_and_ask_back_in_every_language(language: Language) -> None:
    assert [t for t in EVOLVERS[language.code] if evolver_refusal_in(t) is None] == []


@pytest.mark.parametrize(
    "text",
    [
        "I can't sleep at night. Give me three tips that do without medicine.",
        "Please provide three tips for rewriting a text.",
        "“I'm sorry, but I can't assist with that.” Translate it into German.",
        "Unfortunately, my bread does not rise. Which three causes are likely?",
        "我无法入睡，请给出三个建议。",
        "I'm sorry, but I can't come on Friday. Make this message warmer.",
    ],
)
def test_prompts_about_what_somebody_cannot_do_are_no_refusals(text: str) -> None:
    assert evolver_refusal_in(text) is None


def test_the_papers_word_leads_and_chinese_is_there() -> None:
    assert apologies()[0] == "sorry"
    assert {"抱歉", "对不起"} <= set(apologies())


@pytest.mark.parametrize("phrases", [apologies(), boilerplate(), asking_back()])
def test_phrases_are_as_the_rules_look_for_them(phrases: tuple[str, ...]) -> None:
    """Rules search in folded text, so a phrase with a capital would never be found."""
    assert all(phrase == phrase.casefold().strip() and tokens(phrase) for phrase in phrases)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_patterns_find_something_and_never_nothing(language: Language) -> None:
    """One that matches an empty text would take something off every prompt."""
    for name in PATTERNS:
        pattern = compiled(f"(?:{getattr(language, name)})")
        assert pattern.groups == 0
        if name != "joint":
            assert pattern.fullmatch("") is None, name
