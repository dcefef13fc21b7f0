"""Likelihoods of intervals, and where they are greatest: arrays in, arrays out."""
