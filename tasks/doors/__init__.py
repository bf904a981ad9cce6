"""One outside library behind each door; no door knows another."""
