"""What Redis itself bears: one stream, and more and more processes that read it."""
