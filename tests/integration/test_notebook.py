"""Runs the notebook as a reader does, in a kernel of its own and in an empty folder."""

import json
import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
from nbclient import NotebookClient

from tests.documents import ROOT

NOTEBOOK = ROOT / "notebooks" / "quickstart.ipynb"
CELL_TIMEOUT_S = 30
PAGE = re.compile(r'<iframe src="([^"]+)"')


class Read:
    """The notebook while it is read: its cells run in order, up to the one that is asked for."""

    def __init__(self, client: NotebookClient) -> None:
        self._client, self._next = client, 0
        self.cells = client.nb.cells

    async def to(self, holding: str) -> str:
        """Run up to the next code cell in which ``holding`` stands; returns what it shows."""
        return await self._until(lambda source: holding in source)

    async def to_the_cell(self, source: str) -> str:
        return await self._until(source.__eq__)

    async def to_the_end(self) -> None:
        for index in range(self._next, len(self.cells)):
            await self._client.async_execute_cell(self.cells[index], index)

    async def _until(self, is_wanted: Callable[[str], bool]) -> str:
        while True:
            index, self._next = self._next, self._next + 1
            cell = await self._client.async_execute_cell(self.cells[index], index)
            if cell.cell_type == "code" and is_wanted(cell.source):
                return shown(cell)


def shown(cell: Any) -> str:
    return "".join(text for output in cell.outputs for text in output.get("data", {}).values())


@pytest.fixture
async def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Read]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # Nothing of the reader's own Jupyter or IPython.
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    client = NotebookClient(
        nbformat.read(NOTEBOOK, as_version=4),
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    async with client.async_setup_kernel(env=dict(os.environ)):
        yield Read(client)


async def test_notebook_runs_from_the_first_cell_to_the_last(notebook):
    await notebook.to_the_end()

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert [o for cell in code for o in cell.outputs if o.output_type == "error"] == []


async def test_table_holds_the_published_events(notebook):
    ids = json.loads((await notebook.to("monitor.publish")).replace("'", '"'))
    everything = await notebook.to("monitor.frame()")
    chosen = await notebook.to("search=")
    urgent = await notebook.to("EventFilter(")

    assert len(ids) == 3
    assert [id for id in ids if id not in everything] == []
    assert [id in chosen for id in ids] == [False, True, False]
    assert [id in urgent for id in ids] == [False, False, True]


async def test_stream_resumes_after_the_first_event(notebook):
    ids = json.loads((await notebook.to("monitor.publish")).replace("'", '"'))
    resumed = await notebook.to("websocket_connect")

    assert re.findall(r"'(\w+)'", resumed)[:1] == ["connection"]
    assert [id in resumed for id in ids] == [False, True, True]


async def test_page_answers_until_the_dashboard_is_stopped(notebook):
    page = PAGE.search(await notebook.to_the_cell("monitor"))
    assert page is not None
    async with httpx.AsyncClient(timeout=CELL_TIMEOUT_S) as client:
        answer = await client.get(page[1])
        await notebook.to_the_end()

        with pytest.raises(httpx.ConnectError):
            await client.get(page[1])

    assert answer.status_code == 200
    assert "<title>Event monitor</title>" in answer.text


def test_notebook_is_kept_without_outputs():
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]

    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    assert [cell["execution_count"] for cell in code] == [None] * len(code)
