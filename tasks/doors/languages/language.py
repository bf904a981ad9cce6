"""What is written down of one language. Knows nothing of rows or thresholds.

Phrases are plain text in lower case; patterns are regular expressions, read without regard to case, in
which an apostrophe stands for the curly one too: alternatives parted by `|`, without groups that
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """How one language says what rules and cleaning look for."""

    code: str
    """ISO 639-1."""
    apologies: tuple[str, ...]
    """Rule 2 to the letter looks for these in short responses; the paper has "sorry" alone."""
    boilerplate: tuple[str, ...]
    """How an assistant speaks of itself."""
    asking_back: tuple[str, ...]
    """How a response asks for what the instruction did not give."""

    links: str
    """Articles, conjunctions and prepositions, parted by blanks."""
    function_words: str
    """The other words that say nothing alone: pronouns, auxiliaries. No yes and no, no numbers, no
    letters, no nouns: each of these can be a right answer."""

    regrets: str
    """How a refusal opens: pattern."""
    inabilities: str
    """How it goes on: what the speaker cannot do, in the first person: pattern."""
    declines: str
    """What is a refusal without any regret when a text begins with it: pattern."""
    about_regret: str
    """What an instruction says that wants an apology or a refusal: pattern."""
    rewriting: str
    """What an evolver says it cannot do: to rewrite, to make a prompt: pattern."""
    wants_prompt: str
    """How an evolver asks for the prompt that it should rewrite: pattern."""

    prompt: str
    """What the thing is called that is evolved and nothing else is: pattern."""
    prompt_like: str
    """What else labels call it: instruction, version: pattern."""
    made: str
    """What labels say of a child: new, rewritten, harder: pattern."""
    given: str
    """What labels say of a parent: pattern."""
    joint: str
    """What may stand between such a word and what it goes with: pattern."""

    openers: str
    """How an assistant begins when it talks: pattern."""
    announcers: str
    """How it announces what follows: pattern."""
    remarks: str
    """How a remark on the child begins: pattern."""
    answers: str
    """The label of an answer: pattern."""

    said_after: bool = False
    """True where such a word may follow what it goes with."""
    spaced: bool = True
    """False where words are written without spaces between them."""

    orders: str = ""
    """How a sentence begins that asks or orders, parted by blanks; where it is empty, statements
    are not told from requests."""
    wishes: str = ""
    """What anywhere in a text speaks to a reader or of what is wanted: pattern."""
    subjects: str = ""
    """How a statement begins: pronouns that want a verb, or a whole answer: pattern."""
    articles: str = ""
    """What else begins a statement, if a verb follows: pattern."""
    finite: str = ""
    """Verbs that make a sentence and are no nouns and no participles: pattern."""
    repeats: str = ""
    """What an instruction says that wants a thing more than once: pattern."""
