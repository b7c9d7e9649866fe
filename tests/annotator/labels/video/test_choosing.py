"""Frames that a video is read to: each once, whatever happens on the way."""

import io
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from annotator.labels.video.choosing import choose_frames
from annotator.labels.video.reading import VideoError
from annotator.labels.video.reporting import clock
from annotator.labels.video.rules import FrameRule
from annotator.labels.video.store import IMAGES, RECORDS, StoredFrames, read_outcome
from tests.annotator.videos import remux, scene, scenes, write_video

ALL = FrameRule(every=1, keeps_duplicates=True)


def stored(folder: Path) -> list[tuple[int, int, bytes]]:
    frames = StoredFrames(folder)
    found = [frames.at(place) for place in range(len(frames))]
    return [(frame.number, frame.time_ms, frames.read(frame)) for frame in found]


def numbers(folder: Path) -> list[int]:
    return [number for number, _, _ in stored(folder)]


def test_frames_are_stored_with_their_number_and_time(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", scenes(20))
    outcome = choose_frames(str(video), tmp_path / "out", FrameRule(every=5))
    assert (outcome["read"], outcome["chosen"], outcome["problem"]) == (20, 4, "")
    found = stored(tmp_path / "out")
    assert [(number, time_ms) for number, time_ms, _ in found] == [
        *((0, 0), (5, 500), (10, 1000), (15, 1500)),
    ]
    image = Image.open(io.BytesIO(found[1][2]))
    assert (image.format, image.size) == ("JPEG", (96, 64))
    assert np.abs(np.asarray(image).astype(int) - scene(5)).mean() < 12
    assert read_outcome(tmp_path / "out") == json.loads(json.dumps(outcome))


def test_near_duplicates_are_left_out_and_counted(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", scenes(40, each=10))
    outcome = choose_frames(str(video), tmp_path / "out", FrameRule(every=2))
    assert numbers(tmp_path / "out") == [0, 10, 20, 30]
    assert (outcome["chosen"], outcome["near_duplicates"]) == (4, 16)
    assert "16 frames look like one that is taken and were left out." in outcome["notes"]


def test_images_of_one_colour_are_told_apart_by_it(tmp_path: Path) -> None:
    colors = [(0, 0, 0), (0, 0, 0), (200, 30, 30), (30, 30, 200), (200, 30, 30)]
    frames = [np.full((64, 96, 3), color, np.uint8) for color in colors]
    video = write_video(tmp_path / "a.mkv", frames)
    choose_frames(str(video), tmp_path / "out", FrameRule(every=1))
    assert numbers(tmp_path / "out") == [0, 2, 3]


def test_scenes(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", scenes(40, each=8))
    outcome = choose_frames(str(video), tmp_path / "out", FrameRule(scene=0.3))
    assert numbers(tmp_path / "out") == [0, 8, 16, 24, 32]
    assert outcome["scenes"] == []
    dry = choose_frames(str(video), tmp_path / "dry", FrameRule(fps=1), is_dry_run=True)
    assert dict(dry["scenes"])[0.3] == 5


def test_a_part_and_a_limit(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", scenes(40))
    part = FrameRule(every=1, from_seconds=1, to_seconds=2)
    outcome = choose_frames(str(video), tmp_path / "part", part)
    assert numbers(tmp_path / "part") == list(range(10, 20))
    assert (outcome["is_whole"], outcome["problem"]) == (False, "")
    outcome = choose_frames(str(video), tmp_path / "few", FrameRule(every=2, most=3))
    assert numbers(tmp_path / "few") == [0, 2, 4]
    assert "Frames were taken up to the limit of 3." in outcome["notes"]


def test_a_broken_end_keeps_what_decodes_and_says_so(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mkv", scenes(60))
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    outcome = choose_frames(str(cut), tmp_path / "out", ALL)
    found = numbers(tmp_path / "out")
    assert found == list(range(len(found)))
    assert 10 < len(found) < 50
    assert "cut short or damaged" in outcome["problem"]
    assert "of 0:06" in outcome["problem"]
    assert outcome["read"] == len(found)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_damaged_middle_is_said(tmp_path: Path, name: str) -> None:
    """In an .mp4 the packets that do not decode are counted; an .mkv is read on behind a gap."""
    video = write_video(tmp_path / name, scenes(60))
    data = bytearray(video.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 6000] = random.Random(1).randbytes(6000)
    video.write_bytes(data)
    outcome = choose_frames(str(video), tmp_path / "out", ALL)
    assert 30 < outcome["read"] < 60
    said = [outcome["problem"], *outcome["notes"]]
    words = "could not be decoded" if name == "a.mp4" else "has no frame between"
    assert any(words in each for each in said)


def test_a_video_that_lacks_its_index_is_refused(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", scenes(30))
    video.write_bytes(video.read_bytes()[:-2000])
    with pytest.raises(VideoError, match="lacks its index"):
        choose_frames(str(video), tmp_path / "out", ALL)


def test_a_header_that_lies_about_the_count_is_no_loss(tmp_path: Path) -> None:
    """The number of samples in the header is not what is decoded."""
    video = write_video(tmp_path / "a.avi", scenes(30), codec="mpeg4")
    data = video.read_bytes()
    place = data.index(b"strh") + 8 + 32  # dwLength
    lying = data[:place] + (90).to_bytes(4, "little") + data[place + 4 :]
    (tmp_path / "b.avi").write_bytes(lying)
    outcome = choose_frames(str(tmp_path / "b.avi"), tmp_path / "out", ALL)
    assert (outcome["read"], len(numbers(tmp_path / "out"))) == (30, 30)
    assert any("Its header says 90 frames; 30 can be read." in note for note in outcome["notes"])


def test_a_video_without_a_frame_is_refused(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mkv", scenes(20))
    empty = remux(video, tmp_path / "none.mkv", most_packets=0)
    with pytest.raises(VideoError, match=r"None of its frames|no video|no size"):
        choose_frames(str(empty), tmp_path / "out", ALL)


@pytest.mark.parametrize("rule", [ALL, FrameRule(fps=4), FrameRule(scene=0.2), FrameRule(every=3)])
def test_what_was_cut_off_at_any_byte_goes_on(tmp_path: Path, rule: FrameRule) -> None:
    """A kill leaves any beginning of the two files: every frame is there once, none is half."""
    video = write_video(tmp_path / "a.mp4", scenes(40, each=2))
    whole = tmp_path / "whole"
    outcome = choose_frames(str(video), whole, rule)
    rng = random.Random(7)
    for attempt in range(6):
        folder = tmp_path / f"cut{attempt}"
        shutil.copytree(whole, folder)
        (folder / "outcome.json").unlink()
        for name in (IMAGES, RECORDS):
            with (folder / name).open("r+b") as handle:
                handle.truncate(rng.randrange((whole / name).stat().st_size + 1))
        again = choose_frames(str(video), folder, rule)
        assert [frame[:2] for frame in stored(folder)] == [frame[:2] for frame in stored(whole)]
        assert (again["chosen"], again["near_duplicates"]) == (
            *(outcome["chosen"], outcome["near_duplicates"]),
        )


def run_child(video: Path, folder: Path, rule: dict[str, Any]) -> "subprocess.Popen[bytes]":
    request = {"folder": str(folder), "rule": rule, "is_dry_run": False, "max_megapixels": 50}
    with video.open("rb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "annotator.labels.video.choosing", json.dumps(request)],
            stdin=file,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )


@pytest.mark.slow
def test_a_child_killed_at_random_has_every_frame_once(tmp_path: Path) -> None:
    video = write_video(
        tmp_path / "a.mp4", (scene(n, size_wh=(640, 480)) for n in range(150)), size_wh=(640, 480)
    )
    folder, rng = tmp_path / "out", random.Random(3)
    for _ in range(4):
        child = run_child(video, folder, {"every": 1, "keeps_duplicates": True})
        time.sleep(rng.uniform(0.8, 1.6))
        child.send_signal(signal.SIGKILL)
        child.wait()
        found = numbers(folder)
        assert found == list(range(len(found)))
    child = run_child(video, folder, {"every": 1, "keeps_duplicates": True})
    assert child.wait() == 0
    assert numbers(folder) == list(range(150))


def test_a_child_refuses_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "no.mp4"
    path.write_bytes(b"no video at all")
    child = run_child(path, tmp_path / "out", {})
    _, errors = child.communicate()
    assert child.returncode == 3
    assert b"no video that is read" in errors


def test_clock() -> None:
    assert [clock(ms) for ms in (0, 2067, 59_960, 3_600_000, None)] == [
        *("0:00", "0:02.1", "1:00", "1:00:00", "0:00"),
    ]
