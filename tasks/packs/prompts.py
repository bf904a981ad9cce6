"""Turn text files into prompts with checked slots, and into the hash that tells them from others.

Slots are `$name`; a literal dollar sign is `$$`. Filling is one pass: nothing inside a value is ever
read as a slot. Every pack is read here; what any prompt is for must not be known here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from schemas.errors import BadInput, RunFault
from tasks.doors.own_files import read_text


@dataclass(frozen=True)
class Prompts:
    """Some prompts of a folder."""

    templates: Mapping[str, Template]
    """By name: that of the file without its ending."""
    texts: Mapping[str, str]
    """What the files hold, by their path inside the folder."""


def load_prompts(
    folder: Path, slots: Mapping[str, frozenset[str]], more: frozenset[str] = frozenset()
) -> Prompts:
    """Read and check prompts.

    Args:
        folder: Holds `NAME.txt` for each prompt.
        slots: Names of prompts to the slots that each must have.
        more: Slots that each may have besides.

    Raises:
        BadInput: A file cannot be read, or its slots are not the right ones.
    """
    texts = {f"{name}.txt": pack_text(folder, f"{name}.txt") for name in slots}
    templates = {
        name: _template(folder / f"{name}.txt", texts[f"{name}.txt"], wanted, more)
        for name, wanted in slots.items()
    }
    return Prompts(templates, texts)


def pack_text(folder: Path, name: str) -> str:
    """Return what a file of a pack holds.

    Args:
        folder: The pack's.
        name: The file's path inside it.

    Raises:
        BadInput: It is missing, unreadable, no UTF-8, too large, or a link to somewhere else: a pack
            that somebody sent must not send other files to a model.
    """
    return read_text(folder / name, folder, "a pack needs this file")


def hashes_of(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the hash of each text by its name, in the order of the names."""
    return {name: sha256_of(text) for name, text in sorted(texts.items())}


def sha256_of_all(hashes: Mapping[str, str]) -> str:
    """Return one hash for many, of names and contents: any other text gives another."""
    return sha256_of("".join(f"{name}:{digest}\n" for name, digest in hashes.items()))


def sha256_of(text: str) -> str:
    """Return the hash of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def fill(template: Template, name: str, **slots: str) -> str:
    """Fill the template's slots, all of them and no others.

    Raises:
        RunFault: The slots given are not the slots wanted.
    """
    wanted = set(template.get_identifiers())
    if wanted != set(slots):
        raise RunFault(f"prompt {name}: wants {sorted(wanted)}, given {sorted(slots)}")
    return template.substitute(slots)


def _template(path: Path, text: str, wanted: frozenset[str], more: frozenset[str]) -> Template:
    # One newline ends a text file; it is no part of what the model reads.
    template = Template(text.removesuffix("\n"))
    if not template.is_valid():
        raise BadInput(f"{path}: a lone $ is not a slot; write $$ for a dollar sign")
    found = set(template.get_identifiers())
    if not wanted <= found <= wanted | more:
        raise BadInput(
            f"{path}: slots are {_named(found)}; this prompt needs exactly {_named(wanted)}"
            + (f", and may have {_named(more)}" if more else "")
        )
    return template


def _named(slots: set[str] | frozenset[str]) -> str:
    return ", ".join(f"${slot}" for slot in sorted(slots)) or "none"
