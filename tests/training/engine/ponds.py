"""Small drawn datasets: ellipses and boxes on noise, in three splits."""

from pathlib import Path

import numpy as np
import yaml
from PIL import Image, ImageDraw

COLORS = ((220, 80, 60), (70, 200, 90))
CLASS_NAMES = ("round", "square")


def draw_dataset(
    folder: Path, *, counts: dict[str, int], size_wh: tuple[int, int] = (160, 120), seed: int = 0
) -> Path:
    """Images and labels as Segloop freezes them; the path of data.yaml."""
    rng = np.random.default_rng(seed)
    for split, count in counts.items():
        images, labels = folder / "images" / split, folder / "labels" / split
        images.mkdir(parents=True)
        labels.mkdir(parents=True)
        for index in range(count):
            picture, rows = _draw(rng, size_wh)
            picture.save(images / f"{split}_{index:03}.png")
            (labels / f"{split}_{index:03}.txt").write_text("\n".join(rows))
    data = {
        "path": str(folder),
        "train": "images/train",
        "val": "images/val",
        "test": "images/test",
        "names": dict(enumerate(CLASS_NAMES)),
        "nc": len(CLASS_NAMES),
    }
    path = folder / "data.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def _draw(rng: np.random.Generator, size_wh: tuple[int, int]) -> tuple[Image.Image, list[str]]:
    width, height = size_wh
    noise = rng.integers(90, 150, (height, width, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    draw = ImageDraw.Draw(picture)
    rows = []
    for _ in range(int(rng.integers(1, 5))):
        class_index = int(rng.random() < 0.35)
        radius = rng.uniform(0.1, 0.22, 2) * height
        center = rng.uniform(radius, np.array(size_wh) - radius)
        steps = 4 if class_index else 24
        angles = np.arange(steps) * 2 * np.pi / steps + np.pi / 4
        points = center + np.stack([np.cos(angles), np.sin(angles)], 1) * radius
        draw.polygon([tuple(point) for point in points], fill=COLORS[class_index])
        flat = (points / np.array(size_wh)).clip(0, 1).reshape(-1)
        rows.append(f"{class_index} " + " ".join(f"{value:.6f}" for value in flat))
    return picture, rows
