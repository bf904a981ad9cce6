"""A judge compares answers; figures come of its verdicts."""
