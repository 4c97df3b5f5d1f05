"""The network of the tests fails as networks do."""

import asyncio
import contextlib

import pytest

from tests.relay import relay_to

LIMIT_S = 10


@contextlib.asynccontextmanager
async def echoing():
    """Give a relay in front of a server that sends back what it gets."""

    async def echo(reader, writer):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1000):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, relay_to(server.sockets[0].getsockname()[1]) as relay:
        yield relay


@contextlib.asynccontextmanager
async def connected(relay):
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def said(reader, count):
    async with asyncio.timeout(LIMIT_S):
        return await reader.readexactly(count)


async def test_a_silent_network_lets_nothing_pass_and_loses_nothing():
    async with echoing() as relay, connected(relay) as (reader, writer):
        writer.write(b"one")
        assert await said(reader, 3) == b"one"

        relay.silence()
        writer.write(b"two")
        async with connected(relay) as (other_reader, other_writer):
            other_writer.write(b"new")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(3), 0.1)
            relay.restore()

            assert await said(reader, 3) == b"two"
            assert await said(other_reader, 3) == b"new"


async def test_the_end_of_a_connection_does_not_pass_a_silent_network():
    async with echoing() as relay, connected(relay) as (reader, writer):
        writer.write(b"one")
        await said(reader, 3)

        relay.silence()
        writer.write_eof()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.1)
        relay.restore()

        async with asyncio.timeout(LIMIT_S):
            with contextlib.suppress(ConnectionError):
                assert await reader.read(1) == b""


async def test_a_reset_is_heard_as_one():
    async with echoing() as relay, connected(relay) as (reader, writer):
        writer.write(b"one")
        await said(reader, 3)

        relay.reset()

        with pytest.raises(ConnectionResetError):
            await said(reader, 1)


async def test_a_network_that_refuses_resets_each_new_connection():
    async with echoing() as relay:
        relay.refuses = True
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            async with connected(relay) as (reader, _):
                await said(reader, 1)

        relay.restore()
        async with connected(relay) as (reader, writer):
            writer.write(b"one")
            assert await said(reader, 3) == b"one"
