"""`make bench`: measurements of the service and its peers, side by side in one run."""
