"""Tests that run where the service runs: in a process that gevent has patched.

`tests/test_patched.py` starts them; in any other process they are left out.
"""

from gevent import monkey

# Unpatched, the first read from a socket would stop every greenlet.
collect_ignore_glob = [] if monkey.is_module_patched("socket") else ["test_*.py"]
