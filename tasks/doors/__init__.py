"""Doors to the outside, one library each."""
