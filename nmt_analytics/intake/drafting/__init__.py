"""A file that nobody knows becomes a mapping: looked at, guessed, asked, written down."""
