"""Datasets to import, made for the tests."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

TRIANGLE = "0.1 0.1 0.9 0.1 0.5 0.9"
DATA_YAML = "train: images/train\nval: images/val\nnames: [duck, swan]\n"


def picture_bytes(seed: int, *, size_wh: tuple[int, int] = (40, 30), kind: str = "PNG") -> bytes:
    """A small picture that differs for every seed."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 255, (size_wh[1], size_wh[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def usual_files(count: int = 10) -> dict[str, bytes]:
    """``count`` labelled images, one in five in val."""
    files = {"data.yaml": DATA_YAML.encode()}
    for number in range(count):
        split = "val" if number % 5 == 0 else "train"
        files[f"images/{split}/p{number:04d}.png"] = picture_bytes(number)
        row = f"{number % 2} {TRIANGLE} 0.{number + 1:03d} 0.5\r\n"
        files[f"labels/{split}/p{number:04d}.txt"] = row.encode()
    return files


def lay_out(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()
