"""`make demo`: a whole duel against a server of its own."""
