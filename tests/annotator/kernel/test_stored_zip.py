"""Archives that are made while they are sent, and go on where they broke."""

import io
import random
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotator.kernel import stored_zip
from annotator.kernel.resumable_zip import begin, plan_rest
from annotator.kernel.stored_zip import ChangedError, Content, dos_stamp, stream_zip

Files = Callable[[], Iterator[tuple[str, Content]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = random.Random(1)
    (tmp_path / "small.jpg").write_bytes(rng.randbytes(5000))
    (tmp_path / "large.tif").write_bytes(rng.randbytes(60_000))
    return tmp_path


@pytest.fixture
def files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Of each kind: bytes, a small file, a large one, pieces, a folder; names beyond ASCII."""
    monkeypatch.setattr(stored_zip, "WHOLE_BYTES", 20_000)
    monkeypatch.setattr("annotator.kernel.resumable_zip.WHOLE_BYTES", 20_000)
    monkeypatch.setattr(stored_zip, "PIECE_BYTES", 7_000)
    monkeypatch.setattr("annotator.kernel.resumable_zip.PIECE_BYTES", 7_000)

    def make() -> Iterator[tuple[str, Content]]:
        yield "data.yaml", b"names: [a]\n"
        yield "labels/cam 1/ä.txt", b"0 0.1 0.1 0.9 0.1 0.5 0.9\n"
        yield "images/cam 1/ä.jpg", folder / "small.jpg"
        yield "images/large.tif", folder / "large.tif"
        yield "annotations.json", (b"%05d," % number * 100 for number in range(50))
        yield "images/test/", b""

    return make


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_goes_in_comes_out(files: Files, folder: Path) -> None:
    data = b"".join(stream_zip(files(), stamp=dos_stamp(1.7e9)))
    read = contents(data)
    assert list(read) == [name for name, _ in files()]
    assert read["images/large.tif"] == (folder / "large.tif").read_bytes()
    assert read["annotations.json"].startswith(b"00000,00000,")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.infolist()[0].date_time == (2023, 11, 14, 22, 13, 20)
        assert archive.infolist()[-1].is_dir()


def test_other_readers_take_it(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    path.write_bytes(b"".join(stream_zip(files(), stamp=dos_stamp(0))))
    listed = subprocess.run(["python3", "-m", "zipfile", "-t", str(path)], capture_output=True)
    assert listed.returncode == 0


def test_more_than_65535_entries_and_offsets_beyond_4_gb(monkeypatch: pytest.MonkeyPatch) -> None:
    many = ((f"{number}.txt", b"") for number in range(70_000))
    with zipfile.ZipFile(io.BytesIO(b"".join(stream_zip(many, stamp=0)))) as archive:
        assert len(archive.namelist()) == 70_000
    monkeypatch.setattr(stored_zip, "_LIMIT", 40)  # as if these were 4 GB
    few = ((f"{number}.txt", b"x" * 50) for number in range(5))
    data = b"".join(stream_zip(few, stamp=0))
    assert data.count(b"PK\6\6") == data.count(b"PK\6\7") == 1
    assert data[30 + 5 : 30 + 9] == b"\1\0\x10\0"  # the sizes in an extra field of 16 bytes


@pytest.mark.parametrize("seed", range(12))
def test_a_broken_download_goes_on_with_the_same_bytes(
    files: Files, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    whole = b"".join(begin(files(), tmp_path / "whole" / "journal"))
    journal = tmp_path / "j" / "journal"
    stream = begin(files(), journal)
    got = b""
    stop = rng.randrange(1, len(whole))
    while len(got) < stop:
        got += next(stream)
    stream.close()  # type: ignore[attr-defined]
    got = got[:stop]
    whole_now = None
    for _ in range(3):  # broken again and again
        rest = plan_rest(files(), journal, start=len(got))
        assert rest.total == len(whole)
        end = rng.randrange(len(got), len(whole)) + 1
        got += b"".join(rest.pieces(len(got), end))
    rest = plan_rest(files(), journal, start=len(got))
    whole_now = got + b"".join(rest.pieces(len(got), rest.total))
    assert contents(whole_now) == contents(whole)
    assert len(whole_now) == len(whole)
    assert [path.name for path in journal.parent.iterdir()] == ["journal"]


def sent_until(files: Files, journal: Path, count: int) -> int:
    stream = begin(files(), journal)
    sent = 0
    while sent < count:
        sent += len(next(stream))
    stream.close()  # type: ignore[attr-defined]
    return sent


def test_a_file_that_changed_refuses_the_range(files: Files, folder: Path, tmp_path: Path) -> None:
    sent = sent_until(files, tmp_path / "journal", 20_000)
    (folder / "small.jpg").write_bytes(b"x" * 5000)
    with pytest.raises(ChangedError):
        plan_rest(files(), tmp_path / "journal", start=sent)


def test_what_changed_behind_the_break_is_sent_as_it_is_now(
    files: Files, folder: Path, tmp_path: Path
) -> None:
    sent_until(files, tmp_path / "journal", 100)
    (folder / "large.tif").write_bytes(b"y" * 30_000)
    rest = plan_rest(files(), tmp_path / "journal", start=50)
    tail = b"".join(rest.pieces(50, rest.total))
    assert b"y" * 30_000 in tail


@pytest.mark.parametrize("gone", ["data.yaml", "images/cam 1/ä.jpg"])
def test_a_file_that_went_refuses_the_range(files: Files, tmp_path: Path, gone: str) -> None:
    sent = sent_until(files, tmp_path / "journal", 30_000)
    left = [item for item in files() if item[0] != gone]
    with pytest.raises(ChangedError):
        plan_rest(left, tmp_path / "journal", start=sent)
    with pytest.raises(ChangedError):
        plan_rest(list(files())[:2], tmp_path / "journal", start=sent)


def test_a_byte_that_was_never_sent_is_refused(files: Files, tmp_path: Path) -> None:
    sent = sent_until(files, tmp_path / "journal", 100)
    with pytest.raises(ChangedError):
        plan_rest(files(), tmp_path / "journal", start=sent + 50_000)


def test_generated_content_that_changed_where_it_broke_is_refused(
    files: Files, tmp_path: Path
) -> None:
    data = b"".join(stream_zip(files(), stamp=0))
    inside = data.index(b"00020,")
    sent = sent_until(files, tmp_path / "journal", inside)

    def other() -> Iterator[tuple[str, Content]]:
        for name, content in files():
            yield name, ([b"z" * 30_000] if name == "annotations.json" else content)

    with pytest.raises(ChangedError):
        plan_rest(other(), tmp_path / "journal", start=sent)
    plan_rest(files(), tmp_path / "journal", start=sent).close()
