"""Sends a real server what nobody foresaw, and looks whether it fails, hangs, or keeps anything."""
