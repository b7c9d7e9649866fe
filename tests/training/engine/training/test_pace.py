import pytest

from training.engine.training.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_events_are_at_least_a_fifth_of_a_second_apart() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.start_epoch(batches=100, epochs_left=1, images=800)
    passed = []
    for _ in range(100):
        clock.now += 0.0625
        passed.append(pace.count_batch())
    assert sum(passed) == 25
    assert passed[0]
    assert pace.images_per_second == pytest.approx(8 / 0.0625)
    assert pace.batch == 100


def test_the_first_epoch_is_estimated_from_its_batches() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.start_epoch(batches=10, epochs_left=3, images=80)
    for _ in range(5):
        clock.now += 2.0
        pace.count_batch()
    assert pace.eta_seconds() == pytest.approx(10 + 2 * 20)


def test_later_epochs_count_validation_and_follow_a_change_of_pace() -> None:
    clock = Clock()
    pace = Pace(clock)
    for seconds in (100, 10, 10, 10, 10, 10):
        pace.start_epoch(batches=10, epochs_left=4, images=80)
        clock.now += seconds
        pace.end_epoch()
    pace.start_epoch(batches=10, epochs_left=4, images=80)
    assert pace.eta_seconds() == pytest.approx(40)
    clock.now += 4
    assert pace.eta_seconds() == pytest.approx(36)
    clock.now += 60
    assert pace.eta_seconds() == pytest.approx(30)


def test_a_night_on_a_full_disk_is_no_part_of_the_pace() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.start_epoch(batches=10, epochs_left=3, images=80)
    clock.now += 10 + 8 * 3600
    pace.end_epoch(waited_seconds=8 * 3600)
    pace.start_epoch(batches=10, epochs_left=2, images=80)
    assert pace.eta_seconds() == pytest.approx(20)
