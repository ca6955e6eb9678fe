"""Derivatives with error bars: floats only."""
