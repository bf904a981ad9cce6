"""Serving models that lie on this machine, for the length of a run or until told to stop."""
