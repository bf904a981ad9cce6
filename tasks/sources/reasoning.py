"""Put what a model thought before it answered where a trainer looks for it, or leave it out.

Turns an example into one of the same shape as all others: where nothing was thought, the form is empty.
Else a model learns from the rows without that it may leave thinking out, and a reader of tables finds
two kinds of rows. Knows no format.
"""

from dataclasses import replace

from schemas.tables.export import Example, Reasoning, tagged

_TAGS = ("<think>", "</think>")


def shown(one: Example, how: Reasoning) -> Example | None:
    """Return an example with its thinking as it is wanted; None where its own text would break it.

    Args:
        one: As its run holds it.
        how: `drop` leaves thinking out, `think-tags` puts it before the answer, `field` beside it.
    """
    if how == "drop":
        return replace(one, reasoning=None)
    thought = (one.reasoning or "").strip()
    if how == "field":
        return replace(one, reasoning=thought)
    if any(tag in text for tag in _TAGS for text in (thought, one.response)):
        # Chat templates cut an answer at the last tag, wherever it stands.
        return None
    return replace(one, response=tagged(thought, one.response), reasoning=None)
