"""The rules of a challenge and the shapes of its messages; without clock, chance, input and output."""
