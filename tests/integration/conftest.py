import logging
from collections.abc import AsyncIterator, Iterator

import pytest
from redis import Redis

from tests.fixtures.door import LISTED, TOKEN, Running, running
from tests.fixtures.redis import RedisServer


@pytest.fixture(scope="module")
async def local() -> AsyncIterator[Running]:
    async with running(cors=(LISTED,)) as server:
        yield server


@pytest.fixture(scope="module")
async def guarded() -> AsyncIterator[Running]:
    async with running("0.0.0.0", api_token=TOKEN, cors=(LISTED,)) as server:
        yield server


@pytest.fixture
def server_log() -> Iterator[list[str]]:
    """Everything that the server and its libraries log, down to DEBUG."""
    lines: list[str] = []
    handler = logging.Handler(logging.DEBUG)
    handler.emit = lambda record: lines.append(repr(record.__dict__) + record.getMessage())  # type: ignore[method-assign]
    loggers = [logging.getLogger(name) for name in ("dashboard", "tornado", "bokeh", "panel")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield lines
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    """A client that goes to the server directly, past the dashboard."""
    with redis_server.client() as client:
        yield client
