"""Runs clients and proxies that others wrote, unmodified, with the real service.

Nothing of the service imports this package. What its client programs need is installed in an
environment of its own.
"""
