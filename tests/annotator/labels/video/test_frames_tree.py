"""A video as a folder of its frames."""

from pathlib import Path

import pytest

from annotator.labels.formats.trees import FolderTree
from annotator.labels.video.frames_tree import FramesTree, TakenVideo
from annotator.labels.video.rules import FrameRule


@pytest.mark.parametrize("name", ["²", "9" * 5000, "-1", "", "1" * 13, "٣"])
def test_a_name_that_is_no_number_is_no_frame(tmp_path: Path, name: str) -> None:
    video = TakenVideo("walk.mp4", tmp_path / "frames")
    tree = FramesTree(FolderTree(tmp_path), [video], FrameRule())
    assert tree.find(f"walk.mp4/{name}.jpg") is None
