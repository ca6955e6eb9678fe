"""Every entry of a gradient measured, each with its error bar."""
