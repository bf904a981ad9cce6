"""The budget: spent and reserved never pass the cap."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.calls.call import Request, Sampling
from schemas.errors import BadInput, BudgetReached
from schemas.settings.knobs import Price
from schemas.stages import Stage
from tasks.buying.budget import Budget

PRICES = {"m": Price(input=2.0, output=10.0)}
MONEY = st.floats(0.0001, 0.6)
# Each call: what it could cost at most, the share of that which it did cost, when it ends.
CALLS = st.lists(st.tuples(MONEY, st.floats(0, 1), st.integers(0, 3)), max_size=30)


def request(prompt: str, max_tokens: int = 100) -> Request:
    return Request("r", 1, Stage.EVOLVE, "m", prompt, Sampling(1.0, 0.9, max_tokens, 0.0))


@given(CALLS)
def test_spent_and_reserved_never_pass_the_cap(calls: list[tuple[float, float, int]]) -> None:
    """The promise of --budget-usd: not a cent more, with any number of calls in flight."""
    budget = Budget(1.0, PRICES, 0.1)
    flying: list[tuple[float, float]] = []
    for most_usd, share, ending in calls:
        try:
            if budget.reserve(most_usd):
                flying.append((most_usd, most_usd * share))
        except BudgetReached:
            assert budget.spent_usd + most_usd > 1.0 - 1e-9
        assert budget.spent_usd + budget.reserved_usd <= 1.0 + 1e-9
        for _ in range(min(ending, len(flying))):
            budget.settle(*flying.pop(0))
    for ended in flying:
        budget.settle(*ended)
    assert budget.spent_usd <= 1.0 + 1e-9
    assert budget.reserved_usd == pytest.approx(0.0, abs=1e-9)


@given(st.lists(MONEY, min_size=1, max_size=12), st.randoms(use_true_random=False))
@example([0.1, 0.2], None)
def test_with_nothing_in_flight_a_call_that_does_not_fit_is_refused(
    reservations: list[float], shuffle: object
) -> None:
    """False means "wait for a call to end": with none in flight the run would wait for ever."""
    budget = Budget(1.0, PRICES, 0.0)
    flying = [most_usd for most_usd in reservations if _fits(budget, most_usd)]
    if shuffle is not None:
        shuffle.shuffle(flying)  # type: ignore[attr-defined]
    for most_usd in flying:
        budget.settle(most_usd, 0.0)
    with pytest.raises(BudgetReached):
        budget.reserve(1.5)


def _fits(budget: Budget, most_usd: float) -> bool:
    try:
        return budget.reserve(most_usd)
    except BudgetReached:
        return False


def test_a_call_waits_while_others_hold_what_it_needs() -> None:
    budget = Budget(1.0, PRICES, 0.0)
    assert budget.reserve(0.75)
    assert not budget.reserve(0.5)
    budget.settle(0.75, 0.25)
    assert budget.reserve(0.5)
    assert (budget.spent_usd, budget.reserved_usd) == (0.25, 0.5)


def test_reaching_the_budget_says_how_to_go_on() -> None:
    budget = Budget(1.0, PRICES, 0.9)
    with pytest.raises(BudgetReached, match=r"0\.9000 of 1 USD.*0\.2000.*--budget-usd"):
        budget.reserve(0.2)


def test_the_last_cent_may_be_spent() -> None:
    budget = Budget(1.0, PRICES, 0.5)
    assert budget.reserve(0.5)


def test_without_a_cap_nothing_is_held_back_but_spending_is_counted() -> None:
    budget = Budget(None, {"m": None}, 0.0)
    for _ in range(3):
        assert budget.reserve(1e9)
        budget.settle(1e9, 2.0)
    assert (budget.spent_usd, budget.reserved_usd) == (6.0, 0.0)


def test_a_cap_with_an_unknown_price_is_refused_with_the_remedy() -> None:
    """A cap that cannot be kept must not be promised."""
    with pytest.raises(BadInput, match=r'price of b/x is unknown; add \[prices\."b/x"\]'):
        Budget(1.0, {"m": PRICES["m"], "z/y": None, "b/x": None}, 0.0)


def test_the_most_a_call_can_cost_is_no_guess() -> None:
    """No tokenizer makes more tokens than bytes: Chinese counts three a character."""
    budget = Budget(1.0, PRICES, 0.0)
    assert budget.most(request("abcd")) == pytest.approx((4 * 2 + 100 * 10) * 1e-6)
    assert budget.most(request("绳子")) == pytest.approx((6 * 2 + 100 * 10) * 1e-6)
    assert (budget.most(request("\ud800")) or 0) > 0


@given(st.text(max_size=50), st.integers(1, 1000))
def test_no_usage_within_the_limits_costs_more_than_its_reservation(
    prompt: str, completion_tokens: int
) -> None:
    budget = Budget(1.0, PRICES, 0.0)
    n_bytes = len(prompt.encode("utf-8", "surrogatepass"))
    cost = budget.cost("m", n_bytes, completion_tokens)
    most = budget.most(request(prompt, max_tokens=1000))
    assert cost is not None and most is not None and cost <= most


def test_an_unknown_price_is_null() -> None:
    assert Budget(None, {"m": None}, 0.0).cost("m", 10, 10) is None
    assert Budget(None, {}, 0.0).cost("other", 10, 10) is None


def test_a_part_has_its_own_cap_and_spending_at_the_same_prices() -> None:
    """What one shard may spend says nothing of what another one did."""
    whole = Budget(10.0, {"m": Price(input=1.0, output=2.0)}, 4.0)
    part = whole.part(1.5, 1.0)
    assert part.cost("m", 1_000_000, 0) == 1.0
    assert part.reserve(0.5)
    with pytest.raises(BudgetReached, match=r"1\.0000 of 1\.5 USD"):
        whole.part(1.5, 1.0).reserve(0.6)
    assert (whole.spent_usd, whole.reserved_usd) == (4.0, 0.0)
