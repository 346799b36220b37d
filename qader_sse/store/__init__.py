"""SQL and nothing else: no decisions, no request, no Redis."""
