"""The clients of a server on ``websockets``, as long as each is connected."""

from __future__ import annotations

from websockets.asyncio.server import ServerConnection


class Clients:
    """``here`` are those to whom something can be sent."""

    def __init__(self) -> None:
        self.here: set[ServerConnection] = set()

    async def keep(self, client: ServerConnection) -> None:
        self.here.add(client)
        try:
            await client.wait_closed()
        finally:
            self.here.discard(client)
