"""The parts of the page's benchmarks that only compute or start programs; no figure is asserted."""

import os

import pytest

from tests.benchmarks.page import document
from tests.benchmarks.page.document import PAGE_MARK, Figure
from tests.benchmarks.page.subject import OURS, PEERS, Peer, program
from tests.benchmarks.report import DOCUMENT, MARK, Section
from tests.waiting import until

HERS = PEERS[1].name


@pytest.fixture
def figures():
    return [
        Figure("assets", "kB", {OURS.name: 400.0, HERS: 1600.0}, 450),
        Figure("requests", "", {OURS.name: 50.0}),
    ]


def test_a_figure_stands_beside_its_budget_and_each_peer_with_its_ratio(figures):
    table = document.comparison(figures)

    assert table.rows[0] == ["assets, kB", "400", "< 450", "1,600", "4", "-", "-"]
    assert table.rows[1] == ["requests", "50", "", "-", "-", "-", "-"]


def test_what_has_a_budget_is_checked(figures):
    (check,) = document.checks(figures)

    assert (check.claim, check.measured, check.met) == ("assets", "400 kB", True)


def test_only_the_part_of_the_page_is_written_anew(tmp_path):
    file = tmp_path / "benchmarks.md"
    file.write_text(f"before\n{PAGE_MARK}\nold\n{MARK}\n\nof the others\n")

    document.write(["a machine"], [Section("A first visit", "says")], file)
    document.write(["a machine"], [Section("A first visit", "says")], file)

    text = file.read_text()
    assert text.startswith(f"before\n{PAGE_MARK}\n\n## The page in a browser\n\n### This run")
    assert text.count("### A first visit") == 1
    assert "old" not in text
    assert text.endswith(f"{MARK}\n\nof the others\n")


def test_the_document_has_both_marks_in_order():
    text = DOCUMENT.read_text()

    assert text.index(PAGE_MARK) < text.index(MARK)


def test_a_peer_that_is_not_there_says_what_is_missing(tmp_path):
    there = Peer("it", "m", "", "", ("msgspec",), tmp_path / "viewer")
    gone = Peer("it", "m", "", "", ("no_such_package",))

    assert there.absent == "its viewer is not installed from npm"
    assert gone.absent == "the Python package no_such_package is not installed"
    assert "absent" in gone.says()


async def test_a_program_ends_with_its_block_even_where_that_fails():
    seen: list[int] = []

    async def measure() -> None:
        async with program("page.serve_ours") as served:
            seen.append(served.pid)
            served.url = (await served.ask(""))["url"]
            assert (await served.ask())["Document"] == 0
            raise LookupError

    with pytest.raises(LookupError):
        await measure()

    await until(lambda: not os.path.exists(f"/proc/{seen[0]}"))
