"""Streams: how one opens, what it sends next, and what drives it."""
