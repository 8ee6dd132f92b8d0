"""From settings to those who are told of changes."""
