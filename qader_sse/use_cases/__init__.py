"""The use cases of people, operators and time, each in one transaction; without Flask and Redis."""
