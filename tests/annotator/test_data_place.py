"""A data folder that was moved or copied is noticed, and its data.yaml files tell the truth."""

import shutil
from pathlib import Path

import pytest
import yaml
from django.contrib.auth.models import User

from annotator import housekeeping, paths
from annotator.data_place import PAUSED, PLACE, check_place, end_pause, read_pause
from annotator.datasets.data_yaml import mend_data_yamls
from tests.annotator.conftest import Pond, client_of
from training.jobs.queue_pause import why_paused
from training.jobs.workers import takes_work
from training.runs.queue import claim_next_run, list_queue


def test_the_first_start_notes_the_place_and_later_ones_find_it(tmp_path: Path) -> None:
    assert check_place(tmp_path) == ""
    before = (tmp_path / PLACE).read_bytes()
    assert check_place(tmp_path) == ""
    assert (tmp_path / PLACE).read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [PLACE]


@pytest.mark.parametrize("how", ["moved", "copied elsewhere", "restored at the same place"])
def test_another_folder_is_paused_until_it_is_resumed(tmp_path: Path, how: str) -> None:
    root, other = tmp_path / "data", tmp_path / "other"
    root.mkdir()
    check_place(root)
    if how == "moved":
        root.rename(other)
    else:
        shutil.copytree(root, other)
    if how.startswith("restored"):
        # The old one stays beside it: its inode cannot be given out again at once.
        root.rename(tmp_path / "old")
        other.rename(root)
        other = root
    reason = check_place(other)
    assert str(other) in reason
    assert "paused" in reason
    assert check_place(other) == read_pause(other) == reason, (
        "at each start, until somebody resumes"
    )
    if how != "moved" and other != root:
        assert check_place(root) == "", "the original goes on"
    end_pause(other)
    assert check_place(other) == ""
    end_pause(other)


def test_a_note_that_cannot_be_read_pauses(tmp_path: Path) -> None:
    (tmp_path / PLACE).write_text("{")
    assert "paused" in check_place(tmp_path)
    end_pause(tmp_path)
    assert check_place(tmp_path) == ""


@pytest.mark.django_db(transaction=True)
class TestDataYaml:
    @pytest.mark.parametrize("line", ["/old/place/datasets/pond", "D:\\sets\\pond", "{root}"])
    def test_only_the_line_of_an_absolute_path_goes(self, pond: Pond, line: str) -> None:
        root = paths.dataset_dir(pond.dataset)
        edited = (
            f"# mine\ntrain: images/train  # not all\npath: {line.format(root=root)}\n"
            "val: images/val\nnames: {0: duck, 1: swan}\nflip_idx: [1, 0]\n"
        )
        (root / "data.yaml").write_text(edited)
        assert mend_data_yamls() == 1
        kept = [row for row in edited.splitlines() if not row.startswith("path:")]
        assert (root / "data.yaml").read_text().splitlines() == kept
        assert mend_data_yamls() == 0

    def test_none_is_written(self, pond: Pond) -> None:
        root = paths.dataset_dir(pond.dataset)
        assert "path" not in yaml.safe_load((root / "data.yaml").read_text())

    @pytest.mark.parametrize("text", ["path: .\nnames: [a]\n", "names: [a]\n", "a: [", "names: *x"])
    def test_what_is_true_or_unreadable_stays(self, pond: Pond, text: str) -> None:
        path = paths.dataset_dir(pond.dataset) / "data.yaml"
        path.write_text(text)
        before = path.stat()
        assert mend_data_yamls() == 0
        assert path.read_text() == text
        assert path.stat().st_mtime_ns == before.st_mtime_ns

    def test_what_is_missing_is_written_and_a_long_folded_path_is_one_value(
        self, pond: Pond
    ) -> None:
        path = paths.dataset_dir(pond.dataset) / "data.yaml"
        original = path.read_text()
        path.unlink()
        assert mend_data_yamls() == 1
        assert path.read_text() == original
        folded = yaml.safe_dump({"path": "/old/" + "a folder with spaces/" * 8, "names": ["a"]})
        assert "\n  " in folded
        path.write_text(folded)
        assert mend_data_yamls() == 1
        assert yaml.safe_load(path.read_text()) == {"names": ["a"]}

    def test_housekeeping_does_it_once_a_start(
        self, pond: Pond, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = paths.dataset_dir(pond.dataset) / "data.yaml"
        path.write_text(f"path: /old/place\n{path.read_text()}")
        monkeypatch.setattr(housekeeping, "_has_mended", False)
        housekeeping.keep_annotator(frozenset({"gpu"}))
        assert "/old/" in path.read_text()
        housekeeping.keep_annotator(frozenset({"cpu"}))
        assert "/old/" not in path.read_text()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_taken_up_until_an_administrator_resumes(pond: Pond, data_root: Path) -> None:
    (data_root / PAUSED).write_text("It is a copy.\n")
    try:
        assert not takes_work()
        assert claim_next_run() is None
        assert list_queue(pond.lead) == []
        client = client_of(pond.lead)
        assert client.get("/api/workers/").json()["paused"] == "It is a copy."
        assert client.post("/api/queue/resume/").status_code == 403
        assert client_of(None).post("/api/queue/resume/").status_code in (401, 403)
        assert why_paused()
        administrator = User.objects.create_superuser("root")
        assert client_of(administrator).post("/api/queue/resume/").status_code == 204
        assert client_of(administrator).post("/api/queue/resume/").status_code == 204
        assert takes_work()
        assert client.get("/api/workers/").json()["paused"] == ""
    finally:
        end_pause(data_root)
