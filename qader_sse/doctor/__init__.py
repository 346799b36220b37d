"""What `flask doctor` looks at: each check is a function that yields what it finds wrong."""
