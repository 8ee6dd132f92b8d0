"""Those who are connected: the hub, its watchers in groups, and how many there may be."""
