"""The engine for people: flags instead of a request, sentences instead of JSON lines.

Without flags the request comes from standard input, as ``protocol`` says. Imports neither torch nor
Ultralytics, so that ``--help`` answers at once.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from annotator.labels.safe_yaml import YamlError, load_yaml

from .protocol import EngineError

_PICTURES = frozenset(
    (".avif", ".bmp", ".heic", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp", ".jp2")
)
_EMPTY = ("devices", "arguments")
_TILE_OVERLAP = 0.2
_Flags = argparse.ArgumentParser


class Invocation(NamedTuple):
    """``is_for_people``: answer in sentences, and keep the libraries' prints in ``log``."""

    command: str
    request: dict[str, Any]
    is_for_people: bool
    log: Path | None


def read_invocation(words: Sequence[str]) -> Invocation:
    """What was asked, by flags or by a request on standard input.

    Exits with 2 and a usage line where the flags are wrong; raises ``bad_request`` where the
    request is.
    """
    if len(words) == 1 and words[0] in COMMANDS and not sys.stdin.isatty():
        return Invocation(words[0], _request_of_stdin(words[0]), is_for_people=False, log=None)
    flags, further = _parser().parse_known_args(words)
    request = {
        key: value
        for key, value in vars(flags).items()
        if value is not None and key not in ("command", "json", "log")
    }
    command = str(flags.command)
    if command in ("train", "check", "batches"):
        request |= {"arguments": dict(_further(further))}
        if command != "batches":
            request.setdefault("lr0", None)
    elif further:
        _parser().error(f"unrecognized arguments: {' '.join(further)}")
    is_for_people = sys.stdout.isatty() and not flags.json
    log = Path(flags.log) if flags.log and is_for_people else None
    return Invocation(command, request, is_for_people=is_for_people, log=log)


def _request_of_stdin(command: str) -> dict[str, Any]:
    text = sys.stdin.read()
    if not text.strip() and command in _EMPTY:
        return {}
    try:
        request = json.loads(text)
    except ValueError as error:
        raise EngineError(
            "bad_request", f"The request is not JSON: {error}.", "See docs/engine.md."
        ) from error
    if not isinstance(request, dict):
        raise EngineError("bad_request", "The request is not a JSON object.", "See docs/engine.md.")
    return request


def _further(words: list[str]) -> Iterator[tuple[str, Any]]:
    """``--mosaic=0.5`` → ("mosaic", 0.5); values are read as in a YAML file."""
    for word in words:
        name, equals, text = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not equals:
            _parser().error(f"write a further argument of Ultralytics as --name=value, not {word}")
        try:
            value = load_yaml(text.encode())
        except YamlError as error:
            _parser().error(f"the value of --{name} {error}")
        yield name.replace("-", "_"), value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.engine",
        description="Train, evaluate and predict with YOLO segmentation models. "
        "Without flags, the request is one JSON object on standard input: see docs/engine.md.",
    )
    parsers = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (text, add_flags) in COMMANDS.items():
        command = parsers.add_parser(name, help=text, description=text, allow_abbrev=False)
        add_flags(command)
        command.add_argument("--json", action="store_true", help="JSON lines, on a terminal too")
        command.add_argument(
            "--log", default="engine.log", help="file for the libraries' output, on a terminal"
        )
    return parser


def _add_device(flags: _Flags) -> None:
    flags.add_argument(
        "--device", default=_first_device(), help="cpu, mps, 0, 1 …; else: %(default)s"
    )


def _first_device() -> str:
    """A GPU if the system shows one. Asked of the system, since torch is not imported yet."""
    return "0" if any(Path("/dev").glob("nvidia[0-9]*")) else "cpu"


def _add_train(flags: _Flags) -> None:
    flags.epilog = (
        "Further arguments of Ultralytics' training as --name=value; "
        "`python -m training.engine arguments` lists them."
    )
    flags.add_argument("--data", dest="data_yaml", required=True, help="data.yaml of the dataset")
    flags.add_argument("--model", required=True, help="yolov8n-seg.yaml, yolo11s-seg.pt, best.pt …")
    flags.add_argument("--epochs", type=int, default=100)
    flags.add_argument("--imgsz", type=int, default=640)
    flags.add_argument("--batch", type=int, default=16)
    _add_device(flags)
    flags.add_argument("--seed", type=int, default=0)
    flags.add_argument("--patience", type=int, default=100, help="epochs without gain")
    flags.add_argument("--lr0", type=float, help="first learning rate; else Ultralytics chooses")
    flags.add_argument("--workers", type=int, default=8)
    flags.add_argument("--run-dir", default=str(_new_folder("runs")), help="else %(default)s")
    flags.add_argument("--weights-dir", default="weights", help="folder of pretrained weights")
    flags.add_argument("--allow-download", action="store_true", help="fetch pretrained weights")
    flags.add_argument("--resume", action="store_true", help="go on from weights/last.pt")
    flags.add_argument("--sample-every", type=int, default=0, help="epochs between samples")
    flags.add_argument("--sample-images", type=_pictures, action=_Extend, nargs="+", default=[])
    flags.add_argument("--mlflow-uri", help="a tracking server to log to")


def _add_check(flags: _Flags) -> None:
    _add_train(flags)
    flags.add_argument("--steps", type=int, default=5, help="batches to measure")


def _add_evaluate(flags: _Flags) -> None:
    flags.add_argument("checkpoint")
    flags.add_argument("--data", dest="data_yaml", required=True)
    flags.add_argument("--split", choices=("train", "val", "test"), default="val")
    flags.add_argument("--imgsz", type=int, default=640)
    flags.add_argument("--batch", type=int, default=16)
    _add_device(flags)
    flags.add_argument("--exported", help="an export of the checkpoint, to compare with it")
    flags.add_argument("--out-dir", default=str(_new_folder("evaluations")))


def _add_predict(flags: _Flags) -> None:
    flags.add_argument("checkpoint")
    flags.add_argument("images", type=_pictures, action=_Extend, nargs="+", help="files, folders")
    flags.add_argument("--conf", type=float, default=0.25)
    flags.add_argument("--iou", type=float, default=0.7)
    flags.add_argument("--imgsz", type=int, default=640)
    _add_predict_options(flags)
    _add_device(flags)


def _add_predict_options(flags: _Flags) -> None:
    """Options of Ultralytics that are left out where nobody asks for them."""
    flags.add_argument("--classes", type=int, nargs="+", help="indices of those to find; else all")
    flags.add_argument("--max-det", type=int, help="most objects of an image; else 300")
    flags.add_argument("--retina-masks", action="store_true", help="trace every pixel's edge")
    flags.add_argument("--half", action="store_true", help="16-bit floats, on a GPU only")
    flags.add_argument(
        "--tile",
        type=_tile,
        nargs="?",
        const="auto",
        metavar="SIZE",
        help="look at large images tile by tile as well; SIZE in pixels, else the model's",
    )


def _tile(word: str) -> dict[str, object]:
    if word != "auto" and not word.isdecimal():
        raise argparse.ArgumentTypeError(f"{word} is no number of pixels")
    return {"size": word if word == "auto" else int(word), "overlap": _TILE_OVERLAP}


def _add_video(flags: _Flags) -> None:
    flags.add_argument("checkpoint")
    flags.add_argument("video", help="file")
    flags.add_argument("--conf", type=float, default=0.25)
    flags.add_argument("--iou", type=float, default=0.7)
    flags.add_argument("--imgsz", type=int, default=640)
    _add_predict_options(flags)
    flags.add_argument("--every-nth", type=int, default=1, help="frames; 1: each")
    flags.add_argument("--track", choices=("", "bytetrack", "botsort"), default="")
    flags.add_argument("--max-megapixels", type=float, default=200.0, help="of a frame")
    flags.set_defaults(start={})
    _add_device(flags)


def _add_video_file(flags: _Flags) -> None:
    flags.add_argument("video", help="file")
    flags.add_argument("out", help="the .mp4 to write")
    flags.add_argument("--drawn", help="JSON lines that say what is drawn into which frame")
    flags.add_argument("--with-boxes", action="store_true")
    flags.add_argument("--max-megapixels", type=float, default=200.0, help="of a frame")
    flags.set_defaults(total=0)


def _add_losses(flags: _Flags) -> None:
    flags.add_argument("folder", help="of a version: images/ and labels/")
    flags.add_argument("--class-count", type=int, required=True)
    flags.add_argument("--imgsz", type=int, default=640)
    flags.add_argument("--mask-ratio", type=int, default=4)
    flags.add_argument("--overlap-mask", type=int, choices=(0, 1), default=1)
    flags.add_argument("--single-cls", type=int, choices=(0, 1), default=0)


def _add_synthesise(flags: _Flags) -> None:
    flags.add_argument("folder", help="of a version: images/train and labels/train")
    flags.add_argument("--class-names", nargs="+", required=True, help="all, in their order")
    flags.add_argument("--class-indices", nargs="+", type=int, required=True, help="to paste")
    flags.add_argument("--images", type=int, help="how many new images")
    flags.add_argument("--instances-per-class", type=int, help="instead: objects of each class")
    flags.add_argument("--seed", type=int, default=0)
    flags.add_argument("--blends", nargs="+", default=["feather", "poisson"])
    flags.add_argument("--max-per-image", type=int, default=3)
    flags.add_argument("--out-dir", default=str(_new_folder("synthetic")))


def _add_batches(flags: _Flags) -> None:
    flags.epilog = "Further arguments of Ultralytics' training as --name=value."
    flags.add_argument("--data", dest="data_yaml", required=True, help="data.yaml of the dataset")
    flags.add_argument("--epochs", type=int, default=100)
    flags.add_argument("--imgsz", type=int, default=640)
    flags.add_argument("--batch", type=int, default=16)
    flags.add_argument("--seed", type=int, default=0)
    flags.add_argument("--batches", type=int, choices=(1, 2, 3), default=3, help="how many")
    flags.add_argument("--out-dir", default=str(_new_folder("batches")))


def _add_inspect(flags: _Flags) -> None:
    flags.add_argument("checkpoint")


def _add_export(flags: _Flags) -> None:
    flags.add_argument("checkpoint")
    flags.add_argument("--format", default="onnx", help="torchscript, onnx, openvino, engine …")
    flags.add_argument("--data", dest="data_yaml", help="to calibrate formats of eight bits on")
    flags.add_argument("--imgsz", type=int, default=640)
    _add_device(flags)
    flags.add_argument("--out-dir", default=".")
    flags.add_argument("--verify-images", type=_pictures, action=_Extend, nargs="+", default=[])


def _add_serve(flags: _Flags) -> None:
    flags.add_argument("--redis-url", required=True, help="redis://host:port/0 or unix://path")
    flags.add_argument("--data-root", required=True, help="where the paths of models begin")
    flags.add_argument("--name", default=f"{os.uname().nodename}:{os.getpid()}")
    flags.add_argument("--notice", default="", help="a sentence that each answer carries")
    flags.add_argument("--idle-seconds", type=float, default=900.0, help="then a model is unloaded")
    _add_device(flags)


def _add_nothing(_: _Flags) -> None:
    pass


COMMANDS: dict[str, tuple[str, Callable[[_Flags], None]]] = {
    "train": ("Train a model.", _add_train),
    "check": ("Look whether a run can begin, and measure a few batches of it.", _add_check),
    "evaluate": ("Evaluate a checkpoint on a split.", _add_evaluate),
    "predict": ("Predict polygons on pictures.", _add_predict),
    "video": ("Predict polygons on the frames of a video.", _add_video),
    "video_file": ("Make an MP4 of a video that browsers play.", _add_video_file),
    "losses": ("Say what a training would drop, merge or blur of labels.", _add_losses),
    "synthesise": ("Make train images by pasting objects of some classes.", _add_synthesise),
    "batches": ("Show a few train batches as a run would see them.", _add_batches),
    "inspect": ("Say what a checkpoint is, without running what is in it.", _add_inspect),
    "export": ("Export a checkpoint, and compare what both predict.", _add_export),
    "serve": ("Answer requests that come over Redis.", _add_serve),
    "devices": ("List the devices of this machine.", _add_nothing),
    "arguments": ("List the further arguments of a training.", _add_nothing),
}


class _Extend(argparse.Action):
    """Each word names one or many pictures: join them."""

    def __call__(
        self, _parser: Any, namespace: Any, values: Any, _option: str | None = None
    ) -> None:
        setattr(namespace, self.dest, [image for images in values for image in images])


def _pictures(word: str) -> list[dict[str, str]]:
    """A picture, or the pictures in a folder, as ``PredictImage``."""
    path = Path(word)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{word} does not exist")
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    files = [file for file in files if file.suffix.lower() in _PICTURES]
    return [{"key": str(file), "path": str(file)} for file in files]


def _new_folder(name: str) -> Path:
    """``runs/1``, or the next number that is free."""
    number = 1
    while (folder := Path(name) / str(number)).exists():
        number += 1
    return folder.resolve()
