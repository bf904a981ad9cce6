"""Why a row stands where it stands: a closed vocabulary that every table and report counts in."""

from enum import StrEnum


class Reason(StrEnum):
    """One verdict a child, one word a verdict."""

    KEPT = "kept"

    # The four failure rules of the WizardLM paper, §3.2.
    NO_GAIN = "no_gain"  # rule 1: equal to its parent, in the judge's eyes or to the letter
    REFUSED = "refused"  # rule 2: a short response that apologises
    EMPTY_RESPONSE = "empty_response"  # rule 3: punctuation and stop words only
    COPIED_PROMPT = "copied_prompt"  # rule 4: words of the evolving prompt leaked into the child

    # The model did not do its part.
    UNSCORED = "unscored"  # the judge's verdict could not be read, twice
    UNANSWERED = "unanswered"  # no usable answer after all attempts

    # The strict profile.
    TRUNCATED = "truncated"  # cut by the token limit
    BOILERPLATE = "boilerplate"  # speaks of itself as an AI
    ASKS_BACK = "asks_back"  # the response asks for what is missing
    COPIED_RESPONSE = "copied_response"  # the response stands in the instruction already
    DUPLICATE = "duplicate"  # the pool holds the same or nearly the same
    OFF_BUDGET = "off_budget"  # an in-depth child that shrank or grew far past the word budget

    # Seed rows that never entered the pool.
    SEED_EMPTY = "seed_empty"
    SEED_NOT_TEXT = "seed_not_text"
    SEED_TOO_LONG = "seed_too_long"
    SEED_DUPLICATE = "seed_duplicate"


class Gain(StrEnum):
    """What the equality judge said of a child against its parent."""

    NOT_EQUAL = "not_equal"
    EQUAL = "equal"
    UNSCORED = "unscored"
    """The verdict could not be read: neither kept nor a failure of rule 1."""


class Stage(StrEnum):
    """The four steps of a shard through an epoch, in their order."""

    EVOLVE = "evolve"
    SCREEN = "screen"
    RESPOND = "respond"
    ELIMINATE = "eliminate"
