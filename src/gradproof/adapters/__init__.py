"""Arrays: the only floor that knows them."""
