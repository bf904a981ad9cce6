"""Systems answer tests; alone, this is a prediction."""
