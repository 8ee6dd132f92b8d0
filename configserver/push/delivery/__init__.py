"""Refreshes on their way to doors: lines, tries, several doors as one, pace."""
