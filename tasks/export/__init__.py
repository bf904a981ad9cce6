"""A finished dataset, handed on in the formats of trainers."""
