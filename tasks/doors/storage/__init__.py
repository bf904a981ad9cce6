"""Doors to what is kept: paths and object stores, Parquet, ledgers, locks."""
