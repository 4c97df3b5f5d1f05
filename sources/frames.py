"""WebSocket text frames as a server sends them: unmasked, unfragmented, uncompressed.

Source: RFC 6455, section 5.2. Such a frame is the same bytes for every client, so it is built once.
"""

from __future__ import annotations

import struct
from typing import Final

_FIN_TEXT: Final = 0x81
_SHORT, _LONG = struct.Struct("!BBH"), struct.Struct("!BBQ")


def text_frame(payload: bytes) -> bytes:
    """Return ``payload`` as one complete text frame."""
    size = len(payload)
    if size < 126:
        return bytes((_FIN_TEXT, size)) + payload
    if size < 65_536:
        return _SHORT.pack(_FIN_TEXT, 126, size) + payload
    return _LONG.pack(_FIN_TEXT, 127, size) + payload


def payload_start(frame: bytes) -> int:
    """Return where the payload of a frame made by `text_frame` begins."""
    size = frame[1]
    return 2 if size < 126 else 4 if size == 126 else 10
