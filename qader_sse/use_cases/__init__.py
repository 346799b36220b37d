"""What people, and time, can do: one method a use case, one transaction each. No Flask and no Redis."""
