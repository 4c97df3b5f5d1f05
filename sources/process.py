"""Which process this is, among those that share one stream."""

from __future__ import annotations

import os
import socket


def process_name() -> str:
    """Return a name that no other live process has; not to be kept over a fork."""
    return f"{socket.gethostname()}:{os.getpid()}"
