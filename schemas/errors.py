"""Everything that can go wrong, sorted by what the caller may do about it.

EvolError
├── Retryable             ask again: rate limit, timeout, 5xx, empty answer
│   └── ParameterRefused  at once, without what the model does not take
├── RowFault              this row alone cannot be answered: refused by the provider, filtered
└── RunFault              stop the run
    ├── BadInput          settings, seeds or prompts that cannot be used
    ├── BudgetReached     the next call could pass the budget; resumable
    ├── ModelUnavailable  the endpoint refuses everybody: key, credit, name, address; resumable
    ├── Interrupted       the user or the machine asked to stop; resumable
    └── ShardsFailed      some shards failed, the others went on; resumable
"""

from typing import ClassVar

from schemas.lesson import Lesson


class EvolError(Exception):
    """Base of all errors that this project raises on purpose."""


class Retryable(EvolError):
    """A call failed in a way that may pass.

    Args:
        message: The provider's own words, shortened.
        kind: What failed: rate_limit, server, timeout, connection (it broke midway), refused
            (none came about), auth (key, credit, name or address are refused), no_endpoint (what
            answers is something else), bad_answer (not the shape of an answer), withheld (no answer
            among the choices), empty, cut (by the token limit), thought (cut before the first word
            of the answer).
        retry_after_s: Seconds that the provider asked to wait, if it said so.
    """

    def __init__(self, message: str, *, kind: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after_s = retry_after_s


class ParameterRefused(Retryable):
    """The model does not take a parameter; without it the same may be asked again at once.

    Args:
        message: The provider's own words, shortened.
        lesson: What it does not take.
    """

    def __init__(self, message: str, lesson: Lesson) -> None:
        super().__init__(message, kind="parameter")
        self.lesson = lesson


class RowFault(EvolError):
    """This row cannot be answered, however often it is asked.

    Args:
        message: The provider's own words, shortened.
        ending: How the answer ended that came, if one did: a word of `schemas.calls.endings`.
        is_answer: True where the model did answer, but nothing that can be used: nobody else need
            be asked whose fault it is.
        is_access: True for a refusal of access (403), which may be everybody's from now on.
    """

    def __init__(
        self, message: str, *, ending: str | None = None, is_answer: bool = False,
        is_access: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.ending = ending
        self.is_answer = is_answer
        self.is_access = is_access


class RunFault(EvolError):
    """The run cannot go on; what was paid for is safe."""

    exit_code: ClassVar[int] = 1
    """What the command line returns to the shell."""


class BadInput(RunFault):
    """Settings, seeds or prompts that cannot be used; the message names place, value, remedy."""

    exit_code = 2


class BudgetReached(RunFault):
    """Spent plus reserved would pass the budget."""

    exit_code = 3


class ModelUnavailable(RunFault):
    """The endpoint refuses every call; the message holds the provider's own words."""

    exit_code = 4


class Interrupted(RunFault):
    """A stop was asked for; calls in flight were drained and saved."""

    exit_code = 130


class ShardsFailed(RunFault):
    """Some shards failed; the message counts and names them."""
