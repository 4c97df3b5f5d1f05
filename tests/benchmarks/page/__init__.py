"""The page measured beside its peers, by ``make bench-page``."""
