"""Doors to other programs: children that end when we do."""
