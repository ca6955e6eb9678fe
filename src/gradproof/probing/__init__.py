"""What to ask an objective, and what the answers mean."""
