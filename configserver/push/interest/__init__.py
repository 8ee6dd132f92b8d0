"""Who asked, and what each was told last; in memory and on disk."""
