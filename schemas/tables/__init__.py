"""The columns and rows of every Parquet table."""
