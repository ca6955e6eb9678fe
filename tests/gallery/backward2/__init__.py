"""A second set of backward passes, written in other styles after the search was made, and mended unseen."""
