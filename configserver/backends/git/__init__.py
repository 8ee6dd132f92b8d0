"""Git repositories as configuration: opened in place or mirrored, never checked out."""
