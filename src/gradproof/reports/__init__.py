"""Renderers: pure functions of the record."""
