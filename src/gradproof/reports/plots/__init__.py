"""The page's pictures as figures of matplotlib."""
