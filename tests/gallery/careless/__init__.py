"""The catalogued mistakes at careless points: where a plain look does not show them."""
