"""Turn the judge's text files into prompts with checked slots: one for each kind of request.

Slots are `$name`, filled in one pass: nothing inside a value is ever read as a slot. Knows nothing of
what a verdict means.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal, get_args

Kind = Literal["general", "coding", "maths"]
"""What a request is about: each kind is judged by questions of its own (Vicuna's three prompts)."""

_FOLDER = Path(__file__).parent / "judge"


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
    """Read the prompts that ship here."""
    texts = {kind: (_FOLDER / f"{kind}.txt").read_text("utf-8") for kind in get_args(Kind)}
    hashes = {f"{kind}.txt": _sha256(text) for kind, text in sorted(texts.items())}
    return JudgePack(
        # One newline ends a text file; it is no part of what the model reads.
        prompts={kind: Template(text.removesuffix("\n")) for kind, text in texts.items()},
        sha256=_sha256("".join(f"{name}:{digest}\n" for name, digest in hashes.items())),
        file_sha256=hashes,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
