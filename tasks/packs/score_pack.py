"""Turn the scoring prompts' text files into prompts with checked slots.

Filling is one pass: nothing inside a value is ever read as a slot. Knows nothing of rows or scores.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from schemas.errors import BadInput
from schemas.tables.scoring import ScoringStage

_SHIPPED = Path(__file__).parent / "score"
_SLOTS: dict[str, set[str]] = {
    ScoringStage.DIFFICULTY: {"nonce", "instruction"},
    ScoringStage.COMPLEXITY: {"nonce", "count", "versions"},
    ScoringStage.QUALITY: {"nonce", "count", "versions"},
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
    texts = {f"{stage}.txt": _read(folder / f"{stage}.txt") for stage in _SLOTS}
    hashes = {name: _sha256(text) for name, text in sorted(texts.items())}
    return ScorePack(
        prompts={stage: _template(folder, stage, texts[f"{stage}.txt"]) for stage in _SLOTS},
        sha256=_sha256("".join(f"{name}:{digest}\n" for name, digest in hashes.items())),
        file_sha256=hashes,
    )


def _template(folder: Path, stage: str, text: str) -> Template:
    # One newline ends a text file; it is no part of what the judge reads.
    template = Template(text.removesuffix("\n"))
    if not template.is_valid() or set(template.get_identifiers()) != _SLOTS[stage]:
        wanted = ", ".join(f"${slot}" for slot in sorted(_SLOTS[stage]))
        raise BadInput(f"{folder / stage}.txt: this prompt needs exactly the slots {wanted}")
    return template


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path}: missing; scoring needs this file") from None
    except UnicodeDecodeError as e:
        raise BadInput(f"{path}: not UTF-8 at byte {e.start}; save it as UTF-8") from e


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
