"""Checks what a client received against what clients may rely on.

For tests, `chaos` and the demo. The service does not import this package.
"""
