"""How evaluations are run."""
