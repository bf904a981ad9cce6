"""Doors to what people look at: pages, pictures, the live line."""
