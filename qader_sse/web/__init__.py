"""Blueprints: who asks, parse, one call, answer. No SQL, no rules, no sequence numbers."""
