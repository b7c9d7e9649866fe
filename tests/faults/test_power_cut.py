"""The machine goes down in the middle of an epoch, and comes back."""

import pytest

from .site import Site

pytestmark = pytest.mark.slow

EPOCHS = 4


def test_a_run_goes_on_after_the_machine_went_down(site: Site) -> None:
    run = site.start_run(epochs=EPOCHS, images=40)
    site.start_worker()
    site.wait_for_epoch(run, 2)

    site.switch_off()
    assert site.engines(run) == []
    site.switch_on()

    site.wait_for(lambda: site.run(run)["state"] not in ("queued", "running"))
    assert site.run(run) == {"state": "finished", "epoch": EPOCHS, "error": "", "batch": 4}
    assert site.epochs_of(run) == list(range(1, EPOCHS + 1))

    lost, finished = site.attempts_of(run)
    assert (lost["outcome"], finished["outcome"]) == ("lost", "finished")
    assert lost["to_epoch"] <= finished["from_epoch"] <= lost["to_epoch"] + 1
    assert finished["from_epoch"] >= 2  # from the last checkpoint, not from the beginning
    assert f"at epoch {lost['to_epoch'] + 1}" in lost["sentence"]
    assert finished["sentence"] == f"Finished: {EPOCHS} epochs."
