"""How soon it is said that Redis is away, and that it is back, in each way that happens."""
