"""The verbs of a fine-tuning, and what they share."""
