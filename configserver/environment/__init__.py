"""What an application is configured with: sources in order, overrides, placeholders."""
