"""Starts real servers on this machine, for tests and for trying: Redis, PostgreSQL, nodes, nginx.

The service does not import this package.
"""
