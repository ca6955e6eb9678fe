"""Parts of the command that need no check: where reports go, and those read again from files."""
