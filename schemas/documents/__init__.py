"""The JSON documents that lie beside the tables."""
