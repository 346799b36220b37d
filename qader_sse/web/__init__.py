"""The HTTP layer: authenticate, parse, call one use case, answer. It has no SQL and no rules."""
