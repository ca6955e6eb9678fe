"""The small edits of arithmetic that a person would try, each kind in a file of its own."""
