"""The rules of a duel and the shape of its messages. Pure: no clock, no chance, no input or output."""
