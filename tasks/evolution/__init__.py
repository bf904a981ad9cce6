"""Seeds become a dataset: the whole of Evol-Instruct."""
