"""Every knob of a mix: which rows may stand beside one another, and how many are drawn.

The command line is made from this model.
"""

from pathlib import PurePath
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, ValidationInfo, field_validator

from schemas.settings.asking import FolderSettings, JobSettings
from schemas.settings.form import Form, section
from schemas.settings.knobs import Address, Group, Settings, Text, knob
from schemas.settings.scoring import OFFLINE

Dedup = Literal["none", "exact", "minhash", "lexical", "semantic"]
Versions = Literal["all", "latest"]
Balance = Literal["none", "skill", "epoch"]


def _as_runs(values: tuple[str, ...]) -> tuple[str, ...]:
    """Rows are told apart by the names of their runs."""
    if not values:
        raise ValueError("name a run folder, or several")
    names = [PurePath(value).name for value in values]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"two runs are named {twice!r}; give each once, and rename one of two")
    return values


class MixedSettings(FolderSettings):
    """What is mixed, and where it comes out."""

    runs: Annotated[tuple[Address, ...], AfterValidator(_as_runs)] = knob(..., "Finished runs.")
    out: Address = knob(
        ...,
        "Folder to make; it must not exist, or be the same mix. {date} and {time} are filled in runs "
        "of a deployment.",
    )
    rng_seed: int = knob(0, "Seed of the order and of what is drawn.", ge=0)


class ApartSettings(Group):
    """What may not stand beside what."""

    dedup: Dedup = knob(
        "exact", "Duplicates by instruction: exact, whatever case and spacing; minhash, those and "
        "near ones; lexical, those and what has nearly the same words and characters; semantic, those "
        "and what means the same, by embeddings of your own. Only exact looks within a"
        " line, too.",
    )  # fmt: skip
    near_duplicate_similarity: float = knob(
        0.8, "Share of word 3-grams from which two instructions are near duplicates (MinHash).",
        gt=0, le=1,
    )  # fmt: skip
    lexical_similarity: float = knob(
        0.85, "Cosine of words and characters from which two instructions are the same.", gt=0, le=1
    )
    semantic_similarity: float = knob(
        0.95,
        "Cosine of embeddings from which two instructions mean the same (SemDeDup).",
        gt=0,
        le=1,
    )
    embeddings: Text = knob(
        OFFLINE, "Who says what is alike: offline, by words and characters alone; or sentences:PATH, a "
        "sentence-transformers model of your own, by meaning.",
    )  # fmt: skip
    versions: Versions = knob(
        "all",
        "Versions of a line that may stand in the mix: all, as in the paper, or the latest alone.",
    )
    decontaminate: tuple[Text, ...] = knob(
        (), "Test files, or own: rows that share 13 words in a row with one of their items go."
    )
    contaminated_share: float = knob(
        0.5, "Share of a test item's 8-grams from which a row goes, too; with fewer it is flagged "
        "test_words.",
        gt=0, le=1,
    )  # fmt: skip


class DrawnSettings(Group):
    """How many are drawn, and which."""

    sample: int | None = knob(
        None, "Rows drawn uniformly, 70000 in the paper; all when not given; rows.", ge=1
    )
    balance: Balance = knob("none", "Draw as many rows of each skill or epoch; needs sample.")
    select_top: int | None = knob(
        None, "Keep the N most difficult that are not alike; needs the scores of evolflow score; rows.",
        ge=1,
    )  # fmt: skip
    select_similarity: float = knob(
        0.9, "Cosine from which a row is too like a better one (DEITA).", gt=0, le=1
    )
    part_rows: int = knob(20_000, "Rows a part of the mix; rows.", ge=1, le=1_000_000)


class MixSettings(DrawnSettings, ApartSettings, MixedSettings, JobSettings):
    """All settings of a mix, saved in mix.json."""

    kind: ClassVar[str] = "mixing"
    groups: ClassVar[dict[str, type[Group]]] = {
        "Mixed": MixedSettings,
        "Apart": ApartSettings,
        "Drawn": DrawnSettings,
    }

    @field_validator("balance")
    @classmethod
    def _has_a_sample(cls, value: str, info: ValidationInfo) -> str:
        if value != "none" and info.data.get("sample") is None:
            raise ValueError("says how a sample is drawn; give sample, too")
        return value


class MixForm(Form[MixSettings]):
    """All settings of a mix, by group."""

    of_settings: ClassVar[type[Settings]] = MixSettings

    mixed: MixedSettings = section(MixedSettings, "Mixed", required=True)
    apart: ApartSettings = section(ApartSettings, "Apart")
    drawn: DrawnSettings = section(DrawnSettings, "Drawn")
