"""Turn games into how far a judge can be trusted: order, length, readability, kinship.

Knows neither what was asked of the judge nor how the systems did.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from schemas.documents.results import JudgeHealth
from schemas.tables.evaluation import Judgment, Outcome
from tasks.evaluation.judging.cells import Ratio, length_ratio, proportion, rounded, share
from tasks.evaluation.judging.pairs import Pair

_DECIDED = (Outcome.WIN, Outcome.LOSE)
_FAMILIES = {
    "gpt": ("chatgpt", "gpt", "davinci", "o1", "o3", "o4"),
    "claude": ("claude",),
    "gemini": ("gemini", "bard", "palm"),
    "mistral": ("mistral", "mixtral", "ministral", "magistral", "codestral"),
    "llama": ("llama", "codellama"),
    "qwen": ("qwen", "qwq"),
    "glm": ("glm", "chatglm"),
    # AlpacaEval's judges are called alpaca_eval_gpt4 and the like.
    "alpaca": ("alpaca(?!_eval)",),
    **{
        name: (name,)
        for name in (
            "baichuan", "command", "deepseek", "falcon", "gemma", "grok", "guanaco", "kimi", "nova",
            "olmo", "phi", "tulu", "vicuna", "wizardlm", "yi", "zephyr",
        )
    },
}  # fmt: skip
"""Family to the beginnings of words that give it away."""
_NEEDLES = [
    (re.compile(rf"(?<![a-z]){word}(?![a-z]{{2}})"), family)
    for family, words in _FAMILIES.items()
    for word in words
]


def family_of(model: str) -> str:
    """Return the family that a model's name speaks of, whoever serves it; else the name itself.

    A guess: a name may say anything. Of several families the one that is named first counts.

    Args:
        model: Such as openai/gpt-4.1-mini, or the name of a file's system.
    """
    name = model.rpartition("/")[2].lower()
    found = [
        (match.start(), family) for needle, family in _NEEDLES if (match := needle.search(name))
    ]
    return min(found)[1] if found else name


def judge_health(
    pairs: Sequence[Pair],
    families: Mapping[str, str],
    judge: str,
    *,
    seed: int,
    is_order_known: bool,
) -> JudgeHealth:
    """Return what results.json says of the judge.

    Args:
        pairs: All but the canary's.
        families: Of the systems, by their names.
        judge: Its model's name.
        seed: Of the interval's draws.
        is_order_known: Whether it is known which answer the judge saw first.
    """
    games = [game for pair in pairs for game in pair.games]
    unscored = sum(game.outcome == Outcome.UNSCORED for game in games)
    kin = [name for name, family in families.items() if family == family_of(judge)]
    first = _first_slot(pairs, seed) if is_order_known else Ratio(None, None)
    return JudgeHealth(
        games=len(games),
        unscored=unscored,
        unscored_share=rounded(share(unscored, len(games))),
        position_consistency=_consistency(pairs) if is_order_known else None,
        first_slot_rate=first.value,
        first_slot_ci95=first.ci95,
        length_ratio=length_ratio([p for p in pairs if p.outcome != Outcome.UNSCORED]),
        longer_wins_rate=_longer_wins(games),
        shares_family_with=kin,
    )


def _consistency(pairs: Iterable[Pair]) -> float | None:
    """Of the pairs judged both ways, how many were judged the same."""
    swapped = [
        len({game.outcome for game in pair.games}) == 1
        for pair in pairs
        if pair.outcome != Outcome.UNSCORED and len({g.is_system_first for g in pair.games}) == 2
    ]
    return rounded(share(sum(swapped), len(swapped)))


def _first_slot(pairs: Iterable[Pair], seed: int) -> Ratio:
    """Of the decided games, how many were won by the answer shown first."""
    decided = [
        (pair.question, float((game.outcome == Outcome.WIN) == game.is_system_first), 1.0)
        for pair in pairs
        for game in pair.games
        if game.outcome in _DECIDED
    ]
    return proportion(decided, seed)


def _longer_wins(games: Iterable[Judgment]) -> float | None:
    """Of the decided games between answers of unlike length, how many were won by the longer one."""
    won = [
        (game.outcome == Outcome.WIN) == (game.words_system > game.words_baseline)
        for game in games
        if game.outcome in _DECIDED and game.words_system != game.words_baseline
    ]
    return rounded(share(sum(won), len(won)))
