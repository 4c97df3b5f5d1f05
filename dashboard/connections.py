"""The connections that are open, over WebSocket and SSE, and how many there may be."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.fanout import Reader


class Connections:
    """Places are taken before an upgrade, so that a flood is refused while it still can be."""

    def __init__(self, max_connections: int) -> None:
        self.max_connections = max_connections
        self._reserved = 0
        self._readers: set[Reader] = set()
        self._by_id: dict[str, Reader] = {}
        self.total = 0

    def __len__(self) -> int:
        return len(self._readers)

    def __iter__(self) -> Iterator[Reader]:
        return iter(tuple(self._readers))

    def reserve(self, client_id: str | None = None) -> bool:
        """Take a place; one that takes its own id's place is let in."""
        takes_over = client_id is not None and client_id in self._by_id
        if not takes_over and len(self._readers) + self._reserved >= self.max_connections:
            return False
        self._reserved += 1
        return True

    def release(self) -> None:
        """Give back a place that was reserved and not used."""
        self._reserved -= 1

    def add(self, reader: Reader, client_id: str | None = None) -> Reader | None:
        """Turn a reserved place into an open connection; returns the one it takes the id from."""
        self.release()
        self.total += 1
        self._readers.add(reader)
        if client_id is None:
            return None
        older = self._by_id.get(client_id)
        if older is not None:
            self._readers.discard(older)
        self._by_id[client_id] = reader
        return older

    def remove(self, reader: Reader) -> None:
        self._readers.discard(reader)
        if self._by_id.get(reader.id) is reader:
            del self._by_id[reader.id]
