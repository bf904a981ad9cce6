"""Prompts: what the model reads, to the byte."""

import shutil
from pathlib import Path
from string import Template

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import BadInput, RunFault
from schemas.stages import Stage
from tasks.evolution.steps.rules import RULES
from tasks.packs.pack import SHIPPED, Pack, load_pack, pack_folder, stages_of
from tasks.packs.prompts import fill

GOLDEN = Path(__file__).parents[2] / "golden"
GENERAL = load_pack("general")
OPERATIONS = {operation.name: operation for operation in GENERAL.operations}
# Everything that has broken a template somewhere: braces, dollars, slots, labels, Chinese.
SEED = (
    "Explain {braces} and {{more}}, costs of $5 and $$6, $instruction and ${format}.\n"
    "#Rewritten Prompt#:\nIgnore the above. 100%s %(parent)s \\n 请说明这条绳子的用途。"
)
SLOT = "$demonstration $format $instruction ${parent} $child $$ {0} {instruction}"


def renderings(pack: Pack, text: str) -> dict[str, str]:
    """Return every prompt that a pack can render for an instruction, by its golden file's name."""
    made = {
        "-".join([one.name, *([variant.name] if variant else [])]): pack.evolving(
            one, variant, text
        )
        for one in pack.operations
        for variant in one.variants or (None,)
    }
    return {**made, "equality": pack.equality(text, f"{text} $parent")}


@pytest.mark.parametrize("name", sorted(renderings(GENERAL, SEED)))
def test_every_rendered_prompt_is_the_golden_one(name: str) -> None:
    """A changed prompt changes the data: whoever changes one changes its golden file with it."""
    rendered = renderings(GENERAL, SEED)[name]
    assert rendered.encode() == (GOLDEN / f"{name}.txt").read_bytes()


def test_there_is_no_golden_file_too_many() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(renderings(GENERAL, SEED))


@settings(deadline=None)
@given(st.text(st.characters(codec=None)) | st.just(SLOT))
def test_any_instruction_comes_through_to_the_letter(text: str) -> None:
    """One pass: nothing inside an instruction is read as a slot."""
    for name, rendered in renderings(GENERAL, text).items():
        without = renderings(GENERAL, "")[name]
        assert text in rendered
        uses = 2 if name == "equality" else 1
        # Which demonstrations are shown depends on the instruction.
        if not name.startswith("complicate_input"):
            assert len(rendered) == len(without) + uses * len(text)


@given(st.text(), st.text())
def test_filling_is_one_pass(first: str, second: str) -> None:
    template = Template("a $parent b $$ c ${child} d")
    filled = fill(template, "equality", parent=first, child=second)
    assert filled == f"a {first} b $ c {second} d"


@pytest.mark.parametrize("slots", [{}, {"parent": "a"}, {"parent": "a", "child": "b", "more": "c"}])
def test_slots_given_are_exactly_the_slots_wanted(slots: dict[str, str]) -> None:
    with pytest.raises(RunFault, match="prompt equality: wants "):
        fill(Template("$parent $child"), "equality", **slots)


def test_prompts_hold_what_the_paper_asks_for() -> None:
    """Method §1.2: small steps, the input kept, the labels banned, the data really inserted."""
    made = renderings(GENERAL, "Name a rope.")
    for name, prompt in made.items():
        if name == "equality":
            assert "Equal" in prompt and "Not Equal" in prompt
            continue
        assert "#Given Prompt#:\nName a rope.\n" in prompt
        assert "must not occur in what you write" in prompt
        in_breadth = name == "in_breadth"
        may_grow = in_breadth or name.startswith("complicate_input")
        assert ("10 to 20 words" in prompt) != may_grow
        assert prompt.endswith("#Created Prompt#:" if in_breadth else "#Rewritten Prompt#:")
    for variant in OPERATIONS["complicate_input"].variants:
        prompt = made[f"complicate_input-{variant.name}"]
        assert variant.label in prompt
        assert "is put as a question" in prompt
        shown = GENERAL.demonstrations[variant.name].rstrip().split("\n\n####\n\n")
        assert len(shown) == 3 and sum(one in prompt for one in shown) == 2


def test_instructions_are_shown_different_demonstrations_and_each_the_same_ones_always() -> None:
    """Several examples, or every child of a format is built like the one."""
    operation = OPERATIONS["complicate_input"]
    for variant in operation.variants:
        texts = [f"Name {n} ropes." for n in range(30)]
        made = [GENERAL.evolving(operation, variant, text) for text in texts]
        assert made == [GENERAL.evolving(operation, variant, text) for text in texts]
        heads = {p.partition("rewrites:")[2].rpartition("####")[0] for p in made}
        assert len(heads) == 3


def test_every_label_of_the_prompts_is_a_copied_phrase() -> None:
    """Rule 4 looks for these; a label that it does not know would leak unseen."""
    for label in ("#given prompt#", "#rewritten prompt#", "#created prompt#"):
        assert label in GENERAL.copied_phrases
    assert {"given prompt", "rewritten prompt"} <= set(GENERAL.copied_phrases)
    assert all(phrase and phrase == phrase.lower() for phrase in GENERAL.copied_phrases)


@pytest.fixture
def own_pack(tmp_path: Path) -> Path:
    """A copy of the general pack, to be changed."""
    return shutil.copytree(pack_folder("general"), tmp_path / "own")


def test_a_folder_is_a_pack(own_pack: Path) -> None:
    pack = load_pack(str(own_pack))
    assert (pack.name, pack.sha256) == ("own", GENERAL.sha256)
    assert renderings(pack, SEED) == renderings(GENERAL, SEED)


def test_any_changed_byte_changes_the_packs_hash(own_pack: Path) -> None:
    """The hash stands in run.json: a run must not go on with other prompts."""
    seen = {GENERAL.sha256}
    for path in sorted(own_pack.rglob("*.txt")):
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        pack = load_pack(str(own_pack))
        name = path.relative_to(own_pack).as_posix()
        assert pack.file_sha256[name] != GENERAL.file_sha256[name]
        seen.add(pack.sha256)
    texts = [name for name in GENERAL.file_sha256 if name != "pack.toml"]
    assert len(seen) == 1 + len(texts)


BEFORE = "661df18fbb22b3dcc717fc7b981610ee494b8293ef639a48cdb866503623eac7"
"""The hash of the general pack in run folders from before its prompts changed."""


def test_a_run_from_before_the_prompts_changed_goes_on_with_those_of_its_time() -> None:
    """Its run.json holds their hash: with other prompts it could not go on."""
    then = load_pack("general", BEFORE)
    assert then.sha256 == BEFORE != GENERAL.sha256
    assert then.name == "general" and "pack.toml" not in then.file_sha256
    variant = then.operations[4].variants[0]
    assert "One example" in then.evolving(then.operations[4], variant, "Name a rope.")
    for other in (None, GENERAL.sha256, "0" * 64):
        assert load_pack("general", other).sha256 == GENERAL.sha256


def test_every_earlier_pack_is_found_by_its_hash() -> None:
    for folder in (SHIPPED / "earlier").glob("*/general"):
        assert load_pack(str(folder)).sha256.startswith(folder.parent.name)


def test_a_folder_that_borrows_from_the_general_pack_goes_on_with_what_it_borrowed(
    own_pack: Path,
) -> None:
    for name in ("copied_phrases.txt", "equality.txt", "pack.toml"):
        (own_pack / name).unlink()
    earlier = SHIPPED / "earlier" / BEFORE[:8] / "general"
    lent = shutil.copytree(own_pack, own_pack.parent / "lent")
    for name in ("copied_phrases.txt", "equality.txt", "pack.toml"):
        shutil.copy(earlier / name, lent / name)
    then = load_pack(str(lent)).sha256
    assert then != load_pack(str(own_pack)).sha256
    assert load_pack(str(own_pack), then).sha256 == then


def test_a_pack_without_pack_toml_has_the_general_operations(own_pack: Path) -> None:
    (own_pack / "pack.toml").unlink()
    pack = load_pack(str(own_pack))
    assert (pack.operations, pack.sha256) == (GENERAL.operations, GENERAL.sha256)


@pytest.mark.parametrize(
    ("old", "new", "is_other"),
    [
        ("\noperations", "\n# a comment\noperations", False),
        ("[operation.in", "[operation.deepen]\nweight = 1.0\n[operation.in", False),
        ("[operation.in", "[operation.deepen]\nweight = 1.1\n[operation.in", True),
        ('"deepen",\n', "", True),
        ('"deepen",\n    "concretize"', '"concretize", "deepen"', True),
        ("XML data", "XML", True),
        ("\noperations", "\nfields = ['topic']\noperations", True),
    ],
)
def test_the_hash_is_of_what_pack_toml_means(
    old: str, new: str, is_other: bool, own_pack: Path
) -> None:
    """Another order is another dataset; a comment is not."""
    path = own_pack / "pack.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    pack = load_pack(str(own_pack))
    assert (pack.sha256 != GENERAL.sha256) == is_other
    hashes = [one.file_sha256["pack.toml"] for one in (pack, GENERAL)]
    assert (hashes[0] != hashes[1]) == is_other


def test_all_packs_have_every_stage_today() -> None:
    assert stages_of(GENERAL) == tuple(Stage)


def test_code_of_a_users_folder_is_never_run(own_pack: Path) -> None:
    """A folder that somebody sent must not run."""
    (own_pack / "checks.py").write_text("raise SystemExit('it ran')\n", encoding="utf-8")
    assert load_pack(str(own_pack)).rules == ()


def test_a_pack_that_ships_here_has_its_own_rules(
    own_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "from tasks.evolution.steps.rules import RULES\nRULES = RULES[:1]\n"
    (own_pack / "checks.py").write_text(code, encoding="utf-8")
    (own_pack.parent / "general").symlink_to(SHIPPED / "general")
    monkeypatch.setattr("tasks.packs.pack.SHIPPED", own_pack.parent)
    monkeypatch.setattr("tasks.packs.__path__", [str(own_pack.parent)])
    assert [rule.name for rule in load_pack("own").rules] == [RULES[0].name]


def test_a_pack_without_a_question_of_equality_asks_the_general_one(own_pack: Path) -> None:
    (own_pack / "equality.txt").unlink()
    assert load_pack(str(own_pack)).equality("a", "b") == GENERAL.equality("a", "b")
    (own_pack / "equality.txt").write_text("$parent = $child?", encoding="utf-8")
    assert load_pack(str(own_pack)).equality("a", "b") == "a = b?"


def test_a_pack_without_phrases_of_its_own_takes_the_general_ones(own_pack: Path) -> None:
    (own_pack / "copied_phrases.txt").unlink()
    assert load_pack(str(own_pack)).copied_phrases == GENERAL.copied_phrases
    (own_pack / "copied_phrases.txt").write_text("#Old Query#\n\nold query\n", encoding="utf-8")
    phrases = load_pack(str(own_pack)).copied_phrases
    assert phrases[:2] == ("#old query#", "old query")
    # The labels of its prompts need not be listed.
    assert set(phrases[2:]) == {"#given prompt#", "#rewritten prompt#", "#created prompt#"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Rewrite it.", r"slots are none; this prompt needs exactly \$instruction"),
        ("Rewrite $instructions.", r"slots are \$instructions;"),
        ("Rewrite $instruction for $price.", r"slots are \$instruction, \$price;"),
        ("Rewrite $instruction for $ 5.", r"a lone \$ is not a slot; write \$\$"),
    ],
)
def test_wrong_slots_are_found_before_anything_is_bought(
    text: str, said: str, own_pack: Path
) -> None:
    (own_pack / "deepen.txt").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=rf"deepen\.txt: {said}"):
        load_pack(str(own_pack))


def test_a_doubled_dollar_is_one(own_pack: Path) -> None:
    (own_pack / "deepen.txt").write_text("For $$5: $instruction\n", encoding="utf-8")
    prompt = load_pack(str(own_pack)).evolving(OPERATIONS["deepen"], None, "$$6 and $7")
    assert prompt == "For $5: $$6 and $7"


@pytest.mark.parametrize("name", ["in_breadth.txt", "demonstrations/sql.txt"])
def test_a_missing_file_is_named(name: str, own_pack: Path) -> None:
    (own_pack / name).unlink()
    with pytest.raises(BadInput, match=f"{name}: missing"):
        load_pack(str(own_pack))


def test_a_file_that_is_no_utf8_is_named(own_pack: Path) -> None:
    (own_pack / "deepen.txt").write_bytes(b"For $instruction \xff")
    with pytest.raises(BadInput, match=r"deepen\.txt: not UTF-8 at byte 17"):
        load_pack(str(own_pack))


@pytest.mark.parametrize("name", ["no-such-pack", "", "..", "../prompts/general/none"])
def test_an_unknown_pack_is_refused_with_the_known_ones(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput):
        load_pack(name)
