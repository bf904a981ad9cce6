"""A model without a network: text made by rules, for the demo, tests and dry runs.

It reads the labels of a pack's prompts to tell what is asked of it, and answers from the prompt's
hash alone, so the same prompt always gets the same answer. A known share of its answers fails on
purpose, once for every elimination rule; judging and scoring is in `offline_judge`. What it writes is
honest filler and teaches a model nothing.
"""

import hashlib
import random
import re
from collections.abc import Callable

from tasks.doors.models.offline_judge import ruling

_GIVEN = "#Given Prompt#:\n"
_REWRITTEN = "#Rewritten Prompt#:"
_CREATED = "#Created Prompt#:"
# A pack may call what it asks for as it likes: "#Easier Task#:" after a given prompt is asked for too.
_LABEL_AT_END = re.compile(r"\n*#[^#\n]{1,40}#:$")
_VERDICT = "#Verdict#:"

_CONSTRAINTS = (
    "Name at least one source that a reader could check.",
    "Keep the answer below 150 words and avoid technical terms.",
    "Give one example that contradicts the usual view.",
    "Explain it so that a ten-year-old could retell it.",
    "List the assumptions you make before you answer.",
    "Show each step and say why it follows from the one before.",
    "Compare two alternatives and say when each is the better one.",
    "Mention what would change under a budget of half the size.",
)
_CHINESE_CONSTRAINTS = ("请列出至少两个具体例子。", "请说明每一步的理由。", "请控制在一百字以内。")
_TOPICS = (
    "a lighthouse keeper's tide log", "the acoustics of a stairwell", "a village seed library",
    "repairing a concertina", "night buses in a harbour town", "the grammar of road signs",
    "a ledger from a salt mine", "the migration of eels", "ice roads in spring",
)  # fmt: skip
_TASKS = (
    "Explain what makes {topic} hard to describe, with one example.",
    "Write a short plan for somebody who has to document {topic}.",
    "Which three questions should one ask about {topic}, and why these?",
    "Compare two ways of teaching a beginner about {topic}.",
)
_DATA = {
    "XML": '<items><item n="1">oak</item><item n="2">elm</item></items>',
    "SQL": "CREATE TABLE trees (name TEXT, height_m REAL);\nINSERT INTO trees VALUES ('oak', 21.5);",
    "Python": "def twice(n):\n    return n + n\n\nprint(twice(4))",
    "HTML": "<ul><li>oak</li><li>elm</li></ul>",
    "shell": "ls -1 trees | sort | head -2",
    "JSON": '{"trees": [{"name": "oak", "height_m": 21.5}]}',
}
_SENTENCES = (
    "Start from what is known and write it down in one line.",
    "The order of the steps matters more than their number.",
    "A small example shows the idea better than a long definition.",
    "Check the result against the question before you hand it over.",
    "Where two readings are possible, name both and choose one.",
    "Numbers need a unit, and claims need a reason.",
    "What looks simple here hides one exception that is worth a sentence.",
    "In short, the answer rests on the facts given and on nothing else.",
)


TERSE = "terse"
"""The name under which it answers instructions in one sentence: somebody to compare it with."""


def reply(name: str, prompt: str) -> str:
    """Return what an offline model says to a prompt.

    Args:
        name: After the slash of `offline/…`.
        prompt: The whole user message.
    """
    ruled = ruling(prompt)
    if ruled is not None:
        return ruled()
    return (
        rewrite(prompt).partition(". ")[0].rstrip(".") + "." if name == TERSE else rewrite(prompt)
    )


def rewrite(prompt: str) -> str:
    """Return the offline model's rewritten instruction, verdict of equality, or response."""
    rng = random.Random(hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).digest())
    end = prompt.rstrip()
    if end.endswith(_VERDICT):
        return _pick(rng, _VERDICTS)(rng, prompt)
    if _GIVEN in end and _LABEL_AT_END.search(end):
        given = _given(end)
        make = _created if end.endswith(_CREATED) else _rewritten
        return _pick(rng, _EVOLUTIONS)(rng, make(rng, prompt, given))
    return _pick(rng, _RESPONSES)(rng, prompt)


Making = Callable[[random.Random, str], str]


def _pick(rng: random.Random, weighted: tuple[tuple[float, Making], ...]) -> Making:
    weights = [weight for weight, _ in weighted]
    return rng.choices([making for _, making in weighted], weights)[0]


def _given(prompt: str) -> str:
    return _LABEL_AT_END.sub("", prompt.rpartition(_GIVEN)[2]).strip()


def _rewritten(rng: random.Random, prompt: str, given: str) -> str:
    wanted = re.search(r"Now yours, with (\w+)", prompt)
    if wanted and wanted[1] in _DATA:
        return f"{given}\n\nUse this data in your answer:\n{_DATA[wanted[1]]}"
    constraints = _CHINESE_CONSTRAINTS if re.search(r"[\u4e00-\u9fff]", given) else _CONSTRAINTS
    return f"{given} {rng.choice(constraints)}"


def _created(rng: random.Random, _prompt: str, given: str) -> str:
    if re.search(r"[\u4e00-\u9fff]", given):
        return f"请为初学者说明一件少见的工具的用途。{rng.choice(_CHINESE_CONSTRAINTS)}"
    return rng.choice(_TASKS).format(topic=rng.choice(_TOPICS))


def _respond(rng: random.Random, _prompt: str) -> str:
    return " ".join(rng.sample(_SENTENCES, rng.randint(3, 6)))


_EVOLUTIONS: tuple[tuple[float, Making], ...] = (
    (0.90, lambda _, made: made),
    (0.04, lambda _, made: f"{_REWRITTEN}\n{made}"),
    (0.03, lambda _, made: f"{made}\nSay also in what your answer goes beyond the given prompt."),
    (0.03, lambda _, made: f"Sure, here is the new prompt:\n\n{made}"),
)
_VERDICTS: tuple[tuple[float, Making], ...] = (
    (0.88, lambda *_: "Not Equal"),
    (0.10, lambda *_: "Equal"),
    (0.02, lambda *_: "Hard to say."),
)
_RESPONSES: tuple[tuple[float, Making], ...] = (
    (0.93, _respond),
    (0.03, lambda *_: "I'm sorry, but I cannot help with that."),
    (0.02, lambda *_: "..."),
    (0.02, lambda *_: "As an AI, I have no view of my own. Could you provide more detail?"),
)
