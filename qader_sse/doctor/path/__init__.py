"""The way from a browser to the service, through every proxy: a canary goes it and tells."""
