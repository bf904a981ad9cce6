"""Turn the judge's text files into prompts with checked slots: one for each kind of request.

Filling is one pass: nothing inside a value is ever read as a slot. Knows nothing of what a verdict
means.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal, get_args

from tasks.packs.prompts import hashes_of, load_prompts, sha256_of_all

Kind = Literal["general", "coding", "maths"]
"""What a request is about: each kind is judged by questions of its own (Vicuna's three prompts)."""

_FOLDER = Path(__file__).parent / "judge"
_SLOTS = frozenset({"instruction", "first", "second", "nonce"})


@dataclass(frozen=True)
class JudgePack:
    """The judging prompts."""

    prompts: Mapping[Kind, Template]
    sha256: str
    """Hash of all files: name and content."""
    file_sha256: Mapping[str, str]
    """Hash of each file by its name."""

    def render(self, kind: Kind, instruction: str, first: str, second: str, nonce: str) -> str:
        """Return the question which of two answers is better.

        Args:
            kind: Which prompt.
            instruction: What both answered, defused.
            first: The answer that is shown first, defused.
            second: The other.
            nonce: Fences the texts and must stand in the verdict.
        """
        return self.prompts[kind].substitute(
            instruction=instruction, first=first, second=second, nonce=nonce
        )


def load_judge_pack() -> JudgePack:
    """Read and check the prompts that ship here.

    Raises:
        BadInput: A file is missing or its slots are not the right ones.
    """
    prompts = load_prompts(_FOLDER, {kind: _SLOTS for kind in get_args(Kind)})
    hashes = hashes_of(prompts.texts)
    return JudgePack(
        prompts={kind: prompts.templates[kind] for kind in get_args(Kind)},
        sha256=sha256_of_all(hashes),
        file_sha256=hashes,
    )
