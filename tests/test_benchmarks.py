"""The parts of the benchmarks that only compute; what they measure is never asserted here."""

import itertools
import json
import signal

import pytest

from sources.frames import text_frame
from tests.benchmarks import contest, effort, events, posts, report, soak, soak_clients, stats
from tests.benchmarks.__main__ import main
from tests.benchmarks.effort import Effort
from tests.benchmarks.events import event
from tests.benchmarks.load import Load
from tests.benchmarks.measures import MEASURES, filters
from tests.benchmarks.peers import filtering, mosquitto, tables
from tests.benchmarks.report import Check, Section, Table
from tests.benchmarks.stream import BrokenFrame, CountingStream, ExactStream
from tests.benchmarks.wire import client_frame


def frames(*numbers, due_ns=5):
    return b"".join(text_frame(json.dumps(event(number, due_ns)).encode()) for number in numbers)


def feed(stream, data, size):
    """Give ``data`` to the stream as a client reads it, ``size`` bytes at a time."""
    seen = []
    for at in range(0, len(data), size):
        chunk = bytearray(stream.tail + data[at : at + size])
        seen.append(stream.take(chunk, len(chunk)))
    return sum(one.events for one in seen if one)


@pytest.fixture(params=[CountingStream, ExactStream])
def stream(request):
    return request.param()


@pytest.mark.parametrize("size", [1, 7, 100, 256, 300, 10_000])
def test_every_event_is_seen_however_the_bytes_are_cut(stream, size):
    seen = feed(stream, frames(*range(20)), size)

    assert seen == 20
    assert (stream.missing, stream.doubled, stream.disordered) == (0, 0, 0)


@pytest.mark.parametrize("size", [50, 10_000])
def test_missing_event_is_noticed(stream, size):
    feed(stream, frames(0), 10_000)
    feed(stream, frames(1, 2, 5), size)

    assert stream.missing == 2


def test_doubled_event_is_noticed(stream):
    feed(stream, frames(0), 10_000)
    feed(stream, frames(1, 2, 2, 3), 10_000)

    assert stream.doubled == 1


def test_event_that_comes_late_is_noticed(stream):
    feed(stream, frames(5), 10_000)
    feed(stream, frames(4), 10_000)

    assert stream.disordered == 1


def test_filtered_client_is_to_get_every_so_manieth_event():
    stream = CountingStream(step=10)

    feed(stream, frames(3, 13, 23, 43), 50)

    assert stream.missing == 1


def test_time_is_that_of_the_first_and_the_last_of_a_chunk(stream):
    data = bytearray(frames(0, due_ns=11) + frames(1, due_ns=12) + frames(2, due_ns=13))

    seen = stream.take(data, len(data))

    assert (seen.first_due_ns, seen.last_due_ns) == (11, 13)


def test_ping_between_two_events_is_seen_and_a_masked_frame_refused():
    stream = ExactStream()

    feed(stream, frames(0) + b"\x89\x02hi" + frames(1), 10_000)

    assert stream.pings == [b"hi"]
    with pytest.raises(BrokenFrame):
        feed(stream, client_frame(b"{}"), 100)


def test_word_about_a_gap_is_counted():
    stream = ExactStream()

    feed(stream, text_frame(b'{"data":{"status":"gap","missed":3}}'), 5)

    assert stream.gaps == 1


def test_long_mqtt_packet_says_its_length_seven_bits_at_a_time():
    assert mosquitto.packet(0x30, bytes(321))[:3] == b"\x30\xc1\x02"


def test_events_are_due_by_the_clock_and_not_by_the_last_call(monkeypatch):
    now_ns = 1_000
    monkeypatch.setattr("time.monotonic_ns", lambda: now_ns)
    pace = events.Pace(rate=1e6)

    now_ns = 4_000

    assert list(pace.due()) == [(0, 1_000), (1, 2_000), (2, 3_000), (3, 4_000)]
    assert list(pace.due()) == []


def test_quantile_of_latencies_is_near_that_of_the_spans():
    latencies = stats.Latencies()

    for ms in range(1, 101):
        latencies.add(ms * 1_000_000)

    assert latencies.quantile_ms(0.5) == pytest.approx(50, abs=0.02)
    assert latencies.quantile_ms(0.99) == pytest.approx(99, abs=0.02)
    assert latencies.max_ms == 100


def test_ratio_is_taken_within_each_round():
    assert stats.ratio([30, 300, 31], [10, 100, 10]) == 3


def test_slope_is_not_bent_by_an_outlier():
    points = [(x, 2.0 * x) for x in range(20)]
    points[7] = (7, 500.0)

    assert stats.slope(points) == pytest.approx(2)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), (0.456, "0.46"), (12.34, "12.3"), (1234.5, "1,234"), (3.0, "3")],
)
def test_figure_has_the_digits_that_count(value, shown):
    assert report.number(value) == shown


def test_promise_says_whether_it_was_met():
    met, unmet = report.at_most("p99", 19, 20, " ms"), report.at_least("times", 2.5, 3)

    assert met == Check("p99", "≤ 20 ms", "19 ms", True)
    assert unmet.met is False
    assert report.at_most("p99", None, 20).met is None


def test_report_replaces_what_a_run_wrote_and_keeps_what_a_person_did(tmp_path):
    document = tmp_path / "benchmarks.md"
    document.write_text(f"# By hand\n\n{report.MARK}\n\nolder\n")
    section = Section(
        "Fan-out", "", [Table(["a", "b"], [["1", "2"]])], [Check("x", "1", "2", False)]
    )

    report.write(report.markdown(["a line"], [section]), document)

    written = document.read_text()
    assert written.startswith("# By hand\n")
    assert "older" not in written
    assert "| 1 | 2 |" in written
    assert "**not met**" in written


def test_each_client_of_the_filters_is_to_get_what_its_filter_lets_through():
    scenario = filters.filtered(1000)
    sent = [event(number, 0) for number in range(900)]
    for each in sent:
        each["text"] = json.dumps(each)

    for query, step in zip(scenario.queries, scenario.steps, strict=True):
        passes = filtering.filter_of(f"/ws/1{query}")
        numbers = [each["data"]["seq"] for each in sent if passes(each)]
        assert len(numbers) == 900 // step, query
        assert {b - a for a, b in itertools.pairwise(numbers)} == {step}, query


def test_share_is_of_what_passes_and_nothing_where_it_failed():
    scenario = filters.filtered(1000)

    assert contest.share(scenario, Load(seconds=2, deliveries=3000)) == 0.75
    assert contest.share(scenario, Load(error="gone")) == 0


def test_both_peers_find_the_same_events():
    rows = tables.rows([event(number, 0) for number in range(300)])

    for name in ("history", "categories", "search"):
        sqlite, pandas = (
            {each["id"] for each in json.loads(str(peer(rows)[name]()))}
            for peer in (tables.sqlite, tables.pandas)
        )
        assert sqlite == pandas != set(), name


@pytest.mark.parametrize(("form", "count"), [("array", 1000), ("ndjson", 1000), ("single", 1)])
def test_request_holds_as_many_events_as_are_counted(form, count):
    _, body = posts.body_of(form)

    decoded = body.splitlines() if form == "ndjson" else json.loads(body)

    assert (len(decoded) if form != "single" else 1) == count


def test_measurement_that_takes_too_long_is_broken_off_and_the_next_is_made(monkeypatch, capsys):
    ended = []

    def endless(effort):
        try:
            signal.pause()
        finally:
            ended.append(effort)

    monkeypatch.setattr(effort, "short", lambda: Effort("short", 0, 1, False, limit_s=1))
    monkeypatch.setitem(MEASURES, "fanout", endless)
    monkeypatch.setitem(MEASURES, "redis", lambda _: Section("Made", "as it should be"))
    term = signal.getsignal(signal.SIGTERM)

    try:
        assert main(["fanout", "redis"]) == 1
    finally:
        signal.signal(signal.SIGTERM, term)

    assert len(ended) == 1
    told = capsys.readouterr().out
    assert "took longer than 1 s" in told
    assert "as it should be" in told


def test_what_the_soak_writes_stays_apart_from_the_tables(tmp_path):
    document = tmp_path / "benchmarks.md"
    document.write_text(f"# By hand\n\n{report.SOAK_MARK}\n\nolder\n\n{report.MARK}\n\ntables\n")

    report.write("newer\n", document, report.SOAK_MARK)
    report.write("newer\n", document, report.SOAK_MARK)
    report.write("other\n", document)

    assert document.read_text() == (
        f"# By hand\n\n{report.SOAK_MARK}\n\nnewer\n\n{report.MARK}\n\nother\n"
    )


def message(number):
    return json.dumps({**event(number, 0), "id": f"1-{number}"}, separators=(",", ":"))


def gap(after, missed):
    data = {"status": "gap", "after": after, "resumed_from": None, "missed": missed}
    return json.dumps(
        {"event_type": "connection", "data": data, "source": "dashboard"}, separators=(",", ":")
    )


def kept(*messages):
    """Return the faults and gaps that a ledger found in these."""
    tally = soak_clients.Tally()
    ledger = soak_clients.Ledger("reader", tally)
    for each in messages:
        ledger.take(each)
    return tally


def test_soak_accepts_what_follows_and_what_a_gap_told():
    tally = kept(message(4), message(5), gap("1-5", 3), message(9), message(10))

    assert tally.faults == []
    assert (tally.received, tally.gaps, tally.told_missed) == (4, 1, 3)


@pytest.mark.parametrize(
    "messages",
    [
        (message(4), message(6)),
        (message(4), message(4)),
        (message(4), message(3)),
        (message(4), gap("1-4", 3), message(9)),
        (message(4), gap("1-4", None), message(8)),
        (message(4), gap("1-3", 3), message(8)),
    ],
)
def test_soak_notices_what_breaks_the_law(messages):
    assert len(kept(*messages).faults) == 1


def test_soak_is_not_well_where_memory_grows_or_a_client_lost_something():
    flat = [(minute / 10, 100.0) for minute in range(100)]
    growing = [(x, 100 + 2 * x) for x, _ in flat]

    assert soak.judged(soak_clients.Tally(), Load(), flat, 10)[1]
    assert not soak.judged(soak_clients.Tally(), Load(), growing, 10)[1]
    assert not soak.judged(soak_clients.Tally(), Load(missing=1), flat, 10)[1]
    assert not soak.judged(soak_clients.Tally(faults=["x"]), Load(), flat, 10)[1]


def test_document_of_the_project_can_be_written_to():
    assert report.MARK in report.DOCUMENT.read_text()
    assert report.SOAK_MARK in report.DOCUMENT.read_text()
