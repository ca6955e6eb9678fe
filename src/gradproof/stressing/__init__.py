"""Looking for the inputs at which a gradient is wrong though it is right at the given ones."""
