"""The addresses of push: webhooks in, watchers, the bus, replicas, and who asks."""
