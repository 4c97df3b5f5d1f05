"""Requests made up from the OpenAPI document, valid and not, find nothing that it does not say."""

import asyncio
import sys

from tests.documents import ROOT

TOKEN = "a-token-for-the-tests"


async def schemathesis(server, folder, *arguments):
    """Run its command line as a user does; returns the exit status and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.server.url}/openapi.json"),
        *("--max-examples", "15", "--seed", "1", "--generation-database", "none", "--no-color"),
        # Parquet is no text; what is in it is tested with the exports.
        *("--warnings", "off", "--suppress-health-check", "too_slow,filter_too_much"),
        # A stream does not end, and the WebSocket's address answers nothing but an upgrade.
        *("--exclude-operation-id", "streamEvents", "--exclude-operation-id", "connectWebSocket"),
        *arguments,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.integration.generated"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, output.decode()


async def test_schemathesis_finds_nothing(server, tmp_path):
    await server.publish_many(5)

    status, output = await schemathesis(server, tmp_path)

    assert status == 0, output


async def test_schemathesis_finds_nothing_where_a_token_is_needed(start_embedded, tmp_path):
    server = await start_embedded(api_token=TOKEN)

    status, output = await schemathesis(
        server, tmp_path, "-H", f"Authorization: Bearer {TOKEN}", "--phases", "coverage,fuzzing"
    )

    assert status == 0, output
