"""Fixtures of the tests of mending."""

from tests.mending.support import mended

__all__ = ["mended"]
