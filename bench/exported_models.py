"""Formats of a model beside its .pt: size, speed and mask mAP50-95, as certificates measure them.

    .venv/bin/python bench/exported_models.py MODEL.pt DATA.yaml [--imgsz 224] [--formats onnx …]

Each format that works here is made by the engine's ``export``, then measured by its ``evaluate``
beside the .pt: both on the val split at one size, padded to a square, and in turn for the speed.
Without a model: a small one is trained on drawn images first.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import django
from common import REPOSITORY, print_table, write_result

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()  # before what follows: it imports models

from tests.training.engine.ponds import draw_dataset  # noqa: E402
from training.engine.checkpoints.export_formats import FORMATS, list_formats  # noqa: E402
from training.evaluations.certificates import grade_of, total_ms  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("data", nargs="?", type=Path, help="a data.yaml with train and val")
    parser.add_argument("--imgsz", type=int, default=224)
    parser.add_argument("--formats", nargs="+", choices=list(FORMATS), default=list(FORMATS))
    options = parser.parse_args()
    if (options.model is None) != (options.data is None):
        parser.error("say both a model and its data, or neither")
    folder = Path(tempfile.mkdtemp(prefix="exported-models-"))
    try:
        model, data = options.model, options.data
        if model is None:
            model, data = _train(folder, imgsz=options.imgsz)
        reasons = {item["format"]: item["reason"] for item in list_formats([])}
        rows: list[dict[str, Any]] = []
        for name in options.formats:
            if reasons[name]:
                print(f"{name}: {reasons[name]}")
                continue
            rows.append(_measure(folder, name, model, data, imgsz=options.imgsz))
            print_table(rows[-1:])
    finally:
        shutil.rmtree(folder)
    print()
    print_table(rows)
    told = {"model": model.name, "imgsz": options.imgsz, "left_out": reasons}
    print(f"\n{write_result('exported_models', rows, **told)}")


def _measure(folder: Path, name: str, model: Path, data: Path, *, imgsz: int) -> dict[str, Any]:
    common = {
        "checkpoint": str(model.resolve()),
        "imgsz": imgsz,
        "device": "cpu",
        "data_yaml": str(data.resolve()),
        "config_dir": str(folder / "config"),
    }
    out = folder / name
    made = _engine("export", {**common, "format": name, "out_dir": str(out), "verify_images": []})
    answer = _engine(
        "evaluate",
        {
            **common,
            "exported": made["path"],
            "split": "val",
            "batch": 1,
            "out_dir": str(out / "evaluation"),
        },
    )
    certificate = answer["certificate"]
    one, two = certificate["checkpoint"], certificate["export"]
    before, after = total_ms(one["speed"]), total_ms(two["speed"])
    difference = two["map50_95"] - one["map50_95"]
    return {
        "format": name,
        "mb": round(two["size_bytes"] / 1e6, 1),
        "pt_mb": round(one["size_bytes"] / 1e6, 1),
        "ms": round(after, 1),
        "pt_ms": round(before, 1),
        "times_as_fast": round(before / after, 2),
        "map50_95": two["map50_95"],
        "difference": round(difference, 5),
        "agreement": certificate["agreement"],
        "grade": grade_of(difference),
    }


def _train(folder: Path, *, imgsz: int) -> tuple[Path, Path]:
    data = draw_dataset(folder / "set", counts={"train": 64, "val": 24}, size_wh=(imgsz, imgsz))
    request = {
        **{"data_yaml": str(data), "model": "yolov8n-seg.yaml", "resume": False, "epochs": 20},
        **{"imgsz": imgsz, "batch": 8, "device": "cpu", "seed": 0, "patience": 100, "lr0": None},
        **{"workers": 0, "run_dir": str(folder / "run"), "weights_dir": str(folder / "weights")},
        **{"allow_download": False, "config_dir": str(folder / "config")},
    }
    _engine("train", {**request, "arguments": {"plots": False}})
    return folder / "run" / "weights" / "best.pt", data


def _engine(command: str, request: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "training.engine", command],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
    )
    last: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if last["type"] != "finished":
        raise SystemExit(f"{command}: {last}\n{done.stderr[-2000:]}")
    return last


if __name__ == "__main__":
    main()
