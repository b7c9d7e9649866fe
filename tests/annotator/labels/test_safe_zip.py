"""Archives that strangers make."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.labels.formats.trees import FileReadError, TreeError
from annotator.labels.safe_zip import ArchiveLimits, ZipTree

PICTURE = b"\x89PNG not really" * 100


def write_zip(path: Path, members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_an_honest_archive_is_a_tree(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "a.zip", {"images/b.png": PICTURE, "images/a.png": b"", "x.txt": b"1"}
    )
    with ZipTree(path) as tree:
        assert list(tree.folders()) == ["", "images"]
        assert tree.names("images") == ["a.png", "b.png"]
        assert tree.names("nowhere") == []
        assert tree.size("images/b.png") == len(PICTURE)
        assert tree.read("images/b.png", limit_bytes=10_000) == PICTURE
        with pytest.raises(FileReadError, match="larger than"):
            tree.read("images/b.png", limit_bytes=100)
        with pytest.raises(FileReadError, match="no such file"):
            tree.read("images/c.png", limit_bytes=100)


def test_paths_of_windows_archives(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"images\\train\\a.png": PICTURE, "./labels//a.txt": b"1"})
    with ZipTree(path) as tree:
        assert list(tree.folders()) == ["images/train", "labels"]
        assert tree.read("images/train/a.png", limit_bytes=10_000) == PICTURE


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil.txt", "leads out of it"),
        ("images/../../evil.txt", "leads out of it"),
        ("images\\..\\..\\evil.txt", "leads out of it"),
        ("/etc/passwd", "absolute path"),
        ("\\windows\\x.txt", "absolute path"),
        ("C:/windows/x.txt", "absolute path"),
        ("c:evil.txt", "absolute path"),
        ("images/a\nb.png", "control characters"),
        ("images/a\x1b[2Jb.png", "control characters"),
        ("a" * 300 + ".png", "too long"),
        ("a/" * 600 + "b.png", "too long"),
    ],
)
def test_paths_that_no_dataset_has(tmp_path: Path, name: str, reason: str) -> None:
    path = write_zip(tmp_path / "a.zip", {"images/fine.png": PICTURE, name: b"x"})
    with pytest.raises(TreeError, match=reason):
        ZipTree(path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices(tmp_path: Path, kind: int) -> None:
    info = zipfile.ZipInfo("images/link.png")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(TreeError, match="link"):
        ZipTree(path)


def test_names_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images/a.png", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("images/a.png", b"2")
    with pytest.raises(TreeError, match="twice"):
        ZipTree(path)
    write_zip(path, {"images/b.png": b"1", "./images/b.png": b"2"})
    with pytest.raises(TreeError, match="twice"):
        ZipTree(path)


def test_encrypted(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.png": PICTURE})
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(TreeError, match="encrypted"):
        ZipTree(path)


def test_a_bomb_by_its_ratio(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "bomb.zip", {f"{n}.bmp": b"\0" * 2_000_000 for n in range(4)})
    with pytest.raises(TreeError, match="-fold"):
        ZipTree(path, limits=ArchiveLimits(ratio_free_bytes=1_000_000))


def test_more_than_fits(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.png": PICTURE})
    with pytest.raises(TreeError, match="are allowed"):
        ZipTree(path, limits=ArchiveLimits(max_total_bytes=100))


def test_too_many_files(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {f"{number}.txt": b"" for number in range(30)})
    with pytest.raises(TreeError, match="more than 20 files"):
        ZipTree(path, limits=ArchiveLimits(max_entries=20))


def test_members_that_overlap(tmp_path: Path) -> None:
    """Many entries over one compressed stream (Fifield 2019)."""
    path = write_zip(tmp_path / "a.zip", {"a.png": PICTURE * 50})
    data = path.read_bytes()
    at = data.find(b"PK\x01\x02")
    end = data.find(b"PK\x05\x06")
    entries = b"".join(data[at:end].replace(b"a.png", b"%05d" % n) for n in range(60))
    footer = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 60, 60, len(entries), at, 0)
    path.write_bytes(data[:at] + entries + footer)
    with pytest.raises(TreeError, match="overlap"):
        ZipTree(path)


def test_a_member_longer_than_it_says(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.png": PICTURE})
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 10)
    path.write_bytes(data)
    with ZipTree(path) as tree, pytest.raises(FileReadError):
        tree.read("a.png", limit_bytes=10_000_000)


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip" * 10, b"PK\x05\x06" + b"\0" * 10])
def test_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(TreeError, match=r"not a \.zip"):
        ZipTree(path)


def test_zip64_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("a.png", "w", force_zip64=True) as out:
        out.write(PICTURE)
    with ZipTree(path) as tree:
        assert tree.read("a.png", limit_bytes=10_000) == PICTURE


def mutated(data: bytes, draw: Callable[[st.SearchStrategy[int]], int]) -> bytes:
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 8))):
        changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    return bytes(changed[: draw(st.integers(len(changed) // 2, len(changed)))])


@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_mutated_archives_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images/a.png", PICTURE)
        archive.writestr("labels/a.txt", b"0 0.1 0.1 0.2 0.2 0.1 0.3")
    path = tmp_path / "a.zip"
    path.write_bytes(mutated(buffer.getvalue(), data.draw))
    try:
        tree = ZipTree(path)
    except TreeError:
        return
    with tree:
        for folder in tree.folders():
            for name in tree.names(folder):
                try:
                    tree.read(f"{folder}/{name}" if folder else name, limit_bytes=1_000_000)
                except FileReadError:
                    continue
