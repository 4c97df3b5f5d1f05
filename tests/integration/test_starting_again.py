"""A kernel in which the dashboard is started time and again keeps nothing of the earlier ones."""

import gc
import weakref

import httpx

from dashboard.hub import Hub
from dashboard.notebook import open_dashboard
from tests.waiting import until


def gone(hub: weakref.ref[Hub]) -> bool:
    gc.collect()
    return hub() is None


async def looked_at() -> weakref.ref[Hub]:
    """Start the dashboard, have a page made, and stop it."""
    monitor = await open_dashboard()
    async with httpx.AsyncClient() as http:
        page = await http.get(monitor.url)
    assert page.status_code == 200
    await monitor.stop()
    return weakref.ref(monitor.hub)


async def test_nothing_keeps_a_hub_that_was_stopped():
    hub = await looked_at()

    await until(lambda: gone(hub))


async def test_a_cell_that_is_run_again_leaves_the_earlier_hub_to_the_collector():
    monitor = await open_dashboard()
    earlier = weakref.ref(monitor.hub)
    # The name still holds the earlier one while the later one starts.
    monitor = await open_dashboard()

    await until(lambda: gone(earlier))
    await monitor.stop()


async def test_the_kernels_collector_stays_as_it_is():
    before = gc.get_threshold(), gc.get_freeze_count()

    await looked_at()

    assert (gc.get_threshold(), gc.get_freeze_count()) == before
