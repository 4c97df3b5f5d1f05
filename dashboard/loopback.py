"""Which addresses and names mean this machine alone."""

from __future__ import annotations

import ipaddress


def is_loopback(address: str) -> bool:
    """Return whether ``address`` is an IP address of the loopback range."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


def is_loopback_name(name: str) -> bool:
    """Return whether ``name``, as in a ``Host`` header, can only mean this machine."""
    return name == "localhost" or name.endswith(".localhost") or is_loopback(name)
