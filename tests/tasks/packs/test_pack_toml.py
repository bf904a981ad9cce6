"""pack.toml: what it says is what is drawn, and what it cannot say is one clear line."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import BadInput
from schemas.operation import Axis, Operation, Variant
from tasks.packs.pack_toml import Declared, read_pack_toml

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
PLAIN = 'operations = ["deepen"]\n'
TABLE = PLAIN + "[operation.deepen]\n"


def read(folder: Path, text: str) -> Declared:
    (folder / "pack.toml").write_text(text, encoding="utf-8")
    return read_pack_toml(folder / "pack.toml")


def test_operations_come_in_the_order_of_the_draw_with_what_is_said_of_them(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'operations = ["b", "a", "d", "c"]\nfields = ["schema"]\n'
        '[operation.a]\naxis = "breadth"\nweight = 2\n[operation.a.variants]\nfr = "French"\n'
        '[operation.c]\naxis = "down"\nword_budget = true\nvariants = ["easy", "easier"]\n'
        "[operation.d]\nword_budget = false\n",
    )
    assert found.operations == (
        Operation("b"),
        Operation("a", Axis.BREADTH, False, (Variant("fr", "French"),), 2.0),
        Operation("d", word_budget=False),
        Operation("c", Axis.DOWN, True, (Variant("easy", "easy"), Variant("easier", "easier"))),
    )
    assert found.fields == ("schema",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "operations: missing; write this key"),
        ("operations = []", r"operations: \[\]; list should have at least 1 item"),
        ('operations = "deepen"', "operations: 'deepen'; input should be a valid list"),
        ('operations = ["a", "a"]', r"operations: \['a', 'a'\]; name 'a' once"),
        ('operations = ["../a"]', r"operations\.0: '\.\./a'; a name has small letters"),
        ('operations = ["a b"]', r"operations\.0: 'a b'; a name has small letters"),
        ('operations = ["equality"]', "'equality' has a meaning of its own; rename it"),
        (f"{PLAIN}fields = ['format']", "'format' has a meaning of its own; rename it"),
        (f"{PLAIN}opartions = 1", "opartions: 1; no pack has this key"),
        (f"{PLAIN}operation = 3", "operation: 3; input should be a valid dictionary"),
        (f"{PLAIN}[operation.deepn]", r"operation\.deepn is not among operations"),
        (f"{TABLE}waight = 2", r"operation\.deepen\.waight: 2; no pack has this key"),
        (f"{TABLE}weight = 0", r"deepen\.weight: 0; input should be greater than 0"),
        (f"{TABLE}weight = -0.5", r"deepen\.weight: -0\.5; input should be greater than 0"),
        (f"{TABLE}weight = nan", r"deepen\.weight: nan; input should be a finite number"),
        (f"{TABLE}weight = 1e300", r"weight: 1e\+300; input should be less than or equal to"),
        (f"{TABLE}weight = true", r"deepen\.weight: True; input should be a valid number"),
        (f"{TABLE}weight = '2'", r"deepen\.weight: '2'; input should be a valid number"),
        (f"{TABLE}axis = 'up'", r"deepen\.axis: 'up'; input should be 'depth', 'breadth' or"),
        (f"{TABLE}word_budget = 'no'", r"word_budget: 'no'; input should be a valid boolean"),
        (f"{TABLE}variants = [1]", r"deepen\.variants: \[1\]; input should be a valid dictionary"),
        (f"{TABLE}variants = ['x', 'x']", "name 'x' once"),
        (f"{TABLE}variants = {{x = ''}}", r"variants\.x: ''; string should have at least 1"),
        ("operations = [", "not TOML: .*; mend it there"),
        ("a = " + "[" * 9000, r"not TOML \(nested too deeply\); mend it there"),
    ],
)
def test_what_no_pack_can_be_is_one_line_with_place_value_and_remedy(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'pack.toml'}: ")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_bytes(b"operations = ['\xff']")
    with pytest.raises(BadInput, match=r"pack\.toml: not UTF-8 at byte 15"):
        read_pack_toml(tmp_path / "pack.toml")
    with pytest.raises(BadInput, match="no plain file"):
        read_pack_toml(tmp_path)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("[]{}=\"'\n,.#axis weight operations deepen 0-9"), max_size=60))
def test_any_text_is_read_or_refused_in_one_line(tmp_path: Path, text: str) -> None:
    try:
        assert read(tmp_path, PLAIN + text).operations
    except BadInput as e:
        assert "\n" not in str(e)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NAMES, min_size=1, unique=True), st.floats(1e-9, 1e6), st.sampled_from(list(Axis)))
def test_what_is_said_of_one_operation_is_said_of_that_one_alone(
    tmp_path: Path, names: list[str], weight: float, axis: Axis
) -> None:
    names = [f"an_{name}" for name in names]
    text = f"operations = {names}\n[operation.{names[-1]}]\nweight = {weight!r}\naxis = '{axis}'\n"
    *others, last = read(tmp_path, text).operations
    assert others == [Operation(name) for name in names[:-1]]
    assert (last.name, last.weight, last.axis) == (names[-1], weight, axis)
    assert last.word_budget == (axis is Axis.DEPTH)
