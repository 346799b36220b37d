"""The REST endpoints that return JSON."""
