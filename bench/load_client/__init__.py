"""The client in C that opens streams, publishes messages and counts what arrives."""
