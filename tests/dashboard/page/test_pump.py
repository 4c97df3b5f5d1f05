from dashboard.page.pump import Pump
from tests.waiting import until


async def test_a_pause_within_a_tick_ends_with_what_asks_for_the_next():
    done: list[str] = []

    async def tick() -> bool:
        done.append("began")
        if len(done) == 1:
            await pump.pause(3600)
        done.append("ended")
        return True

    pump = Pump(tick)
    pump.start()
    await until(lambda: done)
    assert done == ["began"]

    pump.wake()
    await until(lambda: len(done) >= 4)
    pump.stop()
    assert done[:4] == ["began", "ended"] * 2
