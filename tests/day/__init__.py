"""A day in some minutes: a million events, a short stream, ten restarts, and nothing untold."""
