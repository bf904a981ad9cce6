"""The words in which a judge says equal or not equal, in every language that evolflow knows.

Turns a text into a row of kinds of words. A word that stands in no list is unknown, and a sentence
with an unknown word is no verdict: so a sentence about something else is never taken for one. Knows
nothing of replies or sentences.
"""

import re
import unicodedata
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What a word does in a verdict."""

    EQUAL = "equal"
    DIFFERENT = "different"
    NOT = "not"
    """Turns the verdict round."""
    NONE = "none"
    """Turns it round, too, but not once more beside NOT: "no hay ninguna diferencia"."""
    NO = "no"
    """An answer by itself; inside a sentence it turns round."""
    YES = "yes"
    DEGREE = "degree"
    """How much: "not quite equal" is not equal, "not quite different" is nothing."""
    FILLER = "filler"
    UNKNOWN = "unknown"


class Words(NamedTuple):
    """Words of one language: folded, a star for any ending, blanks between."""

    code: str
    """ISO 639-1."""
    equal: str
    different: str
    turning: str
    answers: tuple[str, str]
    """No, yes."""
    degree: str
    filler: str
    concord: str = ""


_LANGUAGES = (
    Words(
        "en",
        "equal equals equivalent identical same alike indistinguishable interchangeable",
        "unequal nonequal inequal different differ differs differing distinct dissimilar difference "
        "differences nonequivalent inequivalent unlike distinguishable",
        "not cannot never hardly barely scarcely neither nor far nowhere impossible wrong unable "
        "refuse "
        "incorrect mistake fail fails failed",
        ("no nope false", "yes yep yeah true"),
        "quite exactly entirely completely fully very too totally wholly perfectly strictly really "
        "that much truly",
        "a an the two both these those they them it its this prompts prompt instructions instruction "
        "texts text tasks task questions versions requests first second given one other another each "
        "to of from for with between in are is be been being am were was would will can do does did "
        "re s d ll ve i we you my our your so thus therefore hence then and consequently verdict "
        "answer answers final result conclusion decision judgment judgement judgments assessment "
        "evaluation output response label overall finally ultimately clearly definitely certainly "
        "just simply as near call called consider considered deem deemed say said think believe find "
        "found see look conclude judge judged rate rated regard regarded there any all at way means "
        "real meaning such pair word correct right case appear appears seem seems okay ok here have "
        "has get gets counts count treated treat",
    ),
    Words(
        "de",
        "gleich gleiche gleichen gleichwertig* gleichbedeutend identisch* aquivalent* dasselbe "
        "dieselben",
        "ungleich* verschieden* unterschiedlich* unterscheid* unterschied* anders",
        "nicht kein keine keinen keinerlei nie niemals kaum weder",
        ("nein falsch", "ja wahr"),
        "ganz vollig vollstandig genau sehr wirklich exakt",
        "die der das beide beiden zwei anweisungen anweisung prompts aufgaben texte sie es ist sind "
        "also "
        "somit daher folglich urteil antwort ergebnis fazit entscheidung ich wurde sagen dass "
        "zueinander "
        "einander sich voneinander gibt zwischen ihnen den mein",
    ),
    Words(
        "fr",
        "egal* egaux equivalent* identique* pareil* meme memes",
        "inegal* inegaux differ* distinct*",
        "pas non jamais guere ni",
        ("faux", "oui vrai"),
        "tout fait completement tres vraiment exactement entierement",
        "les le la l des deux instructions instruction consignes invites prompts textes elles ils ce c "
        "sont est ne n y a donc ainsi par consequent verdict reponse resultat conclusion je dirais que "
        "qu d de il entre entre eux",
        "aucun aucune",
    ),
    Words(
        "es",
        "igual iguales equivalente* identic* mismo misma mismos mismas",
        "desigual* diferente* distint* diferencia* difier*",
        "jamas",
        ("no falso", "si verdadero"),
        "completamente totalmente muy exactamente realmente del todo",
        "las los la el ambas ambos dos instrucciones instruccion indicaciones textos prompts ellas "
        "son es "
        "por lo tanto tanto asi pues luego veredicto respuesta resultado conclusion diria que se "
        "hay entre",
        "ninguna ninguno ningun nunca tampoco",
    ),
    Words(
        "pt",
        "iguais mesmo mesma mesmos mesmas",
        "diferenca* difere*",
        "",
        ("nao", "sim verdadeiro"),
        "muito exatamente realmente completamente",
        "as os o ambas ambos duas dois instrucoes instrucao textos elas eles sao e portanto logo assim "
        "veredito resposta resultado conclusao eu diria que se ha entre",
        "nenhuma nenhum",
    ),
    Words(
        "it",
        "uguale uguali equivalenti identic* stesso stessa stessi stesse pari",
        "diverso diversa diversi diverse differenti differenza differenze disuguali differiscono",
        "mai",
        ("no falso", "vero"),
        "completamente molto esattamente proprio",
        "le i gli il entrambe entrambi due istruzioni istruzione richieste testi sono e quindi percio "
        "dunque verdetto risposta risultato conclusione direi che si ci tra di loro",
        "nessuna nessun",
    ),
    Words(
        "ru",
        "равн* одинаков* эквивалентн* идентичн* совпада* тождествен*",
        "неравн* неодинаков* неэквивалентн* различ* отлича* отличи* разн* разниц*",
        "не ни нельзя",
        ("нет", "да верно"),
        "совсем полностью точно очень вполне",
        "оба обе эти они это два две инструкции инструкция запросы промпты задания тексты итак поэтому "
        "следовательно значит вердикт ответ итог вывод решение друг другу от друга между ними я бы "
        "сказал что считать по смыслу",
        "никаких никакой",
    ),
    Words(
        "zh",
        "相等 相同 等同 同等 一致 一样 等价 同样 等值 同一",
        "不同 有别 差异 区别 差别",
        "不 非 没有 没 无 未 绝不 毫无 無 沒有 并非 並非",
        ("否 错", "对 是的"),
        "完全 太 很 十分 绝对",
        "两个 两者 两条 兩個 兩者 二者 它们 他们 这 这两 这个 个 条 指令 提示词 提示 问题 判断 判定 "
        "结论 结果 答案 "
        "裁决 最终 我 认为 觉得 因此 所以 故而 故 综上 彼此 互相 之间 为 是 的 属于 可以 说 有 任何 "
        "之 都 也 并 並 应该 应 其 "
        "即 就 了 吗 呢 能 视为 和 与 在 什么 以 上 一 第 二 总体",
    ),
    Words(
        "ja",
        "等しい 等しく 同じ 同等 同一 一致 等価 同様",
        "異なる 異なり 異なっ 違う 違い 違っ 不一致 相違 差異",
        "ない ありません ません なく なかっ",
        ("いいえ", "はい"),
        "完全 全く",
        "二つ つ 両者 両方 これら この 二 の は が を と に も で です である ます プロンプト 指示 "
        "質問 命令 "
        "判定 結論 答え 回答 したがって よって つまり 従って し する て 言え いえ ある い い ま す",
    ),
    Words(
        "ko",
        "같 동일 동등 일치",
        "다르 다릅 다름 다른 상이 불일치 차이 달라",
        "않 아닙 아니 없 못",
        ("아니요 아니오", "예 네"),
        "완전히 전혀",
        "두 둘 프롬프트 지시문 지시 명령 질문 판정 결론 답변 답 서로 따라서 그러므로 하지 합니다 "
        "하다 습니다 음 은 는 이 "
        "가 의 지 다 함 입니다 니다 한 도 을 를 할 수",
    ),
)  # fmt: skip
_UNSPACED = ("zh", "ja", "ko")
_SCRIPTS = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_ACCENTS = re.compile("[\u0300-\u036f]")


def folded(text: str) -> str:
    """Return a text in small letters without accents."""
    apart = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFC", apart)


def kinds(text: str) -> list[Kind]:
    """Return the kind of each word of a text, which is folded already."""
    return [_kind(match[0]) for match in _TOKENS.finditer(text)]


def _kind(word: str) -> Kind:
    known = _KNOWN.get(word)
    if known is not None:
        return known
    return next((kind for stem, kind in _STEMS if word.startswith(stem)), Kind.UNKNOWN)


def _entries() -> dict[str, Kind]:
    """Return every word with its kind; what decides goes before what fills."""
    found: dict[str, Kind] = {}
    for one in _LANGUAGES:
        no, yes = one.answers
        for kind, words in (
            (Kind.EQUAL, one.equal), (Kind.DIFFERENT, one.different), (Kind.NO, no),
            (Kind.NOT, one.turning), (Kind.NONE, one.concord), (Kind.YES, yes),
            (Kind.DEGREE, one.degree), (Kind.FILLER, one.filler),
        ):  # fmt: skip
            for word in folded(words).split():
                if word not in found or found[word] is Kind.FILLER:
                    found[word] = kind
    return found


_KNOWN = _entries()
_STEMS = [(word[:-1], kind) for word, kind in _KNOWN.items() if word.endswith("*")]
_CLOSE = sorted(
    {
        word
        for one in _LANGUAGES
        if one.code in _UNSPACED
        for part in (one.equal, one.different, one.turning, *one.answers, one.degree, one.filler)
        for word in folded(part).split()
    },
    key=len,
    reverse=True,
)
_TOKENS = re.compile("|".join([*map(re.escape, _CLOSE), rf"[{_SCRIPTS}]", rf"[^\W_{_SCRIPTS}]+"]))
