"""Tests that run as the service runs: in a process that gevent has patched.

`tests/test_patched.py` starts them; in any other process they are not collected.
"""

from gevent import monkey

# In an unpatched process the first read from a socket would block every greenlet.
collect_ignore_glob = [] if monkey.is_module_patched("socket") else ["test_*.py"]
