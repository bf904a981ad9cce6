"""Say of the models that a run asks where they are, and make sure that they can be asked and paid.

Turns settings into addresses and a budget. Sends nothing.
"""

from schemas.settings.asking import AskSettings
from tasks.buying.budget import Budget
from tasks.doors.models import llm


def check(settings: AskSettings, *, spent_usd: float = 0.0, needs_keys: bool = True) -> Budget:
    """Make sure that every model can be asked and, under a budget, priced.

    Args:
        settings: Models, lane, prices, budget.
        spent_usd: What the run spent before.
        needs_keys: Whether the models' keys must be there: not for a plan.

    Returns:
        The run's budget.

    Raises:
        BadInput: A model has no provider or no key, or a budget is given and a price is unknown.
    """
    for setting, model in settings.asked.items():
        base = settings.base_of(model)
        llm.check_model(
            model, setting=setting, api_base=base, lane=settings.lane, needs_key=needs_keys
        )
    prices = {model: llm.price_of(model, settings.prices) for model in settings.models}
    for model, price in prices.items():
        llm.make_known(model, price, api_base=settings.base_of(model), lane=settings.lane)
    return Budget(settings.budget_usd, prices, spent_usd)
