"""Tests of exhaustive measurement."""
