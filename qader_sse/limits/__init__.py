"""Fair shares: how much of the service one person, one address or one pair of people may use."""
