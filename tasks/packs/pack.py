"""Turn a folder of text files into a pack: its operations, its prompts, its own rules.

A pack holds one file an operation, `demonstrations/` (one file a variant) and, if it likes,
`pack.toml`, `equality.txt` and `copied_phrases.txt`; where these are missing, the general pack's
count. A pack that ships here may have rules of its own in `checks.py`; a user's folder stays text,
because a folder that somebody sent must not run. Knows nothing of rows or models.
"""

import importlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from string import Template
from typing import Any

from schemas.errors import BadInput
from schemas.operation import Operation, Variant
from schemas.rule import Rule
from schemas.stages import Stage
from schemas.text import well_formed
from tasks.packs.pack_toml import Declared, read_pack_toml
from tasks.packs.prompts import (
    fill,
    hashes_of,
    load_prompts,
    pack_text,
    sha256_of,
    sha256_of_all,
)

SHIPPED = Path(__file__).parent
"""Where the packs lie that ship with evolflow."""
# The packs that ship here as they once read, by how their hash begins: runs of that time go on.
_EARLIER = SHIPPED / "earlier"
_BETWEEN = "\n\n####\n\n"
_EQUALITY = "equality"
_PACK_TOML = "pack.toml"
_PHRASES = "copied_phrases.txt"
_LABEL = re.compile(r"#[^#\n$]{1,40}#")
_SENTENCE_END = re.compile(r"(?<=[.:?!])\s+|\n+|\$\w+|[。！？]")
_PLAIN = frozenset({"instruction"})
_WITH_VARIANT = _PLAIN | {"format", "demonstration"}
_EQUALITY_SLOTS = {_EQUALITY: frozenset({"parent", "child"})}

# What every pack meant before there was a pack.toml. Who says the same gets the same hash as then, or
# the run folders of that time could not go on; who says anything else gets another.
_MEANT_BEFORE = "374bae316bb800c701210796d2a03487ec8d6e6be3b57e9c8d8c0fb8b261280e"


@dataclass(frozen=True)
class Pack:
    """All that is asked in a domain."""

    name: str
    operations: tuple[Operation, ...]
    """In the order of the draw."""
    fields: tuple[str, ...]
    """The seeds' own columns that prompts may show as slots."""
    prompts: Mapping[str, Template]
    demonstrations: Mapping[str, str]
    """By the name of a variant."""
    copied_phrases: tuple[str, ...]
    """Words that give away a leak of the evolving prompt (rule 4), lower case."""
    frames: tuple[str, ...]
    """Sentences of its evolving prompts and its demonstrations: copied, they are a leak, too."""
    rules: tuple[Rule, ...]
    """The pack's own, beside the common ones."""
    sha256: str
    """Hash of all files, name and content, and of what pack.toml means."""
    file_sha256: Mapping[str, str]
    """Hash of each file by its path inside the pack; for pack.toml, of what it means."""

    def evolving(
        self,
        operation: Operation,
        variant: Variant | None,
        text: str,
        extra: Mapping[str, Any] | None = None,
    ) -> str:
        """Render an operation's prompt for an instruction.

        Args:
            operation: One of the pack's.
            variant: One of the operation's; None where it has none.
            text: The instruction.
            extra: The seed's own other columns; the pack's fields are looked for in them.
        """
        template = self.prompts[operation.name]
        slots = {"instruction": text}
        if variant is not None:
            shown = _shown(self.demonstrations[variant.name].rstrip(), operation.shown, text)
            slots |= {"format": variant.label, "demonstration": shown}
        wanted = set(template.get_identifiers()).intersection(self.fields)
        slots |= {name: as_text((extra or {}).get(name)) for name in wanted}
        return fill(template, operation.name, **slots)

    def equality(self, parent: str, child: str) -> str:
        """Render the question whether child differs from parent."""
        return fill(self.prompts[_EQUALITY], _EQUALITY, parent=parent, child=child)


def stages_of(_pack: Pack) -> tuple[Stage, ...]:
    """Return the stages that a pack's shards go through, in their order.

    All packs have the same today; a stage that only some have is left out for the others here.
    """
    return tuple(Stage)


def pack_folder(name_or_path: str) -> Path:
    """Return a pack's folder: one that ships here by its name, else the path itself."""
    shipped = SHIPPED / name_or_path
    return shipped if _is_plain_name(name_or_path) and shipped.is_dir() else Path(name_or_path)


def load_pack(name_or_path: str, sha256: str | None = None) -> Pack:
    """Read and check a pack.

    Args:
        name_or_path: Of one that ships here, or a folder.
        sha256: What a run began with. A pack that ships here and read otherwise at that time is
            given as it read; of a hash that is not known, the pack is given as it is.

    Raises:
        BadInput: A file is missing, its slots are not the right ones, or pack.toml says what no
            pack can be.
    """
    folder = pack_folder(name_or_path)
    if not folder.is_dir():
        ships = sorted(p.name for p in SHIPPED.iterdir() if (p / "equality.txt").exists())
        raise BadInput(
            f"pack: {name_or_path!r} is no folder and no pack that ships here; "
            f"give a folder or one of {ships}"
        )
    pack = _read(folder, SHIPPED / "general")
    if sha256 in (None, pack.sha256):
        return pack
    return next((then for then in _as_it_was(folder, pack) if then.sha256 == sha256), pack)


def _as_it_was(folder: Path, now: Pack) -> Iterator[Pack]:
    """Yield a pack as it read before: one that ships here, or one that the general pack lends to."""
    for then in sorted(_EARLIER.iterdir()):
        if folder.parent != SHIPPED:
            yield _read(folder, then / "general")
        elif (then / folder.name).is_dir():
            yield replace(_read(then / folder.name, then / "general"), rules=now.rules)


def _read(folder: Path, lender: Path) -> Pack:
    declared = read_pack_toml(_own_or_lent(folder, lender, _PACK_TOML))
    prompts = load_prompts(folder, _slots(declared), frozenset(declared.fields))
    lent = _own_or_lent(folder, lender, f"{_EQUALITY}.txt").parent
    equality = load_prompts(lent, _EQUALITY_SLOTS)
    shown = {name: pack_text(folder, name) for name in _demonstrations(declared)}
    phrases = pack_text(_own_or_lent(folder, lender, _PHRASES).parent, _PHRASES)
    texts = {**prompts.texts, **equality.texts, **shown, _PHRASES: phrases}
    hashes = hashes_of(texts | _meant_otherwise(declared))
    return Pack(
        name=folder.name,
        operations=declared.operations,
        fields=declared.fields,
        prompts={**prompts.templates, **equality.templates},
        demonstrations={Path(name).stem: text for name, text in shown.items()},
        copied_phrases=_phrases(phrases, prompts.texts.values()),
        frames=_frames(prompts.texts.values(), shown.values()),
        rules=_rules(folder),
        sha256=sha256_of_all(hashes),
        file_sha256=hashes,
    )


def _shown(demonstrations: str, count: int, text: str) -> str:
    """Return so many demonstrations of a file; which, the text decides, the same ones every time."""
    every = demonstrations.split(_BETWEEN)
    if not 0 < count < len(every):
        return demonstrations
    first = int(sha256_of(well_formed(text)), 16) % len(every)
    return _BETWEEN.join((every * 2)[first : first + count])


def _slots(declared: Declared) -> dict[str, frozenset[str]]:
    return {o.name: _WITH_VARIANT if o.variants else _PLAIN for o in declared.operations}


def _demonstrations(declared: Declared) -> dict[str, None]:
    """Return the files of all variants, each once: operations may share one."""
    names = [variant.name for one in declared.operations for variant in one.variants]
    return dict.fromkeys(f"demonstrations/{name}.txt" for name in names)


def _own_or_lent(folder: Path, lender: Path, name: str) -> Path:
    own = folder / name
    # A link that leads nowhere is no missing file: reading it says so.
    return own if own.exists() or own.is_symlink() else lender / name


def _meant_otherwise(declared: Declared) -> dict[str, str]:
    """Return what pack.toml means, under its name; nothing where it is what was meant before.

    Its meaning, not its bytes: a comment changes no row. What is left at its default is left out, so
    that a key which is added to pack.toml one day changes no hash of today.
    """
    operations = [
        {f.name: value for f in fields(one) if (value := getattr(one, f.name)) != f.default}
        for one in declared.operations
    ]
    meaning = {"operations": operations} | ({"fields": declared.fields} if declared.fields else {})
    text = json.dumps(meaning, sort_keys=True)
    return {} if sha256_of(text) == _MEANT_BEFORE else {_PACK_TOML: text}


def _phrases(listed: str, prompts: Iterable[str]) -> tuple[str, ...]:
    """Return what is listed, and every label that the prompts have: no pack must list its own."""
    own = (label for text in prompts for label in _LABEL.findall(text))
    lines = (line.strip() for line in listed.splitlines())
    return tuple(dict.fromkeys(phrase.casefold() for phrase in (*lines, *own) if phrase))


def _frames(prompts: Iterable[str], shown: Iterable[str]) -> tuple[str, ...]:
    """Return the sentences of prompts, each once, and the demonstrations without their labels."""
    sentences = (part.strip() for text in prompts for part in _SENTENCE_END.split(text))
    inside = (part.strip() for text in shown for part in _LABEL.split(text))
    plain = (part for part in sentences if not _LABEL.fullmatch(part.rstrip(":")))
    return tuple(dict.fromkeys(part for part in (*plain, *inside) if len(part) > 1))


def _rules(folder: Path) -> tuple[Rule, ...]:
    """Return the rules of a pack that ships here: nothing of any other folder is run."""
    if folder.parent != SHIPPED or not (folder / "checks.py").exists():
        return ()
    rules: tuple[Rule, ...] = importlib.import_module(f"{__package__}.{folder.name}.checks").RULES
    return rules


def _is_plain_name(name: str) -> bool:
    return Path(name).name == name and name not in ("", ".", "..")


def as_text(value: Any) -> str:
    """Return a field's value as a prompt shows it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
