"""Epochs that only results.csv knows of."""

from pathlib import Path

import pytest

from training.runs.epochs import draw_sparkline, fill_gaps, read_results

from ..conftest import Trained


def test_results_csv_says_the_same_as_the_events(trained: Trained) -> None:
    from training import paths

    from_csv = read_results(paths.run_dir(trained.run) / "results.csv")
    for row, values in zip(trained.run.epoch_rows.all(), from_csv, strict=True):
        assert values["epoch"] == row.number
        assert values["mask"] == pytest.approx(row.mask, abs=1e-4)
        assert values["box"] == pytest.approx(row.box, abs=1e-4)
        assert values["train"] == pytest.approx(row.train_losses, rel=1e-3)
        assert values["val"] == pytest.approx(row.val_losses, rel=1e-3)
        assert values["learning_rate"] == pytest.approx(row.learning_rate, rel=1e-3)


def test_an_epoch_that_nobody_heard_of_is_taken_from_the_table(trained: Trained) -> None:
    from training import paths

    before = list(trained.run.epoch_rows.values_list("number", "mask"))
    trained.run.epoch_rows.filter(number=1).delete()
    table = paths.run_dir(trained.run) / "results.csv"
    assert fill_gaps(trained.run, table, below=2) == 1
    assert fill_gaps(trained.run, table, below=2) == 0
    after = list(trained.run.epoch_rows.values_list("number", "mask"))
    assert [number for number, _ in after] == [1, 2]
    assert after[0][1] == pytest.approx(before[0][1], abs=1e-4)
    assert len(draw_sparkline(trained.run)) == 2


def test_a_table_that_is_cut_short(tmp_path: Path) -> None:
    table = tmp_path / "results.csv"
    assert read_results(table) == []
    table.write_text("epoch,time,lr/pg0,metrics/mAP50(M)\n1,10.5,0.1,nan\n2,19,0.2,0.5\n3,")
    first, second = read_results(table)
    assert (first["seconds"], first["mask"]["map50"]) == (10.5, 0.0)
    assert (second["epoch"], second["seconds"], second["mask"]["map50"]) == (2, 8.5, 0.5)
