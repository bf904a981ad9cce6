"""The command's systems: several at once or one by one, and one line about what is none."""

import pytest

from flows.commands.evaluate import _named
from flows.commands.options import spread
from schemas.errors import BadInput


@pytest.mark.parametrize(
    ("given", "repeated"),
    [
        ("--systems a=b c=d e=f", "--systems a=b --systems c=d --systems e=f"),
        ("--systems a=b --systems c=d", "--systems a=b --systems c=d"),
        (
            "--systems a=b c=d --out x=y --limit 3",
            "--systems a=b --systems c=d --out x=y --limit 3",
        ),
        ("--systems a=b --out=x c=d", "--systems a=b --out=x c=d"),
        ("--systems a=b c", "--systems a=b c"),
        ("--systems=a=b", "--systems=a=b"),
        ("import votes.json --out=x", "import votes.json --out=x"),
        ("--systems", "--systems"),
        ("", ""),
    ],
)
def test_one_flag_takes_every_pair_that_follows_it(given: str, repeated: str) -> None:
    found = spread(given.split(), "--systems", lambda value: "=" in value)
    assert found == repeated.split()


def test_values_keep_their_own_equals_signs() -> None:
    assert _named(["b=m@http://h/v1?x=y", "a=a=b.json", "c=m"]) == {
        "b": "m@http://h/v1?x=y", "a": "a=b.json", "c": "m",
    }  # fmt: skip
    assert _named([]) == {}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["a=m", "m"], "'m' is no NAME=MODEL"),
        (["a=m", "=m"], "'=m' is no NAME=MODEL"),
        (["a=m", "b="], "'b=' is no NAME=MODEL"),
        (["a=m", "b=m", "a=n"], "'a' stands twice"),
    ],
)
def test_what_names_no_system_is_one_line(given: list[str], told: str) -> None:
    with pytest.raises(BadInput) as refused:
        _named(given)
    assert str(refused.value).startswith("--systems: ")
    assert told in str(refused.value) and "\n" not in str(refused.value)
