"""The processes that clone and fetch, and what they do to a mirror."""
