"""Any file, opened: bytes become text, text becomes records, one of them the header."""
