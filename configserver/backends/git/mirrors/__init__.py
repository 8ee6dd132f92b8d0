"""Mirrors of remotes on disk: made, checked, healed, served and removed."""
