"""What rules must know of a language: one file each, and the patterns that are made of all."""
