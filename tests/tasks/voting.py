"""Votes and rankings in the tests' own words."""

from collections.abc import Mapping

from schemas.tables.vote import Aspect, Ranking, Vote

SECRET = "5e" * 32


def ranking(
    *, systems: tuple[str, ...] = ("a", "b"), raters: int = 2, repeat_share: float = 0.0
) -> Ranking:
    return Ranking(
        systems=systems,
        style="choose" if len(systems) == 2 else "rank",
        raters=raters,
        repeat_share=repeat_share,
        secret=SECRET,
    )


def vote(
    rater: str,
    item: str,
    said: str | Mapping[str, int] = "win",
    *,
    is_repeat: bool = False,
    **aspects: Mapping[str, int],
) -> Vote:
    """A vote on a and b by what it says of a, or on systems by their ranks; skip is one, too."""
    short = {"win": {"a": 1, "b": 2}, "tie": {"a": 1, "b": 1}, "lose": {"a": 2, "b": 1}}
    overall = said if isinstance(said, Mapping) else short.get(said, {})
    return Vote(
        id=f"{rater}-{item}-{is_repeat:d}",
        rater=rater,
        item_id=item,
        is_repeat=is_repeat,
        order=tuple(overall) or ("a", "b"),
        ranks={
            **({Aspect.OVERALL: dict(overall)} if overall else {}),
            **{Aspect(name): dict(ranks) for name, ranks in aspects.items()},
        },
        is_skipped=said == "skip",
        at="2026-01-01T00:00:00+00:00",
    )
