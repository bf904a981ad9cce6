"""A model learns from a mix, is merged, and is served on this machine."""
