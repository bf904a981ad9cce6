"""What can be set: knobs, groups, forms."""
