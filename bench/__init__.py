"""Measurements of the service beside its peers, side by side in one run: `make bench`."""
