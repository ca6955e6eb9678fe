"""gradproof against every peer that can be installed, on generated cases: ``python -m bench.versus``."""
