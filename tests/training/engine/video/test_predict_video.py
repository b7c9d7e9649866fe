"""Predictions on videos by the real engine: every frame once, the same after a restart."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.annotator.videos import remux, write_video
from tests.real_data import REAL_DATA

from ..conftest import Trained
from ..harness import Answer, ask_engine

pytestmark = pytest.mark.slow

SIZE_WH = (96, 72)
COUNT = 30


@pytest.fixture(scope="module")
def clip(trained: Trained) -> Path:
    """Images that the model knows, each moving to the right for ten frames."""
    images = sorted((trained.data_yaml.parent / "images" / "val").iterdir())[:3]
    frames = [
        np.roll(np.asarray(Image.open(path).convert("RGB")), step, axis=1)
        for path in images
        for step in range(COUNT // 3)
    ]
    path = trained.folder / "clip.mp4"
    if not path.exists():
        made = write_video(path.with_name("clip-new.mp4"), frames, size_wh=SIZE_WH)
        made.rename(path)
    return path


def predict(trained: Trained, video: Path, **changes: Any) -> Answer:
    request = {
        "checkpoint": str(trained.checkpoint),
        "video": str(video),
        "conf": 0.05,
        "iou": 0.7,
        "imgsz": 96,
        "device": "cpu",
        "every_nth": 1,
        "track": "",
        "start": None,
        "max_megapixels": 200,
        "config_dir": str(trained.folder / "config"),
        **changes,
    }
    return ask_engine("video", request)


def frames_of(answer: Answer) -> list[dict[str, Any]]:
    assert answer.last["type"] == "finished", answer.last
    return [frame for event in answer.of_type("frames") for frame in event["frames"]]


@pytest.mark.parametrize("track", ["bytetrack", "botsort"])
def test_a_restart_behind_any_frame_finds_what_a_whole_run_finds(
    trained: Trained, clip: Path, track: str
) -> None:
    whole = predict(trained, clip, track=track)
    frames = frames_of(whole)
    assert [frame["frame"] for frame in frames] == list(range(COUNT))
    assert [frame["time_ms"] for frame in frames] == [100 * number for number in range(COUNT)]
    tracks = {item["track"] for frame in frames for item in frame["instances"]} - {None}
    assert tracks, "the model finds something, and it is followed"
    for event in whole.of_type("frames"):
        last = event["start"]["frame"]
        rest = frames_of(predict(trained, clip, track=track, start=event["start"]))
        assert rest == frames[last + 1 :]


def test_without_its_time_the_start_is_found_by_its_number(trained: Trained, clip: Path) -> None:
    frames = frames_of(predict(trained, clip))
    start = {"frame": 11, "pts": None, "damaged": 0, "tracker": None}
    assert frames_of(predict(trained, clip, start=start)) == frames[12:]
    wrong = {**start, "pts": 987_654_321}
    assert frames_of(predict(trained, clip, start=wrong)) == frames[12:]


def test_every_third_frame(trained: Trained, clip: Path) -> None:
    answer = predict(trained, clip, every_nth=3)
    assert [frame["frame"] for frame in frames_of(answer)] == list(range(0, COUNT, 3))
    assert (answer.last["frame_count"], answer.last["predicted_count"]) == (COUNT, COUNT // 3)


def test_a_broken_end_is_said_and_the_rest_is_kept(
    trained: Trained, clip: Path, tmp_path: Path
) -> None:
    cut = remux(clip, tmp_path / "cut.mkv", most_packets=COUNT)
    content = cut.read_bytes()
    cut.write_bytes(content[: len(content) * 6 // 10])
    answer = predict(trained, cut)
    frames = frames_of(answer)
    assert 5 < len(frames) < COUNT
    assert any("cut short or damaged" in problem for problem in answer.last["problems"])


def test_turned_frames_are_shown_upright(trained: Trained, tmp_path: Path) -> None:
    images = [np.full((72, 96, 3), 90, np.uint8)] * 3
    path = write_video(tmp_path / "r.mp4", images, size_wh=SIZE_WH, rotation=-90)
    answer = predict(trained, path)
    assert {(frame["width"], frame["height"]) for frame in frames_of(answer)} == {(72, 96)}
    assert answer.of_type("video")[0]["facts"]["rotation"] == 90
    assert "turned by 90°" in answer.last["notes"][0]


def test_variable_times_stay(trained: Trained, tmp_path: Path) -> None:
    shown = [0, 40, 80, 1000, 1040, 5000]
    images = [np.full((72, 96, 3), 40 * number, np.uint8) for number in range(6)]
    path = write_video(tmp_path / "vfr.mkv", images, size_wh=SIZE_WH, times_ms=shown)
    assert [frame["time_ms"] for frame in frames_of(predict(trained, path))] == shown


def test_what_is_no_video_fails_with_a_sentence(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"\0" * 5000)
    answer = predict(trained, tmp_path / "no.mp4")
    assert (answer.code, answer.last["code"]) == (1, "data_unreadable")
    assert answer.last["message"].startswith("The video cannot be read: ")


def test_an_unknown_tracker_is_refused(trained: Trained, clip: Path) -> None:
    answer = predict(trained, clip, track="deepsort")
    assert (answer.last["code"], "bytetrack" in answer.last["hint"]) == ("bad_request", True)


@pytest.mark.real_data
@pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason=f"no real data in {REAL_DATA}; name it with SEGLOOP_REAL_DATA"
)
def test_a_header_that_lies_about_the_count(trained: Trained) -> None:
    answer = predict(trained, REAL_DATA / "videos" / "asl-hand-gesture.mkv")
    assert len(frames_of(answer)) == 63
    assert answer.of_type("video")[0]["expected"] == 64
    assert any("64" in problem and "63" in problem for problem in answer.last["problems"])
