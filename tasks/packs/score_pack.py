"""Turn the scoring prompts' text files into prompts with checked slots.

Filling is one pass: nothing inside a value is ever read as a slot. Knows nothing of rows or scores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from schemas.tables.scoring import ScoringStage
from tasks.packs.prompts import hashes_of, load_prompts, sha256_of_all

_SHIPPED = Path(__file__).parent / "score"
_SIDE_BY_SIDE = frozenset({"nonce", "count", "versions"})
_SLOTS = {
    ScoringStage.DIFFICULTY.value: frozenset({"nonce", "instruction"}),
    ScoringStage.COMPLEXITY.value: _SIDE_BY_SIDE,
    ScoringStage.QUALITY.value: _SIDE_BY_SIDE,
}


@dataclass(frozen=True)
class ScorePack:
    """Prompts for a judge who gives scores."""

    prompts: Mapping[str, Template]
    sha256: str
    """Hash of all files: name and content."""
    file_sha256: Mapping[str, str]
    """Hash of each file by its name."""

    def difficulty(self, instruction: str, nonce: str) -> str:
        """Render the question how difficult an instruction is.

        Args:
            instruction: Defused.
            nonce: Fences it.
        """
        prompt = self.prompts[ScoringStage.DIFFICULTY]
        return prompt.substitute(instruction=instruction, nonce=nonce)

    def complexity(self, instructions: Sequence[str], nonce: str) -> str:
        """Render the question how complex the versions of an instruction are.

        Args:
            instructions: Defused, in the order in which they are shown.
            nonce: Stands above each of them.
        """
        shown = [f"--- {nonce} version {n}\n{text}" for n, text in enumerate(instructions, 1)]
        return self._side_by_side(ScoringStage.COMPLEXITY, shown, nonce)

    def quality(self, pairs: Sequence[tuple[str, str]], nonce: str) -> str:
        """Render the question how good the answers to the versions of an instruction are.

        Args:
            pairs: Instruction and answer, both defused, in the order in which they are shown.
            nonce: Stands above each text.
        """
        shown = [
            f"--- {nonce} pair {n}\n{asked}\n=== {nonce} answer {n}\n{answer}"
            for n, (asked, answer) in enumerate(pairs, 1)
        ]
        return self._side_by_side(ScoringStage.QUALITY, shown, nonce)

    def _side_by_side(self, stage: ScoringStage, shown: Sequence[str], nonce: str) -> str:
        return self.prompts[stage].substitute(
            count=len(shown), versions="\n".join(shown), nonce=nonce
        )


def load_score_pack(folder: Path = _SHIPPED) -> ScorePack:
    """Read and check the scoring prompts.

    Raises:
        BadInput: A file is missing or its slots are not the right ones.
    """
    prompts = load_prompts(folder, _SLOTS)
    hashes = hashes_of(prompts.texts)
    return ScorePack(prompts.templates, sha256_of_all(hashes), hashes)
