"""The server of the FastAPI peer, apart from its description, which needs no FastAPI."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from tests.benchmarks.events import event, paced

clients: list[WebSocket] = []


async def publish(rate: float) -> None:
    async for due in paced(rate):
        for number, due_ns in due:
            for client in list(clients):
                # One that left is taken out by its own handler.
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                    await client.send_json(event(number, due_ns))


async def serve(websocket: WebSocket) -> None:
    await websocket.accept()
    clients.append(websocket)
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        clients.remove(websocket)


def main(port: int, rate: float) -> None:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        publishing = asyncio.create_task(publish(rate))
        yield
        publishing.cancel()

    app = FastAPI(lifespan=lifespan)
    app.add_api_websocket_route("/ws/{client_id}", serve)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
