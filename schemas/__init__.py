"""What things are: settings, tables, reasons, operations, errors. No input or output happens here."""
