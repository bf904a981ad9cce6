"""Doors to models: one way in, two lanes, and a model that is none."""
