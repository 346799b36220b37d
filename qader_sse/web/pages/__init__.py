"""The pages that the service itself serves, their texts and their files."""
