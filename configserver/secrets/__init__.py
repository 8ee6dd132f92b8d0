"""Secrets in files: finding values, replacing them in place, and judging them; pure."""
