"""Checks what a client received against what clients may rely on.

A kit for tests, `chaos` and the demo. The service does not import it.
"""
