"""Real servers on this machine, for trying and for tests: Redis, PostgreSQL, nodes, nginx.

Nothing of the service imports this package.
"""
