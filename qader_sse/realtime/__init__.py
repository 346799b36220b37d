"""Brings committed events to open streams, on gevent; nothing here writes to the database."""
