"""Doors to statistics, vectors and likeness."""
