"""What work/given-up.json holds: which answers were given up on purpose, to be bought anew."""

from pydantic import Field

from schemas.documents.document import Document


class GivenUp(Document):
    """Answers of one shard, from one stage on."""

    epoch: int
    shard: int
    stage: str
    attempts: dict[str, int]
    """By key of the request: how often it had been sent when its answer was given up. An answer that
    took more is a new one."""


class GivenUpRecord(Document):
    """The whole: all that a run has not done again yet."""

    shards: list[GivenUp] = Field(default_factory=list)
