"""Carries announcements of committed events to every worker: in one process, or through Redis."""
