"""Trees: a folder and an archive read the same way, whole and as streams."""

import os
from pathlib import Path

import pytest

from annotator.labels.formats.trees import FileReadError, FolderTree, Tree
from annotator.labels.safe_zip import ZipTree
from sample_pond import SamplePond
from tests.annotator.labels.test_safe_zip import write_zip

JSON = b'{"images": [' + b"1, " * 100_000 + b"2]}"


@pytest.fixture(params=["folder", "zip"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Tree:
    if request.param == "zip":
        return ZipTree(write_zip(tmp_path / "a.zip", {"a/coco.json": JSON}))
    (tmp_path / "set/a").mkdir(parents=True)
    (tmp_path / "set/a/coco.json").write_bytes(JSON)
    return FolderTree(tmp_path / "set")


def test_a_large_file_is_read_as_a_stream(tree: Tree) -> None:
    with tree.open("a/coco.json", limit_bytes=len(JSON)) as stream:
        start = stream.read(11)
        assert start + b"".join(iter(lambda: stream.read(1000), b"")) == JSON


def test_a_stream_beyond_its_limit_and_one_of_no_file(tree: Tree) -> None:
    with pytest.raises(FileReadError, match="larger than"):
        tree.open("a/coco.json", limit_bytes=len(JSON) - 1)
    with pytest.raises(FileReadError):
        tree.open("a/no.json", limit_bytes=100)


def test_a_file_that_grows_while_it_is_read_ends_at_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"1" * 10)
    with FolderTree(tmp_path).open("a.json", limit_bytes=10) as stream:
        (tmp_path / "a.json").write_bytes(b"1" * 100)
        with pytest.raises(FileReadError, match="larger than"):
            stream.read()


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(FileReadError, match="plain file"):
        FolderTree(tmp_path).open("a.json", limit_bytes=10)


def test_a_damaged_member_is_told_while_it_is_streamed(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.json": os.urandom(300_000)})
    data = bytearray(path.read_bytes())
    data[150_000] ^= 0xFF
    path.write_bytes(data)
    with (
        ZipTree(path) as tree,
        tree.open("a.json", limit_bytes=10**6) as stream,
        pytest.raises(FileReadError, match="damaged"),
    ):
        stream.read()


def test_the_sample_pond_streams_too() -> None:
    with SamplePond(3) as pond, pond.open("data.yaml", limit_bytes=1000) as stream:
        assert b"duck" in stream.read()
