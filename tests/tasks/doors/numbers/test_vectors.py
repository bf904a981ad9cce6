"""Texts as points: like ones are near, the same ones give the same picture, odd ones break nothing."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_distances

from tasks.doors.numbers import vectors
from tests.conftest import ROOT

KNOTS = [f"Describe how to tie the {name} knot on a wet rope." for name in
         ("bowline", "clove hitch", "figure eight", "reef", "sheet bend")]  # fmt: skip
TAXES = [f"Explain which taxes a {name} pays in the first year." for name in
         ("baker", "tailor", "plumber", "painter", "farmer")]  # fmt: skip
CHINESE = ["请说明一种绳结的用途。", "请说明两种绳结的用途。", "为面包师解释税收。"]


def test_texts_on_one_matter_are_nearer_than_texts_on_two() -> None:
    points = vectors.hashed(KNOTS + TAXES)
    alike = [vectors.distances(points[:5]), vectors.distances(points[5:])]
    both = vectors.distances(points)
    assert both is not None
    assert all(one is not None and one.pairs < both.pairs for one in alike)


def test_scripts_without_spaces_are_told_apart_too() -> None:
    points = vectors.hashed(CHINESE)
    near, far = vectors.distances(points[[0, 1]]), vectors.distances(points[[0, 2]])
    assert near is not None
    assert far is not None
    assert near.pairs < far.pairs < 1.0000001


def test_a_text_is_placed_whatever_stands_beside_it() -> None:
    alone, among = vectors.hashed(KNOTS[:1]), vectors.hashed(TAXES + KNOTS)[5]
    assert abs(alone - among).max() < 1e-12


def test_distances_are_0_for_the_same_1_for_nothing_in_common_and_none_for_one_text() -> None:
    same = vectors.distances(vectors.hashed(["tie a knot"] * 3))
    assert same == pytest.approx((0, 0), abs=1e-9)
    apart = vectors.distances(vectors.given([[1, 0, 0], [0, 2, 0], [0, 0, 3]]))
    assert apart == pytest.approx((1, 1))
    assert vectors.distances(vectors.hashed(["tie a knot"])) is None


def test_a_map_keeps_like_texts_together() -> None:
    places = vectors.flat(vectors.hashed(KNOTS * 3 + TAXES * 3))
    knots, taxes = places[:15], places[15:]
    between = np.linalg.norm(knots.mean(axis=0) - taxes.mean(axis=0))
    within = np.linalg.norm(knots - knots.mean(axis=0), axis=1).mean()
    assert between > within
    assert places.min() >= 0
    assert places.max() <= 1
    numbers = vectors.clusters(places, 2)
    assert len(set(numbers[:15])) == len(set(numbers[15:])) == 1


_SCRIPT = """
from tasks.doors.numbers import vectors
texts = [f"Say why rope {n} frays {n % 7} times a year in place {n % 11}." for n in range(120)]
places = vectors.flat(vectors.hashed(texts))
print(places.tobytes().hex()[:4000], vectors.clusters(places, 12))
"""


def test_the_same_texts_give_the_same_bytes_in_every_process() -> None:
    """The report of a run must not change when nothing else has."""
    told = {
        subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            cwd=ROOT, env={"OMP_NUM_THREADS": threads}, capture_output=True, check=True, text=True,
        ).stdout
        for threads in ("1", "2", "4")
    }  # fmt: skip
    assert len(told) == 1


@settings(deadline=None, max_examples=15)
@given(st.lists(st.sampled_from(["", "!?", "a", "rope", "rope rope", "绳"]), min_size=30,
                max_size=34))  # fmt: skip
def test_texts_without_words_and_repeated_ones_have_a_place_too(texts: list[str]) -> None:
    places = vectors.flat(vectors.hashed(texts))
    assert np.isfinite(places).all()
    numbers = vectors.clusters(places, 6)
    spots = [(float(x), float(y)) for x, y in places]
    assert len(vectors.outlines(spots, numbers)) == max(numbers) + 1


def test_an_outline_goes_round_its_cluster_and_a_line_has_none_to_speak_of() -> None:
    square = [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.5, 0.5)]
    few = [(3.0, 3.0), (4.0, 4.0)]
    around, none = vectors.outlines(square + few, [0] * 5 + [1] * 2)
    assert set(around) == set(square[:4])
    assert none == []


def test_what_are_no_vectors_of_one_length_is_no_points() -> None:
    odd: list[list[list[float]]] = [[], [[]], [[1.0], [1.0, 2.0]], [[1.0], [float("nan")]]]
    for vectors_of in (*odd, [[float("inf")]]):
        assert vectors.given(vectors_of) is None


def test_distances_are_those_of_scikit_learn() -> None:
    """Ours spares its import; a report must not change by it."""
    texts = ["A rope holds a boat.", "A rope tows a boat.", "多久注满水池?", ""]
    for points in (vectors.hashed(texts), vectors.short(texts)):
        own = vectors._cosine_distances(points)
        assert np.array_equal(own, cosine_distances(points))
