"""The simulated platform: who does what, with which words, and what goes wrong."""
