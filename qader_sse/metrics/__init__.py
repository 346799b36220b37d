"""What the workers of a node count, as Prometheus reads it."""
