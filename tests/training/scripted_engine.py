"""A stand-in for the engine in tests of its supervision: a child process that follows a script.

It speaks the protocol of training/engine/protocol.py and writes last.pt and best.pt (a few bytes
that say how many epochs are in them), but trains nothing: what an engine cannot be brought to do on
every machine (run out of a GPU's memory, wait for space on a full disk) it does at once. The script
is a JSON list with one entry an engine: ``{"epochs": 3, "then": "oom"}``; beyond its end, and
without one, everything but a training goes well.
"""

import faulthandler
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

METRICS = {"precision": 0.5, "recall": 0.5, "map50": 0.5, "map50_95": 0.25}
LOSSES = {"box": 1.0, "seg": 1.0, "cls": 1.0, "dfl": 1.0}
OUT_OF_MEMORY = {
    "type": "failed",
    "code": "out_of_memory",
    "message": "The memory of the GPU 0 was not enough.",
    "hint": "Start again with a smaller batch, a smaller image size or a smaller base model.",
}
NOT_RUNNABLE = {
    "type": "failed",
    "code": "not_runnable",
    "message": "Core ML models run on macOS only.",
    "hint": "Use it on a machine that can run it, or choose another format.",
}
DISK_FULL = {
    "type": "failed",
    "code": "disk_full",
    "message": "The disk of the server is full.",
    "hint": "Free some space, then start again.",
}
NO_SHARED_MEMORY = {
    **OUT_OF_MEMORY,
    "message": "The workers that load images ran out of shared memory.",
    "hint": "Give the container more shared memory, or start again with fewer workers.",
}


class Kept(Exception):  # noqa: N818 - a signal, not an error
    pass


def emit(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def keep(*_: object) -> None:
    raise Kept


def cancel(*_: object) -> None:
    emit({"type": "cancelled"})
    os._exit(0)


def train(request: dict[str, Any], script: dict[str, Any], requests: Path) -> None:
    with requests.open("a") as handle:
        handle.write(json.dumps(request) + "\n")
    weights = Path(request["run_dir"]) / "weights"
    weights.mkdir(parents=True, exist_ok=True)
    last = weights / "last.pt"
    done = int(last.read_text()) if request["resume"] else 0
    versions = {"torch": "2.0", "ultralytics": "8.0"}
    device = {"device": request["device"], "device_name": "Scripted"}
    emit({"type": "started", **device, **versions})
    for message in script.get("warnings", []):
        emit({"type": "warning", "message": message})
    if "data" in script:
        emit({"type": "data", "splits": script["data"]})
    try:
        for epoch in range(done + 1, request["epochs"] + 1):
            batch = {"type": "batch", "epoch": epoch, "batch": 1, "batches": 9, "losses": LOSSES}
            emit({**batch, "eta_seconds": 1.0, "gpu_memory_mb": None})
            if epoch > script.get("epochs", request["epochs"]):
                misbehave(script["then"])
            last.write_text(str(epoch))
            (weights / "best.pt").write_text(str(epoch))
            emit(
                {
                    **{"type": "epoch", "epoch": epoch, "epochs": request["epochs"]},
                    **{"train": LOSSES, "val": LOSSES, "box": METRICS, "mask": METRICS},
                    **{"learning_rate": 0.01, "seconds": 0.1},
                }
            )
            done = epoch
            for image in request["sample_images"]:
                found = {"class_index": 0, "confidence": 0.9, "box_xyxy": [1, 1, 9, 9]}
                found["polygon_px"] = [1, 1, 9, 1, 9, 9]
                images = [{"key": image["key"], "width": 96, "height": 64, "instances": [found]}]
                emit({"type": "sample", "epoch": epoch, "images": images})
        is_kept = False
    except Kept:
        is_kept = True
    emit(
        {
            **{"type": "finished", "best": "best.pt", "last": "last.pt", "best_epoch": done},
            **{"epochs_done": done, "box": METRICS, "mask": METRICS, "stopped_early": is_kept},
        }
    )


def misbehave(how: str) -> None:
    failures = {
        **{"oom": OUT_OF_MEMORY, "no_shared_memory": NO_SHARED_MEMORY, "disk": DISK_FULL},
        "not_runnable": NOT_RUNNABLE,
    }
    if how in failures:
        emit(failures[how])
        sys.exit(1)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "pause":
        emit({"type": "paused", "code": "disk_full", "message": "The disk is full."})
        time.sleep(3)
        emit({"type": "resumed"})
        return
    time.sleep(600)  # hang


def export(request: dict[str, Any]) -> None:
    """OpenVINO is a folder, everything else a file."""
    path = Path(request["out_dir"]) / f"best.{request['format']}"
    if request["format"] == "openvino":
        path.mkdir()
        (path / "best.xml").write_text("<net/>")
    else:
        path.write_bytes(b"exported")
    verified = {
        **{"image_count": len(request["verify_images"]), "mean_mask_iou": 0.99},
        **{"matched": 12},
        **{"worst_mask_iou": 0.98, "max_confidence_difference": 0.01, "missing": 0, "extra": 0},
    }
    emit(
        {
            **{"type": "finished", "path": str(path), "format": request["format"]},
            **{"size_bytes": 8, "seconds": 1.5, "verified": verified},
        }
    )


def check(request: dict[str, Any]) -> None:
    emit({"type": "check", "name": "classes", "ok": True, "detail": "2 classes."})
    emit(
        {
            **{"type": "finished", "seconds_per_epoch": 2.0, "startup_seconds": 5.0},
            **{"peak_memory_mb": 900.0, "memory_total_mb": None, "images_per_second": 40.0},
            **{"batch": request["batch"], "fits": True},
        }
    )


def inspect(request: dict[str, Any]) -> None:
    """A checkpoint is JSON here: what it says of itself, or why it is refused."""
    told = json.loads(Path(request["checkpoint"]).read_text())
    if "refused" in told:
        hint = "Upload a segmentation checkpoint."
        failure = {"type": "failed", "code": "checkpoint_refused", "hint": hint}
        emit({**failure, "message": told["refused"]})
        sys.exit(1)
    emit(
        {
            **{"type": "finished", "task": "segment", "base_model": "yolov8n-seg.yaml"},
            **{"parameters": 3, "imgsz": 64, "ultralytics": "8", "arguments": {}, **told},
        }
    )


def evaluate(request: dict[str, Any], script: dict[str, Any]) -> None:
    (Path(request["out_dir"]) / "evaluation.json").write_text("{}")
    emit({"type": "progress", "done": 1, "total": 2})
    certificate = {"certificate": compared(request, script)} if "exported" in request else {}
    emit(
        {
            **{"type": "finished", "image_count": 2, "instance_count": 3, "speed": None},
            **{"box": METRICS, "mask": METRICS, "per_class": [], "confidence_floor": 0.001},
            **{"best_confidence": {}, "ultralytics_confidence": {}, "operating": None},
            **{"unknown_classes": [], "extra_classes": [], "format": 2, **certificate},
        }
    )


def compared(request: dict[str, Any], script: dict[str, Any]) -> dict[str, Any]:
    """``script["loses"]``: by how much the export is worse than the checkpoint."""
    assert Path(request["exported"]).exists()
    speed = {"preprocess_ms": 1.0, "inference_ms": 8.0, "postprocess_ms": 1.0}
    faster = {"preprocess_ms": 1.0, "inference_ms": 3.0, "postprocess_ms": 1.0}
    one = {"map50_95": 0.25, "map50": 0.5, "instance_count": 3, "speed": speed, "size_bytes": 6}
    lost = {"map50_95": 0.25 - script.get("loses", 0.0), "speed": faster, "size_bytes": 8}
    found = {"class_index": 0, "confidence": 0.9, "polygon": [1, 1, 9, 1, 9, 9]}
    worst = {
        **{"key": "0", "width": 96, "height": 64, "iou": 0.5, "matched": 1, "missing": 1},
        **{"extra": 0, "reason": "The export misses one object that the checkpoint finds."},
        **{"checkpoint": [found, found], "export": [found]},
    }
    return {
        **{"image_count": 2, "image_size": request["imgsz"], "device_name": "Scripted"},
        **{"timed_images": 2, "agreement": 0.8, "checkpoint": one, "export": {**one, **lost}},
        "worst_image": worst,
    }


def predict(request: dict[str, Any], step: dict[str, Any]) -> None:
    """``{"images": 3, "after": "hang"}`` misbehaves after three images."""
    emit({"type": "started", "device_name": "Scripted"})
    for message in step.get("warnings", []):
        emit({"type": "warning", "message": message})
    found = {"class_index": 0, "confidence": 0.9, "box_xyxy": [1, 1, 9, 9]}
    found["polygon_px"] = [1, 1, 9, 1, 9, 9]
    with Path(request["images_file"]).open() as lines:
        images = [json.loads(line) for line in lines]
    with (Path(__file__).parents[2] / "predict-requests.jsonl").open("a") as log:
        log.write(json.dumps(request) + "\n")
    with (Path(__file__).parents[2] / "predicted.jsonl").open("a") as log:
        for image in images:
            log.write(json.dumps(image) + "\n")
    for number, image in enumerate(images):
        if number == step.get("images"):
            misbehave(step["after"])
        emit({"type": "image", "key": image["key"], "error": "", "instances": [found]})
    emit({"type": "finished"})


def video(request: dict[str, Any]) -> None:
    """The video is JSON here: ``{"frames": 40, "dies_at": [7]}``. A frame holds one object; the
    state of its tracker counts them. It dies at each of ``dies_at`` once."""
    path = Path(request["video"])
    told = json.loads(path.read_text())
    emit({"type": "started", "device_name": "Scripted"})
    facts = {"width": 96, "height": 64, "fps": 10.0, "duration_ms": 100 * told["frames"]}
    facts |= {"codec": "h264", "has_sound": False, "sound": "", "rotation": 0, "container": "mov"}
    facts |= {"pixel_format": "yuv420p", "is_stretched": False}
    emit({"type": "video", "facts": facts, "expected": told["frames"] + 1, "start_ms": 0})
    start = request["start"]
    first = 0 if start is None else start["frame"] + 1
    tracks = 0 if start is None or not start["tracker"] else start["tracker"]["following"]
    for begin in range(first, told["frames"], 3):
        frames = []
        for number in range(begin, min(begin + 3, told["frames"])):
            tracks += 1
            box = [number, 1, number + 9, 9]
            item = {"class_index": 0, "confidence": 0.9, "box_xyxy": box, "track": tracks}
            item["polygon_px"] = [number, 1, number + 9, 1, number + 9, 9]
            frame = {"frame": number, "time_ms": 100 * number, "pts": number}
            frames.append({**frame, "width": 96, "height": 64, "instances": [item]})
        last = frames[-1]["frame"]
        start = {"frame": last, "pts": last, "damaged": 0}
        tracker = {"name": "", "following": tracks}
        emit({"type": "frames", "frames": frames, "start": {**start, "tracker": tracker}})
        if deaths := [at for at in told.get("dies_at", []) if at <= last]:
            told["dies_at"].remove(deaths[0])
            path.write_text(json.dumps(told))
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGKILL)
        if told.get("waits_at") == begin:
            time.sleep(60)
    emit(
        {
            **{"type": "finished", "frame_count": told["frames"], "predicted_count": 1},
            **{"instance_count": 1, "end_ms": 100 * told["frames"] - 100, "notes": []},
            "problems": [f"Its header promises {told['frames'] + 1} frames."],
        }
    )


ANSWERS = {"video": video, "export": export, "check": check, "inspect": inspect}
SCRIPTED = {"evaluate": evaluate, "predict": predict}
"""Answers that depend on the step of the script."""


def main() -> None:
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    signal.signal(signal.SIGUSR2, keep)
    signal.signal(signal.SIGTERM, cancel)
    request = json.load(sys.stdin)
    folder = Path(__file__).parents[2]
    script = json.loads(read(folder / "script.json", "[]"))
    number = int(read(folder / "number", "0"))
    (folder / "number").write_text(str(number + 1))
    if sys.argv[1] != "train":
        step = script[number] if number < len(script) else {}
        if "then" in step:
            misbehave(step["then"])
        if sys.argv[1] in SCRIPTED:
            SCRIPTED[sys.argv[1]](request, step)
        else:
            ANSWERS[sys.argv[1]](request)
    else:
        train(request, script[number], folder / "requests.jsonl")


def read(path: Path, default: str) -> str:
    return path.read_text() if path.exists() else default


if __name__ == "__main__":
    main()
