"""Streams: how they open, which frames come next, and how these are written."""
