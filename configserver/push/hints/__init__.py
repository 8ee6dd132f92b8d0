"""Hints: where to look, what is looked at unasked, and who else is told to look."""
