"""Kinds of figures, all drawn with figures.py."""
