"""The edits of the user's own backward code that make a wrong gradient right: found by dot products, proved afresh."""
