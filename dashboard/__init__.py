"""A live dashboard for the events of a platform of software agents."""

__version__ = "0.1.0"
