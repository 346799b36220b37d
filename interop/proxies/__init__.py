"""Proxies that others wrote, in front of the service: how soon events pass, and what gets lost."""
