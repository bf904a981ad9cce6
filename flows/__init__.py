"""Order only: which verb follows which. No row logic, no prompt, no file format lives here."""
