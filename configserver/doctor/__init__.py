"""Trying what is configured step by step, so that an operator sees which step fails and why.

Examiners yield steps, the report is a value, rendering knows nothing of how it was found. Nothing
here writes to a repository or to the state directory.
"""
