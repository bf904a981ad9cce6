"""One page on a run: figures, pictures, lines."""
