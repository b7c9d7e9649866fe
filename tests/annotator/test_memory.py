"""What strangers upload takes a bounded amount of memory: measured in a process of its own."""

import os
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from django.conf import settings

from tests.annotator.labels.test_safe_yaml import BOMB

BEGIN = """
import resource, sys
from contextlib import suppress
from pathlib import Path
import django
django.setup()
from annotator.labels.formats.yolo import rows as yolo
from annotator.labels.formats.yolo.data_yaml import read_data_yaml
from annotator.labels.formats.yolo.folder import scan_dataset
from annotator.labels.pixels.images import ImageError, take_image
from annotator.labels.safe_zip import ZipTree
from annotator.labels.formats.trees import FolderTree, TreeError
from annotator.api.web.parsers import JSONParser
from rest_framework.exceptions import ParseError
from training.checkpoints.run_folders import read_run_folder
import io
root = Path(sys.argv[1])
def peak():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
before = peak()
"""
END = "\nprint(peak() - before)\n"


def grown_megabytes(root: Path, code: str) -> int:
    """How much the peak of a fresh process grew by ``code``."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code + END, str(root)],
        cwd=settings.REPOSITORY,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def pack(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def run_archive(root: Path) -> str:
    """0.4 MB whose weights are 400 MB."""
    path = pack(root / "run.zip", {"train/weights/best.pt": bytes(400 << 20)})
    assert path.stat().st_size < 1 << 20
    return """
with ZipTree(root / "run.zip") as tree:
    folder = read_run_folder(tree)
    tree.copy(folder.weights["best"], root / "best.pt", limit_bytes=4 << 30)
assert (root / "best.pt").stat().st_size == 400 << 20
"""


def alias_bomb(root: Path) -> str:
    (root / "data.yaml").write_bytes(BOMB + b"names: *i\n")
    pack(root / "run.zip", {"t/weights/best.pt": b"x", "t/args.yaml": BOMB})
    return """
for read in (lambda: read_data_yaml(FolderTree(root), ""),
             lambda: read_run_folder(ZipTree(root / "run.zip"))):
    try:
        read()
    except TreeError as error:
        assert "alias" in str(error) or "not text" in str(error), error
    else:
        raise AssertionError
"""


def table(root: Path) -> str:
    """A head of half a million columns over as many rows: each row became a dict of them all."""
    head = b",".join(b"c" for _ in range(500_000))
    pack(root / "run.zip", {"t/weights/best.pt": b"x", "t/results.csv": head + b"\n1" * 500_000})
    return """
try:
    read_run_folder(ZipTree(root / "run.zip"))
except TreeError as error:
    assert "no table of a training" in str(error), error
else:
    raise AssertionError
"""


def label_files(root: Path) -> str:
    return """
for content in (b"\\n" * yolo.MAX_LABEL_BYTES,
                b"0 0 0 1 0 1 1\\n" * (yolo.MAX_LABEL_BYTES // 14),
                b"".join(b"%x\\n" % n for n in range(2_000_000)),
                b"0 " + b"0 " * (yolo.MAX_LABEL_BYTES // 2 - 1)):
    yolo.parse_labels(content, size_wh=(100, 100), class_count=1)
"""


def list_of_images(root: Path) -> str:
    lines = b"".join(b"%x/a.png\n" % n for n in range(3_000_000))
    data = b"names: [a]\ntrain: train.txt\n"
    pack(root / "a.zip", {"a.png": b"x", "data.yaml": data, "train.txt": lines})
    return """
scan_dataset(ZipTree(root / "a.zip"))
"""


def body(root: Path) -> str:
    return """
for part in (b"[],", b'{},', b"1.5,", b'"ab",'):
    with suppress(ParseError):
        content = b"[" + part * ((32 << 20) // len(part) - 2) + part[:-1] + b"]"
        JSONParser().parse(io.BytesIO(content))
"""


def claimed_sizes(root: Path) -> str:
    """Few bytes that say that they are many pixels."""
    side = 60_000

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">L", zlib.crc32(kind + data))
        return struct.pack(">L", len(data)) + kind + data + checksum

    for name, size in (("a.png", side), ("b.png", 2**31 - 1)):
        head = struct.pack(">LLBBBBB", size, size, 8, 2, 0, 0, 0)
        chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        (root / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    numbers = (40, side, side, 1, 24, *[0] * 6)
    info = struct.pack("<LHHL", 100, 0, 0, 54) + struct.pack("<LllHHLLllLL", *numbers)
    (root / "c.bmp").write_bytes(b"BM" + info)
    tags = ((256, side), (257, side), (259, 1), (273, 8))
    entries = b"".join(struct.pack("<HHLL", tag, 4, 1, value) for tag, value in tags)
    (root / "d.tif").write_bytes(
        b"II*\0" + struct.pack("<LH", 8, len(tags)) + entries + struct.pack("<L", 0)
    )
    return """
for path in root.iterdir():
    try:
        take_image(path.read_bytes())
    except ImageError:
        pass
    else:
        raise AssertionError(path)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux' /proc")
@pytest.mark.parametrize(
    ("prepare", "megabytes"),
    [
        (run_archive, 40),
        (alias_bomb, 40),
        (table, 60),
        (label_files, 450),
        (list_of_images, 300),
        (body, 350),
        (claimed_sizes, 40),
    ],
)
def test_the_peak_stays_low(tmp_path: Path, prepare: object, megabytes: int) -> None:
    code = prepare(tmp_path)  # type: ignore[operator]
    grown = grown_megabytes(tmp_path, code)
    assert grown < megabytes
