"""Doors to other people's file formats, and to the Hub."""
