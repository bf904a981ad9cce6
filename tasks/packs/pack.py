"""Turn a folder of text files into a pack of prompts with checked slots.

A pack holds one file an operation, `equality.txt`, `demonstrations/` (one file an input format) and,
if it likes, `copied_phrases.txt`. Slots are `$name`; a literal dollar sign is `$$`. Filling is one
pass: nothing inside a value is ever read as a slot. Knows nothing of rows or models.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from schemas.errors import BadInput, RunFault
from schemas.operation import InputFormat, Operation

SHIPPED = Path(__file__).parent
"""Where the packs lie that ship with evolflow."""
_EQUALITY = "equality"
_SLOTS: dict[str, frozenset[str]] = {
    **{operation.value: frozenset({"instruction"}) for operation in Operation},
    Operation.COMPLICATE_INPUT.value: frozenset({"instruction", "format", "demonstration"}),
    _EQUALITY: frozenset({"parent", "child"}),
}


@dataclass(frozen=True)
class Pack:
    """Prompts for a domain."""

    name: str
    prompts: Mapping[str, Template]
    demonstrations: Mapping[InputFormat, str]
    copied_phrases: tuple[str, ...]
    """Words that give away a leak of the evolving prompt (rule 4), lower case."""
    sha256: str
    """Hash of all files: name and content."""
    file_sha256: Mapping[str, str]
    """Hash of each file by its path inside the pack."""

    def evolving(self, operation: Operation, input_format: InputFormat | None, text: str) -> str:
        """Render an operation's prompt for an instruction."""
        if input_format is None:
            return fill(self.prompts[operation.value], operation.value, instruction=text)
        return fill(
            self.prompts[operation.value],
            operation.value,
            instruction=text,
            format=input_format.label,
            demonstration=self.demonstrations[input_format].rstrip(),
        )

    def equality(self, parent: str, child: str) -> str:
        """Render the question whether child differs from parent."""
        return fill(self.prompts[_EQUALITY], _EQUALITY, parent=parent, child=child)


def fill(template: Template, name: str, **slots: str) -> str:
    """Fill the template's slots, all of them and no others.

    Raises:
        RunFault: The slots given are not the slots wanted.
    """
    wanted = set(template.get_identifiers())
    if wanted != set(slots):
        raise RunFault(f"prompt {name}: wants {sorted(wanted)}, given {sorted(slots)}")
    return template.substitute(slots)


def pack_folder(name_or_path: str) -> Path:
    """Return a pack's folder: one that ships here by its name, else the path itself."""
    shipped = SHIPPED / name_or_path
    return shipped if _is_plain_name(name_or_path) and shipped.is_dir() else Path(name_or_path)


def load_pack(name_or_path: str) -> Pack:
    """Read and check a pack.

    Raises:
        BadInput: A file is missing or its slots are not the right ones.
    """
    folder = pack_folder(name_or_path)
    if not folder.is_dir():
        ships = sorted(p.name for p in SHIPPED.iterdir() if (p / "equality.txt").exists())
        raise BadInput(
            f"pack: {name_or_path!r} is no folder and no pack that ships here; "
            f"give a folder or one of {ships}"
        )
    texts = {f"{name}.txt": _read(folder / f"{name}.txt") for name in _SLOTS}
    shown = {
        f"demonstrations/{f}.txt": _read(folder / f"demonstrations/{f}.txt") for f in InputFormat
    }
    phrases = _phrases(folder)
    hashes = {name: _sha256(text) for name, text in sorted((texts | shown | phrases).items())}
    return Pack(
        name=folder.name,
        prompts={name: _template(folder, name, texts[f"{name}.txt"]) for name in _SLOTS},
        demonstrations={f: shown[f"demonstrations/{f}.txt"] for f in InputFormat},
        copied_phrases=tuple(
            phrase
            for line in "".join(phrases.values()).splitlines()
            if (phrase := line.strip().casefold())
        ),
        sha256=_sha256("".join(f"{name}:{digest}\n" for name, digest in hashes.items())),
        file_sha256=hashes,
    )


def _phrases(folder: Path) -> dict[str, str]:
    own = folder / "copied_phrases.txt"
    general = SHIPPED / "general" / "copied_phrases.txt"
    return {"copied_phrases.txt": _read(own if own.exists() else general)}


def _template(folder: Path, name: str, text: str) -> Template:
    # One newline ends a text file; it is no part of what the model reads.
    template = Template(text.removesuffix("\n"))
    path = folder / f"{name}.txt"
    if not template.is_valid():
        raise BadInput(f"{path}: a lone $ is not a slot; write $$ for a dollar sign")
    found = set(template.get_identifiers())
    if found != _SLOTS[name]:
        wanted = ", ".join(f"${slot}" for slot in sorted(_SLOTS[name]))
        given = ", ".join(f"${slot}" for slot in sorted(found)) or "none"
        raise BadInput(f"{path}: slots are {given}; this prompt needs exactly {wanted}")
    return template


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path}: missing; a pack needs this file") from None
    except UnicodeDecodeError as e:
        raise BadInput(f"{path}: not UTF-8 at byte {e.start}; save it as UTF-8") from e


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _is_plain_name(name: str) -> bool:
    return Path(name).name == name and name not in ("", ".", "..")
