"""Say of the models that a run asks where they are, and make sure that they can be asked and paid.

Turns settings into addresses and a budget. Sends nothing.
"""

import os

from schemas.settings.asking import AskSettings
from tasks.buying.budget import Budget
from tasks.doors import proxies
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
        BadInput: A model has no provider or no key, a budget is given and a price is unknown, or the
            environment names a proxy that cannot be used.
    """
    if _is_any_afar(settings):
        proxies.require_usable(os.environ)
    for setting, model in settings.asked.items():
        base = settings.base_of(model)
        llm.check_model(
            model, setting=setting, api_base=base, lane=settings.lane, needs_key=needs_keys
        )
    prices = {model: llm.price_of(model, settings.prices) for model in settings.models}
    for model, price in prices.items():
        llm.make_known(model, price, api_base=settings.base_of(model), lane=settings.lane)
    return Budget(settings.budget_usd, prices, spent_usd)


def thinking_tokens(settings: AskSettings, role: str, model: str) -> int:
    """Return how many tokens a role's model may think beyond each answer: they are paid for, too."""
    return llm.thinking_tokens(model, settings.sampling_of(role))


def proxy_of(settings: AskSettings) -> str | None:
    """Return one line on the proxy that models are asked through; None where none is."""
    return proxies.told(os.environ) if _is_any_afar(settings) else None


def _is_any_afar(settings: AskSettings) -> bool:
    """Tell whether a model is on another machine, as far as the settings say."""
    bases = {model: settings.base_of(model) for model in settings.models}
    return any(
        not model.startswith("offline/") and not (base and proxies.is_loopback(base))
        for model, base in bases.items()
    )
