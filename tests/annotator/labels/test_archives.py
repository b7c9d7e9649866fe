"""Archives told apart by content, .tar among them, and the encodings of their names."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.labels import safe_tar
from annotator.labels.archive_names import choose_encoding, decode_name
from annotator.labels.archives import open_tree
from annotator.labels.formats.trees import FileReadError, FolderTree, Tree, TreeError
from annotator.labels.safe_zip import ArchiveLimits, ZipTree
from tests.annotator.labels.test_safe_zip import mutated, write_zip

FILES = {"images/a.png": b"\x89PNG" * 500, "images/é.png": b"", "labels/a.txt": b"0 1 2\n"}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "tar": bytes,
    "tar.gz": gzip.compress,
    "tar.zst": zstandard.ZstdCompressor().compress,
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
}


def make_tar(files: dict[str, bytes], *, format: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def write_members(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def read_all(tree: Tree) -> dict[str, bytes]:
    found = {}
    for folder in tree.folders():
        for name in tree.names(folder):
            path = f"{folder}/{name}" if folder else name
            found[path] = tree.read(path, limit_bytes=10**7)
            assert tree.size(path) == len(found[path])
    return found


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_a_tar_however_it_is_packed_and_called(tmp_path: Path, kind: str, format: int) -> None:
    path = tmp_path / "set.bin"
    path.write_bytes(PACKED[kind](make_tar(FILES, format=format)))
    (tmp_path / "work").mkdir()
    with open_tree(path, work_dir=tmp_path / "work") as tree:
        assert read_all(tree) == FILES
        assert list((tmp_path / "work").iterdir()) == [], "the plain .tar has no name"
        with tree.open("images/a.png", limit_bytes=2000) as one:
            assert one.read(4) == tree.read("images/a.png", limit_bytes=2000)[:4]
            assert len(one.read()) == 1996, "streams do not disturb each other"
        with pytest.raises(FileReadError, match="larger than"):
            tree.read("images/a.png", limit_bytes=10)
        with pytest.raises(FileReadError, match="no such file"):
            tree.read("images/b.png", limit_bytes=10)


def test_a_folder_and_a_zip_under_any_suffix(tmp_path: Path) -> None:
    assert isinstance(open_tree(tmp_path), FolderTree)
    path = write_zip(tmp_path / "set.tar", FILES)
    with open_tree(path) as tree:
        assert isinstance(tree, ZipTree)
        assert read_all(tree) == FILES
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    with open_tree(path) as tree:
        assert read_all(tree) == FILES


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no archive"),
        (b"hello", "no archive"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 100, "7z archive"),
        (b"Rar!\x1a\x07\x00" + b"\0" * 100, "RAR archive"),
        (gzip.compress(b"hello" * 1000, mtime=0), "not a .tar"),
        (gzip.compress(make_tar(FILES), mtime=0)[:-40], "damaged"),
        (make_tar(FILES)[:1200], "damaged|cut off"),
        (PACKED["tar.zst"](make_tar(FILES))[:60], "damaged|not a .tar"),
    ],
    ids=["empty", "text", "7z", "rar", "gzip of text", "cut .tar.gz", "cut .tar", "cut .tar.zst"],
)
def test_what_is_no_archive_or_is_cut(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "set.zip"
    path.write_bytes(data)
    with pytest.raises(TreeError, match=reason):
        open_tree(path)
    with pytest.raises(TreeError, match="There is no"):
        open_tree(tmp_path / "none.zip")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil.txt", "leads out of it"),
        ("/etc/passwd", "absolute path"),
        ("a/\x1bb.txt", "control characters"),
        ("a" * 300, "too long"),
    ],
)
def test_paths_that_no_dataset_has(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "a.tar").write_bytes(make_tar({"fine.png": b"1", name: b"x"}))
    with pytest.raises(TreeError, match=reason):
        open_tree(tmp_path / "a.tar")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("images/a.png")
    member.type, member.linkname = kind, "/etc/passwd"
    with pytest.raises(TreeError, match=r"link|no plain file"):
        open_tree(write_members(tmp_path / "a.tar", member))


def test_names_twice_too_many_and_too_large(tmp_path: Path) -> None:
    member = tarfile.TarInfo("a.png")
    member.size = 2000
    path = write_members(tmp_path / "a.tar", member, member)
    with pytest.raises(TreeError, match="twice"):
        open_tree(path)
    with pytest.raises(TreeError, match="more than 1 files"):
        open_tree(path, limits=ArchiveLimits(max_entries=1))
    with pytest.raises(TreeError, match="are allowed"):
        open_tree(path, limits=ArchiveLimits(max_total_bytes=3000))


@pytest.mark.parametrize("kind", ["tar.gz", "tar.zst", "tar.xz"])
def test_a_bomb_ends_while_it_is_unpacked(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(PACKED[kind](make_tar({"a.bmp": b"\0" * 8_000_000})))
    with pytest.raises(TreeError, match="-fold"):
        open_tree(path, limits=ArchiveLimits(ratio_free_bytes=1_000_000))
    with pytest.raises(TreeError, match="are allowed"):
        open_tree(path, limits=ArchiveLimits(max_total_bytes=1_000_000))


def test_a_header_that_would_fill_memory(tmp_path: Path) -> None:
    member = tarfile.TarInfo("longname")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 8 * 1024**3
    (tmp_path / "a.tar").write_bytes(member.tobuf(tarfile.GNU_FORMAT) + b"\0" * 2048)
    with pytest.raises(TreeError, match="header"):
        open_tree(tmp_path / "a.tar")


def test_a_full_disk_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_tar, "_FREE_BYTES_LEFT", 1 << 62)
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(make_tar(FILES)))
    with pytest.raises(TreeError, match="disk is too full"):
        open_tree(path)


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_mutated_archives_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(mutated(make_tar(FILES), data.draw))
    try:
        tree = open_tree(path)
    except TreeError:
        return
    with tree:
        for folder in tree.folders():
            for name in tree.names(folder):
                try:
                    tree.read(f"{folder}/{name}" if folder else name, limit_bytes=1_000_000)
                except FileReadError:
                    continue


# --- names --------------------------------------------------------------------------------------

WORDS = {
    "cp437": ["Capture_décran", "Müller", "señal", "Größe", "façade"],
    "cp1252": ["Capture_décran", "Müller_straße", "señal", "œuvre"],
    "cp932": ["スクリーンショット", "写真_あひる", "テスト画像", "表面"],
    "gbk": ["图片", "鸭子_训练", "新建文件夹", "截图"],
    "big5": ["圖片", "鴨子_訓練"],
    "cp949": ["사진", "오리_훈련"],
    "cp866": ["снимок", "утка"],
}


@pytest.mark.parametrize(("encoding", "words"), WORDS.items())
def test_the_encoding_of_names_is_guessed(encoding: str, words: list[str]) -> None:
    raw = [f"{word}_{number}.jpg".encode(encoding) for number, word in enumerate(words)]
    chosen = choose_encoding([*raw, b"plain.jpg"])
    assert [decode_name(name, chosen) for name in raw] == [name.decode(encoding) for name in raw], (
        chosen
    )


def test_utf8_is_known_by_itself() -> None:
    names = ["é.jpg".encode(), "図.jpg".encode(), b"a.jpg"]
    assert choose_encoding(names) == "utf-8"
    assert decode_name(names[1], choose_encoding(names)) == "図.jpg"


def rename_in_zip(path: Path, name: bytes, *, extra: bytes = b"") -> Path:
    """A .zip of an image and its label, named in bytes and without the flag for UTF-8."""
    stand_in = b"#" * len(name)
    with zipfile.ZipFile(path, "w") as archive:
        for folder, suffix in (("images", "png"), ("labels", "txt")):
            info = zipfile.ZipInfo(f"{folder}/{stand_in.decode()}.{suffix}")
            info.extra = extra
            archive.writestr(info, b"x")
    path.write_bytes(path.read_bytes().replace(stand_in, name))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "cp932", "gbk"])
def test_names_of_a_zip_from_another_system(tmp_path: Path, encoding: str) -> None:
    word = {"cp932": "表示_ダック", "gbk": "鸭子"}.get(encoding, "décran")
    with ZipTree(rename_in_zip(tmp_path / "a.zip", word.encode(encoding))) as tree:
        assert read_all(tree) == {f"images/{word}.png": b"x", f"labels/{word}.txt": b"x"}


def test_the_unicode_name_beside_the_name_of_another_system(tmp_path: Path) -> None:
    raw = "images/é.png".encode("cp437")
    field = b"\1" + struct.pack("<L", zlib.crc32(raw)) + "images/è.png".encode()
    extra = struct.pack("<HH", 0x7075, len(field)) + field
    with ZipTree(rename_in_zip(tmp_path / "a.zip", "é".encode("cp437"), extra=extra)) as tree:
        assert sorted(read_all(tree)) == ["images/è.png", "labels/é.txt"]


def test_image_and_label_of_one_zip_named_in_two_ways(tmp_path: Path) -> None:
    """One tool sets the flag for UTF-8, another does not."""
    path = rename_in_zip(tmp_path / "a.zip", "é".encode())
    data = path.read_bytes()
    at = data.rfind(b"PK\x01\x02")
    path.write_bytes(data[: at + 9] + b"\x08" + data[at + 10 :])
    with ZipTree(path) as tree:
        assert sorted(tree.folders()) == ["images", "labels"]
        assert tree.names("images") == ["é.png"]
        assert tree.names("labels") == ["é.txt"]
