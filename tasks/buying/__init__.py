"""The one place that buys: the ledger first, then the model, within limits and budget."""
