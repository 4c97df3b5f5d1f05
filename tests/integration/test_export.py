"""Exports: all that is retained and passes, in three forms, safe to open in a spreadsheet."""

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime

import pyarrow.parquet
import pytest

from dashboard.api.export import neutral

DATA = {"text": 'comma, "quote"\nline', "amount": -1.5}


# Half imported in a thread, pandas fails the pages of the process, and it takes 35 MB.
WITHOUT_PANDAS = """
import asyncio, sys
from dashboard.api.parquet import to_parquet
from sources.event import validate
from sources.ids import EventId
from sources.log import entry_of

async def pages():
    yield [entry_of(EventId(1, 0), validate({"event_type": "a", "source": "b"}))]

async def written():
    return b"".join([part async for part in to_parquet(pages())])

content = asyncio.run(written())
print(content[:4], "pandas" in sys.modules)
"""


@pytest.fixture
async def published(server):
    await server.http.post(
        "/api/events",
        json=[
            {"event_type": "a", "source": "=cmd()", "data": DATA},
            {"event_type": "-b", "source": "plain", "timestamp": "2024-01-15T10:30:00.5Z"},
            {"event_type": "c", "source": "-1.5", "priority": "high"},
        ],
    )
    return server


async def export(server, query):
    answer = await server.http.get(f"/api/events/export?{query}")
    assert answer.status_code == 200, answer.text
    return answer


async def test_csv_is_neutral_and_yet_faithful(published):
    answer = await export(published, "format=csv")

    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head == ["id", "timestamp", "event_type", "source", "priority", "data"]
    assert [row[3] for row in rows] == ["'=cmd()", "plain", "-1.5"]
    assert rows[1][1:3] == ["2024-01-15T10:30:00.5Z", "'-b"]
    assert json.loads(rows[0][5]) == DATA
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert ".csv" in answer.headers["Content-Disposition"]


async def test_ndjson_holds_an_object_a_line(published):
    answer = await export(published, "format=ndjson&priority=high")

    (row,) = [json.loads(line) for line in answer.text.splitlines()]
    assert list(row) == ["id", "timestamp", "event_type", "source", "priority", "data"]
    assert row["source"] == "-1.5"


async def test_parquet_reads_back(published):
    answer = await export(published, "format=parquet")

    table = pyarrow.parquet.read_table(io.BytesIO(answer.content))
    table.validate(full=True)
    assert table.column_names == ["id", "timestamp", "event_type", "source", "priority", "data"]
    assert table["source"].to_pylist() == ["=cmd()", "plain", "-1.5"]
    assert json.loads(table["data"][0].as_py()) == DATA
    assert table["timestamp"][1].as_py().isoformat() == "2024-01-15T10:30:00.500000+00:00"


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
async def test_more_than_a_page_comes_whole_and_in_order(start_server, form):
    server = await start_server(max_history_size=5000)
    ids = [id for _ in range(5) for id in await server.publish_many(900)]

    answer = await export(server, f"format={form}")

    if form == "csv":
        found = [row[0] for row in csv.reader(io.StringIO(answer.text))][1:]
    elif form == "ndjson":
        found = [json.loads(line)["id"] for line in answer.text.splitlines()]
    else:
        found = pyarrow.parquet.read_table(io.BytesIO(answer.content))["id"].to_pylist()
    assert found == ids


@pytest.mark.parametrize(("form", "content"), [("csv", 1), ("ndjson", 0)])
async def test_without_events_only_the_head_comes(server, form, content):
    assert len((await export(server, f"format={form}")).text.splitlines()) == content


@pytest.mark.parametrize("query", ["", "format=xml", "format=csv&colour=1"])
async def test_a_bad_query_is_refused(server, query):
    assert (await server.http.get(f"/api/events/export?{query}")).status_code == 422


async def test_head_sends_no_body(server):
    answer = await server.http.head("/api/events/export?format=csv")

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-cmd", "@sum", "\tx", "\rx", "-", "+1+1", "=1"])
def test_what_a_spreadsheet_would_run_gets_a_quote(cell):
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-1.5", "+3", "-.5", "-1.", "-2e-7", "text", "1=1", "", "{}"])
def test_a_number_and_plain_text_stay(cell):
    assert neutral(cell) == cell


def test_parquet_is_made_without_pandas():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PANDAS], capture_output=True, text=True, timeout=60
    )

    assert (done.stdout.strip(), done.stderr) == ("b'PAR1' False", "")


async def test_a_range_that_reaches_behind_what_is_retained_is_told(start_embedded):
    server = await start_embedded(max_history_size=3)
    ids = await server.publish_many(10)

    whole = await export(server, "format=ndjson")
    hour = await export(server, "format=csv&time_range=1h")
    head = await server.http.head("/api/events/export?format=csv")

    assert [json.loads(line)["id"] for line in whole.text.splitlines()] == ids[7:]
    assert [answer.headers["X-Gap"] for answer in (whole, hour, head)] == ["7", "7", "7"]


async def test_a_range_that_is_retained_whole_has_no_gap(start_embedded):
    server = await start_embedded(max_history_size=3)
    ids = await server.publish_many(10)
    first_ms = int(ids[7].split("-")[0])
    start = datetime.fromtimestamp(first_ms / 1000 + 0.001, UTC).isoformat()

    since = await server.http.get(
        "/api/events/export", params={"format": "csv", "time_range": json.dumps({"start": start})}
    )

    assert since.status_code == 200
    assert "X-Gap" not in since.headers


async def test_where_nothing_has_left_there_is_no_gap(published):
    assert "X-Gap" not in (await export(published, "format=csv")).headers
