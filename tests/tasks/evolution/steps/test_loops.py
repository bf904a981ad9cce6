"""Whether a text goes round in circles: how looping models write, and what only looks so."""

import pytest

from tasks.evolution.steps.loops import says_it_once

ASKED = "Describe a rope."


@pytest.mark.parametrize(
    "looping",
    [
        "Hemp is strong. " * 5,
        "A rope has three strands. " + "It is wet!  IT IS WET! " * 3,
        "Rope and tar and " * 12,
        "wet " * 50,
        "缆绳很结实。" * 6,
        "The rope was wet, and so the sailor hung it on a post. He then went to the pier to wait "
        "for the boat that had left. " * 4,
        "- The rope is wet\n" * 7,
    ],
)
def test_the_same_over_and_over_is_a_loop(looping: str) -> None:
    assert says_it_once(ASKED, looping) is not None
    assert says_it_once(looping, looping) is None
    for asked in ("Say it 9 times.", "Repeat that rope is wet.", "说六遍。", "Wiederhole es."):
        assert says_it_once(asked, looping) is None


@pytest.mark.parametrize(
    "text",
    [
        "Hemp is strong. " * 4,
        "Row on.\n" * 5 + "The sea is wide and the night is long for all who pull the oars. " * 2,
        "Hemp is old. Hemp is cheap. Hemp is strong. Hemp is light. Hemp is brown.",
        "<tr>\n" + "  <td>wet rope here</td>\n" * 12 + "</tr>",
        "0, 1, 0, 0, 1, " * 20,
        "tie(rope);\nturn(rope);\n" * 8,
        "",
    ],
)
def test_code_numbers_and_a_refrain_are_none(text: str) -> None:
    assert says_it_once(ASKED, text) is None
