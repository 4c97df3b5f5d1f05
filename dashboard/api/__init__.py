"""The REST, WebSocket and SSE interface; ``ROUTES`` is what `panel serve --plugins` takes."""

from dashboard.api.routes import ROUTES

__all__ = ["ROUTES"]
