"""The verbs of the method, the one place that buys, and the doors to outside libraries."""
