"""A TCP proxy that behaves as a bad network, for tests in Python and in JavaScript.

It is a program of its own, because tests run under gevent or in Node, and cannot share its
asyncio loop. Python starts it through `handle`, JavaScript through
`clients/js/tests/support/fault-proxy.js`; `__main__` describes the commands.
"""
