"""Why a row stands where it stands: a closed vocabulary that every table and report counts in."""

from enum import StrEnum


class Reason(StrEnum):
    """One verdict a child, one word a verdict."""

    meaning: str
    """What it says of a row, in some words: for reports and documents."""

    def __new__(cls, word: str, meaning: str) -> "Reason":
        """Make a member whose value is its word alone."""
        one = str.__new__(cls, word)
        one._value_, one.meaning = word, meaning
        return one

    KEPT = "kept", "stands in the dataset and breeds in the next epoch"

    # The four failure rules of the WizardLM paper, §3.2, in the paper's order.
    NO_GAIN = "no_gain", "equal to its parent"
    REFUSED = "refused", "a short response that apologises"
    EMPTY_RESPONSE = "empty_response", "a response of punctuation and function words"
    COPIED_PROMPT = "copied_prompt", "words of the evolving prompt leaked into it"

    # The model did not do its part.
    EVOLVER_REFUSED = "evolver_refused", "the evolver refused, or asked for a prompt"
    NO_PROMPT = "no_prompt", "an answer, talk or several prompts in place of one"
    UNSCORED = "unscored", "the judge's verdict could not be read, twice"
    UNANSWERED = "unanswered", "no usable answer after all attempts"
    THOUGHT_TOO_LONG = "thought_too_long", "the model's thinking left no room for its answer, twice"

    # The strict profile.
    TRUNCATED = "truncated", "cut by the token limit"
    BOILERPLATE = "boilerplate", "speaks of itself as an AI"
    ASKS_BACK = "asks_back", "the response asks for what is missing"
    COPIED_RESPONSE = "copied_response", "the response stands in the instruction already"
    DUPLICATE = "duplicate", "the pool holds the same or nearly the same"
    OFF_BUDGET = "off_budget", "shrank or grew far past the word budget"
    REPEATS_ITSELF = "repeats_itself", "the same sentence or run of words, over and over"

    # Seed rows that never entered the pool.
    SEED_EMPTY = "seed_empty", "a record without an instruction"
    SEED_NOT_TEXT = "seed_not_text", "a record that holds something else than text"
    SEED_TOO_LONG = "seed_too_long", "a record with an instruction that is too long"
    SEED_DUPLICATE = "seed_duplicate", "a record that repeats an earlier one"


class Gain(StrEnum):
    """What the equality judge said of a child against its parent."""

    NOT_EQUAL = "not_equal"
    EQUAL = "equal"
    UNSCORED = "unscored"
    """The verdict could not be read: neither kept nor a failure of rule 1."""
