"""Backward passes written by hand, right ones, in which mistakes are planted."""
