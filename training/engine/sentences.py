"""Events as lines for a person at a terminal."""

from typing import Any

from .emitter import Emitter
from .protocol import Event


class Narrator(Emitter):
    """Writes events as sentences."""

    def line_of(self, event: Event) -> str:
        return sentence(event)


def sentence(event: Any) -> str:
    """One event in words; several lines where it is a list."""
    return str(_SENTENCES.get(event["type"], str)(event))


def _batch(event: Any) -> str:
    return (
        f"epoch {event['epoch']}, batch {event['batch']}/{event['batches']}: "
        f"{event['images_per_second']:.3g} images/s, {_duration(event['eta_seconds'])} left"
    )


def _data(event: Any) -> str:
    return "\n".join(
        f"{split['split']}: {split['images']} images, {split['backgrounds']} of them backgrounds, "
        f"{split['instances']} instances; {split['corrupt']} images refused, "
        f"{split['duplicates']} repeated rows removed"
        for split in event["splits"]
    )


def _epoch(event: Any) -> str:
    losses = ", ".join(f"{name} {value:.3f}" for name, value in event["train"].items())
    return (
        f"epoch {event['epoch']}/{event['epochs']} in {event['seconds']:.1f} s: {losses}; "
        f"mAP50-95 boxes {event['box']['map50_95']:.3f}, masks {event['mask']['map50_95']:.3f}"
    )


def _check(event: Any) -> str:
    return f"{'ok    ' if event['ok'] else 'PROBLEM'} {event['name']}: {event['detail']}"


def _losses(event: Any) -> str:
    kinds = ", ".join(sorted({loss["kind"] for loss in event["losses"]}))
    return f"{event['path']}: {kinds}"


def _devices(event: Any) -> str:
    return "\n".join(
        f"{device['id']}: {device['name']}, {device['memory_total_mb']} MB"
        for device in event["devices"]
    )


def _arguments(event: Any) -> str:
    return "\n".join(
        f"--{argument['name']}={argument['default']}  {argument['help']}"
        for argument in event["arguments"]
    )


def _image(event: Any) -> str:
    found = event["error"] or f"{len(event['instances'])} instances"
    return f"{event['key']}: {found}"


def _frames(event: Any) -> str:
    return "\n".join(
        f"frame {frame['frame']} at {frame['time_ms'] / 1000:.3f} s: "
        f"{len(frame['instances'])} instances"
        for frame in event["frames"]
    )


def _finished(event: Any) -> str:
    """The figures of a result, one a line; lists and tables are left to the JSON lines."""
    lines = ["finished"]
    for name, value in event.items():
        if isinstance(value, dict):
            figures = (f"{key} {_figure(item)}" for key, item in value.items())
            lines.append(f"  {name}: {', '.join(figures)}")
        elif name != "type" and not isinstance(value, list):
            lines.append(f"  {name}: {_figure(value)}")
    return "\n".join(lines)


def _figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


_SENTENCES: dict[str, Any] = {
    "started": lambda event: f"started on {event['device_name']} ({event['device']})",
    "data": _data,
    "batch": _batch,
    "epoch": _epoch,
    "checkpoint": lambda event: f"{event['kind']} checkpoint: {event['path']}",
    "warning": lambda event: f"warning: {event['message']}",
    "paused": lambda event: f"paused: {event['message']}",
    "resumed": lambda _: "resumed",
    "sample": lambda event: f"sample images predicted after epoch {event['epoch']}",
    "progress": lambda event: f"{event['done']} of {event['total']}",
    "image": _image,
    "video": lambda event: (
        f"{event['facts']['width']} × {event['facts']['height']} pixels, {event['facts']['codec']}"
    ),
    "frames": _frames,
    "losses": _losses,
    "check": _check,
    "devices": _devices,
    "arguments": _arguments,
    "finished": _finished,
    "cancelled": lambda _: "cancelled",
    "failed": lambda event: f"failed: {event['message']} {event['hint']}",
}
