"""Hypotheses about a wrong gradient, as arrays: each says what the true one would be if it held."""
