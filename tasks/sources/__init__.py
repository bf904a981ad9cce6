"""What comes in: seeds, test sets, files of records, finished runs."""
