"""Ids for objects that are followed from frame to frame, by Ultralytics' own trackers.

Their defaults are used (``ultralytics/cfg/trackers``), without re-identification by looks, which
would need a network of its own. The whole state of a tracker goes to JSON and back, so that a video
that goes on after a kill has the ids that it would have had.
"""

import base64
from collections.abc import Iterator
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
from ultralytics.engine.results import Boxes
from ultralytics.trackers.bot_sort import BOTSORT, BOTrack
from ultralytics.trackers.byte_tracker import BYTETracker, STrack
from ultralytics.utils import ROOT, YAML, IterableSimpleNamespace

from training.engine.protocol import EngineError, PredictedInstance

TrackerName = Literal["bytetrack", "botsort"]
Pixels = npt.NDArray[np.uint8]

_CLASSES: dict[str, tuple[type[Any], type[Any]]] = {
    "bytetrack": (BYTETracker, STrack),
    "botsort": (BOTSORT, BOTrack),
}
_NUMBERS = ("track_id", "tracklet_len", "frame_id", "start_frame", "state")


class _Ids(Iterator[int]):
    """The numbers of tracks, from ``following`` on."""

    def __init__(self, following: int) -> None:
        self.following = following

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> int:
        self.following += 1
        return self.following - 1


class Tracker:
    """One tracker at work. Raises ``bad_request`` for a name that is none."""

    def __init__(self, name: str) -> None:
        if name not in _CLASSES:
            known = " and ".join(get_args(TrackerName))
            raise EngineError(
                "bad_request", f"There is no tracker {name!r}.", f"There are {known}."
            )
        self.name = name
        make, self._make_track = _CLASSES[name]
        settings = IterableSimpleNamespace(**YAML.load(ROOT / "cfg" / "trackers" / f"{name}.yaml"))
        settings.with_reid = False
        self._tracker = make(args=settings)
        self._ids = _Ids(1)
        self._tracker._ids = self._ids

    def follow(self, found: list[PredictedInstance], image: Pixels) -> list[int | None]:
        """Return the id of each object of the next frame; None: no track (yet, or too unsure)."""
        rows = [
            [*each["box_xyxy"], each["confidence"], float(each["class_index"])] for each in found
        ]
        data = np.array(rows, dtype=np.float32).reshape(-1, 6)
        tracks = self._tracker.update(Boxes(data, image.shape[:2]), image)
        ids: list[int | None] = [None] * len(found)
        for row in tracks:
            ids[int(row[-1])] = int(row[4])
        return ids

    @property
    def looks_at_images(self) -> bool:
        """Whether it compares a frame with the one before: :meth:`look_back` after a restart."""
        return self.name == "botsort"

    def look_back(self, image: Pixels) -> None:
        """Show the frame before the one that comes next."""
        if self.looks_at_images:
            self._tracker.gmc.reset_params()
            self._tracker.gmc.apply(image)

    # --- the state ----------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return all that the next frame depends on, but for the image of the last one."""
        tracker = self._tracker
        return {
            "name": self.name,
            "frame_id": tracker.frame_id,
            "following": self._ids.following,
            "tracked": [_pack(each) for each in tracker.tracked_stracks],
            "lost": [_pack(each) for each in tracker.lost_stracks],
            "removed": [each.track_id for each in tracker.removed_stracks],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state. One of another tracker gives its ids alone."""
        self._ids.following = max(1, int(state["following"]))
        if state["name"] != self.name:
            return
        tracker = self._tracker
        tracker.frame_id = int(state["frame_id"])
        tracker.tracked_stracks = [self._unpack(each) for each in state["tracked"]]
        tracker.lost_stracks = [self._unpack(each) for each in state["lost"]]
        tracker.removed_stracks = [self._gone(track_id) for track_id in state["removed"]]

    def _unpack(self, packed: dict[str, Any]) -> Any:
        track = self._new_track(packed["score"], packed["cls"])
        for name in _NUMBERS:
            setattr(track, name, packed[name])
        track.is_activated = packed["is_activated"]
        track.kalman_filter = self._tracker.kalman_filter
        track.mean = _unpack_array(packed["mean"]).reshape(8)
        track.covariance = _unpack_array(packed["covariance"]).reshape(8, 8)
        return track

    def _gone(self, track_id: int) -> Any:
        track = self._new_track(0.0, 0.0)
        track.track_id = track_id
        return track

    def _new_track(self, score: float, class_index: float) -> Any:
        box = np.array([0, 0, 1, 1, 0], dtype=np.float32)
        return self._make_track(box, np.float32(score), np.float32(class_index))


def _pack(track: Any) -> dict[str, Any]:
    return {
        **{name: int(getattr(track, name)) for name in _NUMBERS},
        "is_activated": bool(track.is_activated),
        "score": float(track.score),
        "cls": float(track.cls),
        "mean": _pack_array(track.mean),
        "covariance": _pack_array(track.covariance),
    }


def _pack_array(array: npt.NDArray[Any]) -> str:
    return f"{array.dtype.str}:{base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()}"


def _unpack_array(packed: str) -> npt.NDArray[Any]:
    kind, _, content = packed.partition(":")
    array: npt.NDArray[Any] = np.frombuffer(base64.b64decode(content), dtype=np.dtype(kind)).copy()
    return array
