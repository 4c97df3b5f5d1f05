"""The same seed, the same run."""

from itertools import pairwise

from tests.chaos.schedule import schedule


def test_a_seed_gives_the_same_faults_each_time_and_another_gives_others():
    assert schedule(17, 25) == schedule(17, 25)
    assert schedule(17, 25) != schedule(18, 25)


def test_faults_come_in_order_and_are_over_in_time():
    faults = schedule(17, 25)

    assert faults == sorted(faults, key=lambda fault: fault.at_s)
    assert all(fault.at_s + fault.lasts_s <= 25.02 for fault in faults)


def test_one_thing_does_not_break_in_two_ways_at_once():
    for seed in range(20):
        of_redis = [fault for fault in schedule(seed, 60) if fault.kind.endswith(" redis")]
        for one, next_one in pairwise(of_redis):
            assert one.at_s + one.lasts_s < next_one.at_s


def test_every_kind_of_fault_comes_up():
    kinds = {fault.kind for seed in range(20) for fault in schedule(seed, 25)}

    assert kinds == {
        "kill redis",
        "stop redis",
        "trim the stream",
        "reset redis connections of process",
        "silence redis for process",
        "reset clients of process",
        "silence clients of process",
        "kill process",
        "end process",
        "stop process",
        "reset agents",
        "silence redis for agents",
    }
