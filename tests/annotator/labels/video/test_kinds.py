"""Videos are told from other files: by their names, or alone by their content."""

from pathlib import Path

import pytest

from annotator.labels.archives import open_tree
from annotator.labels.formats.trees import FileReadError, FileTree, TreeError
from annotator.labels.pixels.image_kinds import recognise_kind
from annotator.labels.video.kinds import is_video_name, looks_like_video
from tests.annotator.videos import scenes, write_sound, write_video


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "libx264"),
        ("a.mov", "libx264"),
        ("a.mkv", "libx264"),
        ("a.webm", "libvpx-vp9"),
        ("a.avi", "mpeg4"),
        ("a.ts", "libx264"),
        ("a.flv", "libx264"),
    ],
)
def test_a_video_is_known_by_its_content(tmp_path: Path, name: str, codec: str) -> None:
    path = write_video(tmp_path / name, scenes(5), codec=codec)
    head = path.read_bytes()[:512]
    assert looks_like_video(head)
    assert recognise_kind(head) is None
    assert is_video_name(name.upper())
    upload = path.rename(tmp_path / "8f3a.part")
    with open_tree(upload, name=name) as tree:
        assert isinstance(tree, FileTree)
        assert [(folder, tree.names(folder)) for folder in tree.folders()] == [("", [name])]
        assert tree.read(name, limit_bytes=1 << 20) == upload.read_bytes()
        with pytest.raises(FileReadError):
            tree.read("../8f3a.part", limit_bytes=1 << 20)
    with open_tree(upload) as tree:
        assert tree.names("") == ["8f3a.part.mp4"]


def test_images_and_texts_are_none(tmp_path: Path) -> None:
    heads = [b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypavif", b"\xff\xd8\xff\xe0", b"PK\3\4", b"0 0.5"]
    assert not any(looks_like_video(head.ljust(512, b"\0")) for head in heads)
    assert not is_video_name(".clip.mp4")
    path = tmp_path / "text.mp4"
    path.write_text("0 0.1 0.2")
    with pytest.raises(TreeError, match=r"no archive that is read .* and no video"):
        open_tree(path)


def test_sound_is_a_file_of_that_kind_until_its_streams_are_read(tmp_path: Path) -> None:
    assert looks_like_video(write_sound(tmp_path / "s.mp4").read_bytes()[:512])
